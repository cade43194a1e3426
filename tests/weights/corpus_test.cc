#include "support/fuzz_weights.h"
#include "support/replay.h"

namespace trecvit::test {
namespace {

TEST(Corpus, Checkpoint) { replay("checkpoint", fuzz_checkpoint); }
TEST(Corpus, ImageVit) { replay("image_vit", fuzz_image_vit); }
TEST(Corpus, GeneratedName) { replay("generated_name", fuzz_generated_name); }

}  // namespace
}  // namespace trecvit::test
