#include "support/fuzz_state.h"
#include "support/replay.h"

namespace trecvit {
namespace {

TEST(Corpus, State) { test::replay("state", test::fuzz_state); }

// Without this, the fuzzer would be stopped by the checksum of every file that it changed.
TEST(Corpus, TheStateFuzzerGetsPastTheChecksum) {
  const std::string file =
      read_text(*open_file(std::string(TRECVIT_SOURCE_DIR) + "/fuzz/corpus/state/bad_checksum"), test::kMaxFuzzBytes);
  StreamState state = test::fuzz_state_of("mean");
  std::string forged;
  try {
    test::load_and_go_on(state, file);
  } catch (const Error& error) {
    forged = test::with_checksum(file, error.what());
  }
  ASSERT_EQ(forged.size(), file.size());
  test::load_and_go_on(state, forged);
  EXPECT_EQ(state.frames(), 5);  // three in the file and two more
}

}  // namespace
}  // namespace trecvit
