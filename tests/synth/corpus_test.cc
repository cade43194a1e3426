#include "support/fuzz_synthetic_name.h"
#include "support/replay.h"

namespace trecvit {
namespace {

TEST(Corpus, SyntheticName) { test::replay("synthetic_name", test::fuzz_synthetic_name); }

}  // namespace
}  // namespace trecvit
