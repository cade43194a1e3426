#include <cmath>
#include <filesystem>
#include <fstream>

#include "capi/capi_test.h"
#include "support/temp_dir.h"

namespace trecvit::test {
namespace {

class State : public testing::Test {
 protected:
  ModelHandle model_ = small_model();
  EngineHandle engine_ = new_engine(model_);
  StateHandle state_ = new_state(model_);
  TempDir dir_;
};

TEST_F(State, CountsFramesAndBytes) {
  EXPECT_EQ(trecvit_state_frames(state_.get()), 0);
  EXPECT_EQ(trecvit_state_bytes(state_.get()), 2 * 17 * 64 * 4 * 4);
  step(engine_, state_, 1);
  step(engine_, state_, 2);
  EXPECT_EQ(trecvit_state_frames(state_.get()), 2);
}

TEST_F(State, StepsAndResets) {
  const auto first = step(engine_, state_, 1);
  EXPECT_NE(step(engine_, state_, 1), first);
  expect_ok(trecvit_state_reset(state_.get()));
  EXPECT_EQ(trecvit_state_frames(state_.get()), 0);
  EXPECT_EQ(step(engine_, state_, 1), first);
}

TEST_F(State, ForksAreIndependent) {
  step(engine_, state_, 1);
  trecvit_state* copy = nullptr;
  expect_ok(trecvit_state_fork(state_.get(), &copy));
  const StateHandle fork(copy);
  EXPECT_EQ(trecvit_state_frames(fork.get()), 1);
  const auto a = step(engine_, state_, 2);
  EXPECT_NE(step(engine_, fork, 3), a);
  expect_ok(trecvit_state_reset(state_.get()));
  EXPECT_EQ(trecvit_state_frames(fork.get()), 2);
}

TEST_F(State, SavedStatesContinueBitForBit) {
  step(engine_, state_, 1);
  step(engine_, state_, 2);
  const std::string path = dir_.file("state.safetensors");
  expect_ok(trecvit_state_save(state_.get(), path.c_str(), 0));
  const auto other = new_state(model_);
  expect_ok(trecvit_state_load(other.get(), path.c_str()));
  EXPECT_EQ(trecvit_state_frames(other.get()), 2);
  EXPECT_EQ(step(engine_, other, 3), step(engine_, state_, 3));
}

TEST_F(State, SavingOverwritesOnlyOnRequest) {
  const std::string path = dir_.file("state.safetensors");
  expect_ok(trecvit_state_save(state_.get(), path.c_str(), 0));
  step(engine_, state_, 1);
  expect_failure(trecvit_state_save(state_.get(), path.c_str(), 0), TRECVIT_USAGE, {"state.safetensors"});
  expect_ok(trecvit_state_load(state_.get(), path.c_str()));
  EXPECT_EQ(trecvit_state_frames(state_.get()), 0);
  step(engine_, state_, 1);
  expect_ok(trecvit_state_save(state_.get(), path.c_str(), 1));
  expect_failure(trecvit_state_save(state_.get(), path.c_str(), 2), TRECVIT_USAGE, {"replace", "2"});
  expect_failure(trecvit_state_save(state_.get(), "/does/not/exist/state", 0), TRECVIT_RESOURCE, {"/does/not/exist"});
}

TEST_F(State, EmptyPathsAreRefusedAndLeaveNothing) {
  const auto here = std::filesystem::current_path();
  std::filesystem::current_path(dir_.path());
  for (const int32_t replace : {0, 1})
    expect_failure(trecvit_state_save(state_.get(), "", replace), TRECVIT_USAGE, {"path", "empty"});
  EXPECT_TRUE(std::filesystem::is_empty("."));
  std::filesystem::current_path(here);
}

// Times of any size in any order give finite results, and saved states load.
TEST_F(State, AnyTimesAreAccepted) {
  const auto pixels = small_frame(1);
  const std::string path = dir_.file("state");
  for (const char* rule : {"mean", "last", "window=1", "ema=1"}) {
    const auto state = new_state(model_, rule), read = new_state(model_, rule);
    for (const double time : {0.0, 1e308, 0.0, 1e308, 1e308, 1.0, 1.0, 2.0}) {
      for (const float logit : step(engine_, state, small_image(pixels), time)) EXPECT_TRUE(std::isfinite(logit));
      expect_ok(trecvit_state_save(state.get(), path.c_str(), 1));
      expect_ok(trecvit_state_load(read.get(), path.c_str()));
    }
  }
}

TEST_F(State, FailedLoadsChangeNothing) {
  step(engine_, state_, 1);
  expect_failure(trecvit_state_load(state_.get(), "/does/not/exist"), TRECVIT_INPUT, {"/does/not/exist"});
  const std::string damaged = dir_.file("damaged");
  std::ofstream(damaged) << "no state at all";
  expect_failure(trecvit_state_load(state_.get(), damaged.c_str()), TRECVIT_INPUT, {"damaged"});

  const auto last = new_state(model_, "last");
  const std::string path = dir_.file("last");
  expect_ok(trecvit_state_save(last.get(), path.c_str(), 0));
  expect_failure(trecvit_state_load(state_.get(), path.c_str()), TRECVIT_INPUT, {"readout", "mean", "last"});

  EXPECT_EQ(trecvit_state_frames(state_.get()), 1);
  const auto fresh = new_state(model_);
  step(engine_, fresh, 1);
  EXPECT_EQ(step(engine_, state_, 2), step(engine_, fresh, 2));
}

TEST_F(State, ReadoutRuleDecidesWhatCounts) {
  const auto mean = new_state(model_, "mean"), last = new_state(model_, "last"), window = new_state(model_, "window=1");
  EXPECT_EQ(step(engine_, mean, 1), step(engine_, state_, 1));
  step(engine_, last, 1);
  step(engine_, window, 1);
  const auto pixels = small_frame(2);
  const auto of_last = step(engine_, last, small_image(pixels), 5);
  EXPECT_EQ(step(engine_, window, small_image(pixels), 5), of_last);  // frame 1 has left the window
  EXPECT_NE(step(engine_, mean, small_image(pixels), 5), of_last);
  trecvit_state* none = nullptr;
  expect_failure(trecvit_state_create(model_.get(), "median", &none), TRECVIT_USAGE,
                 {"trecvit_state_create", "median"});
}

TEST_F(State, OfAnotherModelIsRefused) {
  trecvit_model_options options = TRECVIT_MODEL_OPTIONS_INIT;
  options.provider = "reference";
  options.image_height = options.image_width = kSide;
  trecvit_model* other = nullptr;
  expect_ok(trecvit_model_generated("mu", 1, &options, &other));
  const ModelHandle owner(other);
  const auto foreign = new_state(owner);
  const auto pixels = small_frame(1);
  const auto image = small_image(pixels);
  trecvit_result result = TRECVIT_RESULT_INIT;
  expect_failure(trecvit_engine_step(engine_.get(), foreign.get(), &image, 0, &result), TRECVIT_USAGE, {"model"});
  EXPECT_EQ(trecvit_state_frames(foreign.get()), 0);
}

}  // namespace
}  // namespace trecvit::test
