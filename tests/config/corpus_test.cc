#include "support/fuzz_config.h"
#include "support/replay.h"

namespace trecvit {
namespace {

TEST(Corpus, Config) { test::replay("config", test::fuzz_config); }

}  // namespace
}  // namespace trecvit
