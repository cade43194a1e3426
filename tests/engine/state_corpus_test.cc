#include "support/fuzz_state.h"
#include "support/replay.h"

namespace trecvit {
namespace {

TEST(Corpus, State) { test::replay("state", test::fuzz_state); }

}  // namespace
}  // namespace trecvit
