#include "support/fuzz_config.h"
#include "support/fuzz_train_config.h"
#include "support/replay.h"

namespace trecvit {
namespace {

TEST(Corpus, Config) { test::replay("config", test::fuzz_config); }
TEST(Corpus, TrainConfig) { test::replay("train_config", test::fuzz_train_config); }

}  // namespace
}  // namespace trecvit
