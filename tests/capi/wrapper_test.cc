// The C++ wrapper.
#include <gtest/gtest.h>
#include <trecvit/trecvit.hpp>

#include "capi/capi_test.h"
#include "support/temp_dir.h"

namespace {

using trecvit::test::kSide;
using trecvit::test::small_frame;
using trecvit::test::small_model_path;

// Error with this status and this word in its message.
template <class Function>
void expect_error(trecvit_status status, const std::string& word, Function&& function) {
  try {
    function();
    ADD_FAILURE() << "expected trecvit::Error, got none";
  } catch (const trecvit::Error& error) {
    EXPECT_EQ(error.status(), status) << error.what();
    EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
  }
}

class Wrapper : public testing::Test {
 protected:
  std::vector<float> step(trecvit::State& state, uint32_t seed) {
    const auto pixels = small_frame(seed);
    const auto logits = engine_.step(state, trecvit::image(pixels.data(), kSide, kSide)).logits;
    return {logits.begin(), logits.end()};
  }

  trecvit::Model model_ = trecvit::Model::load(small_model_path());
  trecvit::Engine engine_{model_};
};

TEST_F(Wrapper, StepGivesWhatTheCApiGives) {
  const auto pixels = small_frame(1);
  const auto image = trecvit::image(pixels.data(), kSide, kSide);
  trecvit::State state(model_), same(model_);
  trecvit_result expected = TRECVIT_RESULT_INIT;
  ASSERT_EQ(trecvit_engine_step(engine_.get(), same.get(), &image, 0, &expected), TRECVIT_OK);
  const std::vector<float> logits(expected.logits, expected.logits + expected.num_classes);

  const auto result = engine_.step(state, image);
  EXPECT_EQ(std::vector<float>(result.logits.begin(), result.logits.end()), logits);
  EXPECT_EQ(result.frame, 0);
  EXPECT_EQ(result.probs.size(), 10u);
  EXPECT_EQ(result.features.size(), 32u);
  EXPECT_EQ(result.tokens.size(), 17u * 32u);
  EXPECT_EQ(result.tokens.data(), expected.tokens);
  const auto top = trecvit::topk(result.probs, 3);
  ASSERT_EQ(top.size(), 3u);
  EXPECT_GE(result.probs[static_cast<size_t>(top[0])], result.probs[static_cast<size_t>(top[1])]);
  EXPECT_EQ(trecvit::topk(result.probs, 99).size(), 10u);
  EXPECT_TRUE(trecvit::topk({}, 5).empty());
}

TEST_F(Wrapper, StatesAreValues) {
  trecvit::State state(model_);
  step(state, 1);
  trecvit::State fork = state.fork();
  const trecvit::test::TempDir dir;
  state.save(dir.file("state"));
  const auto next = step(state, 2);
  EXPECT_EQ(step(fork, 2), next);
  state.load(dir.file("state"));
  EXPECT_EQ(state.frames(), 1);
  EXPECT_EQ(step(state, 2), next);
  state.reset();
  EXPECT_EQ(state.frames(), 0);
  EXPECT_EQ(state.bytes(), model_.info().state_bytes);
  expect_error(TRECVIT_USAGE, "state", [&] { state.save(dir.file("state")); });
  state.save(dir.file("state"), true);
}

TEST_F(Wrapper, FailuresAreExceptions) {
  expect_error(TRECVIT_INPUT, "/does/not/exist", [] { trecvit::Model::load("/does/not/exist"); });
  expect_error(TRECVIT_USAGE, "XXL", [] { trecvit::Model::generated("XXL", 1); });
  expect_error(TRECVIT_USAGE, "median", [&] { trecvit::State(model_, "median"); });
  expect_error(TRECVIT_USAGE, "threads", [&] { trecvit::Engine(model_, 0); });
  expect_error(TRECVIT_USAGE, "0 to 9", [&] { model_.label(10); });
  EXPECT_EQ(model_.label(3), "3");
  trecvit::State state(model_);
  const trecvit::State moved = std::move(state);
  expect_error(TRECVIT_USAGE, "a state, got NULL", [&] { step(state, 1); });  // NOLINT(bugprone-use-after-move)
}

}  // namespace
