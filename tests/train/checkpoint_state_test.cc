#include "trecvit/train/checkpoint_state.h"

#include <gtest/gtest.h>

#include "support/errors.h"
#include "support/fuzz_checkpoint_state.h"
#include "support/replay.h"

namespace trecvit::test {
namespace {

TEST(Corpus, StateJson) { replay("state_json", fuzz_checkpoint_state); }

TEST(CheckpointState, ParsesWhatWasPrinted) {
  train::CheckpointState state;
  state.step = 12;
  state.model = {{"a", "00"}};
  state.config = "22";
  state.run = {{"steps", 20}, {"best_score", 0.5}, {"of another version", {1, 2}}};
  const auto got = train::parse_checkpoint_state(train::print_checkpoint_state(state), "state.json");
  EXPECT_EQ(got.step, 12);
  EXPECT_EQ(got.model, state.model);
  EXPECT_EQ(got.run, state.run);
}

TEST(CheckpointState, NamesFieldAndValueInErrors) {
  train::CheckpointState state;
  state.step = 3;
  state.run = {{"steps", 20}, {"evaluated", 4}};
  expect_error(ErrorKind::kInput, {"[x/state.json]", "from -1 to 3 in evaluated", "got 4"},
               [&] { train::parse_checkpoint_state(train::print_checkpoint_state(state), "x/state.json"); });
}

}  // namespace
}  // namespace trecvit::test
