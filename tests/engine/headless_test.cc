// An encoder without a head gives the same tokens and features as the same model with one.
#include <gtest/gtest.h>

#include "engine/engine_test.h"
#include "support/temp_dir.h"
#include "trecvit/engine/engine.h"
#include "trecvit/io/byte_source.h"

namespace trecvit::test {
namespace {

class HeadlessEngine : public testing::TestWithParam<std::string> {};

TEST_P(HeadlessEngine, TokensAndFeaturesAreThoseOfTheWholeModel) {
  const ModelConfig whole = small_config();
  ModelConfig encoder = whole;
  encoder.num_classes = encoder.head_dim = 0;
  const auto with = make_model(whole, GetParam()), without = make_model(encoder, GetParam());
  EXPECT_LT(without->weight_bytes(), with->weight_bytes());
  EXPECT_NE(without->fingerprint(), with->fingerprint());
  Engine a(with, 2), b(without, 2);
  StreamState state_a = with->make_state(), state_b = without->make_state(), clip_state = without->make_state();
  const auto frames = noise_frames(whole, 5);
  const ClipResult clip = Engine(without).run(frames, clip_state);
  EXPECT_TRUE(clip.logits.span().empty());
  for (size_t t = 0; t < 5; ++t) {
    const auto frame = std::span(frames).subspan(t * frame_floats(whole), frame_floats(whole));
    const StepResult want = a.step(frame, state_a), got = b.step(frame, state_b);
    EXPECT_TRUE(got.logits.empty());
    EXPECT_TRUE(std::equal(want.tokens.begin(), want.tokens.end(), got.tokens.begin(), got.tokens.end())) << t;
    EXPECT_TRUE(std::equal(want.features.begin(), want.features.end(), got.features.begin(), got.features.end())) << t;
    EXPECT_TRUE(std::equal(got.tokens.begin(), got.tokens.end(),
                           clip.tokens.span().begin() + static_cast<ptrdiff_t>(t * got.tokens.size())))
        << t;
  }
  // Its state is saved and loaded like any other.
  const TempDir dir;
  state_b.save(dir.file("state"), Overwrite::kNo);
  StreamState read = without->make_state();
  read.load(*open_file(dir.file("state")));
  EXPECT_EQ(read.frames(), 5);
  const auto frame = std::span(frames).first(frame_floats(whole));
  const StepResult want = b.step(frame, state_b);
  const std::vector<float> tokens(want.tokens.begin(), want.tokens.end());
  const StepResult got = b.step(frame, read);
  EXPECT_TRUE(std::equal(got.tokens.begin(), got.tokens.end(), tokens.begin(), tokens.end()));
}

INSTANTIATE_TEST_SUITE_P(Providers, HeadlessEngine, testing::ValuesIn(provider_names()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace trecvit::test
