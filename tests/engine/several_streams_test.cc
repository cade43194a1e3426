// Frames of several streams in one call: each stream gets the same results as alone, or all states stay unchanged.
#include <gtest/gtest.h>

#include <tuple>

#include "engine/changed_weights.h"
#include "engine/engine_module.h"
#include "support/errors.h"
#include "support/near.h"
#include "support/tap_collector.h"
#include "trecvit/base/stop.h"

namespace trecvit::test {
namespace {

// Streams of different ages and with different readouts, each with its own video.
class SeveralStreams : public testing::TestWithParam<std::tuple<std::string, int>> {
 protected:
  static constexpr size_t kStreams = 4, kFrames = 5;
  static constexpr const char* kReadouts[kStreams] = {"mean", "last", "window=0.1", "ema=0.5"};

  std::shared_ptr<const Model> model(const WeightSource& weights) const {
    return Model::make(config_, weights, {std::get<0>(GetParam())});
  }
  int threads() const { return std::get<1>(GetParam()); }
  std::span<const float> frame(size_t stream, size_t t) const {
    return std::span(videos_).subspan((stream * kFrames + t) * frame_floats(config_), frame_floats(config_));
  }
  // The first two have already seen a frame.
  std::vector<StreamState> states_of(const std::shared_ptr<const Model>& model) const {
    Engine engine(model, threads());
    std::vector<StreamState> states;
    for (size_t i = 0; i < kStreams; ++i) {
      states.push_back(model->make_state(parse_readout(kReadouts[i], "test")));
      if (i < 2) engine.step(frame(i, 0), states.back(), 0);
    }
    return states;
  }
  std::vector<StreamFrame> frames_at(size_t t, std::vector<StreamState>& states) const {
    std::vector<StreamFrame> call;
    for (size_t i = 0; i < states.size(); ++i)
      call.push_back({frame(i, t), &states[i], 0.04 * static_cast<double>(t), nullptr});
    return call;
  }
  static std::vector<float> flat(const StepResult& result) {
    std::vector<float> all;
    for (const auto part : {result.logits, result.features, result.tokens})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }

  ModelConfig config_ = small_config();
  std::vector<float> videos_ = noise_frames(config_, static_cast<int64_t>(kStreams* kFrames));
  std::shared_ptr<const Model> model_ = model(*generated_weights(config_, 1));
};

TEST_P(SeveralStreams, MatchSingleStreams) {
  Engine together(model_, threads()), alone(model_, 1);
  auto states = states_of(model_), others = states_of(model_);
  for (size_t t = 1; t < kFrames; ++t) {
    const auto results = together.step(frames_at(t, states));
    ASSERT_EQ(results.size(), kStreams);
    for (size_t i = 0; i < kStreams; ++i) {
      const StepResult want = alone.step(frame(i, t), others[i], 0.04 * static_cast<double>(t));
      EXPECT_TRUE(bit_equal("stream", flat(results[i]), flat(want))) << i << " at " << t;
      EXPECT_EQ(state_contents(states[i]), state_contents(others[i])) << i << " at " << t;
    }
  }
  states.erase(states.begin(), states.begin() + 2);  // fewer than before
  const auto fewer = together.step(frames_at(2, states));
  EXPECT_EQ(fewer.size(), 2u);
}

TEST_P(SeveralStreams, HaveTapsOfTheirOwn) {
  Engine engine(model_, threads());
  auto states = states_of(model_), others = states_of(model_);
  TapCollector first, third, want;
  auto call = frames_at(1, states);
  call[0].taps = &first;
  call[2].taps = &third;
  engine.step(call);
  engine.step(frame(2, 1), others[2], 0.04, &want);
  EXPECT_EQ(third.values(), want.values());
  EXPECT_NE(first.values(), want.values());
}

TEST_P(SeveralStreams, AllKeepTheirStateIfOneFails) {
  const ChangedWeights weights(config_, [](const std::string& name, std::span<float> values) {
    if (name != "tokenizer.embedding.kernel") return;
    for (float& value : values) value = 3e37f;  // a bright frame overflows, a black one does not
  });
  std::fill(videos_.begin(), videos_.end(), 0.0f);
  const auto dazzled = model(weights);
  auto states = states_of(dazzled);
  const size_t bright = (2 * kFrames + 1) * frame_floats(config_);
  std::fill_n(videos_.begin() + static_cast<ptrdiff_t>(bright), frame_floats(config_), 1.0f);
  std::vector<std::vector<float>> before;
  for (const auto& state : states) before.push_back(state_contents(state));
  Engine engine(dazzled, threads());
  expect_error(ErrorKind::kInput, {"stream 2, frame 0", "tokens"}, [&] { engine.step(frames_at(1, states)); });
  for (size_t i = 0; i < kStreams; ++i) EXPECT_EQ(state_contents(states[i]), before[i]) << i;
  EXPECT_NO_THROW(engine.step(frames_at(2, states)));
}

TEST_P(SeveralStreams, AllKeepTheirStateIfStopped) {
  Engine engine(model_, threads());
  auto states = states_of(model_);
  std::vector<std::vector<float>> before;
  for (const auto& state : states) before.push_back(state_contents(state));
  // Requests a stop from inside the call, after the first block of the second stream.
  class Stopping : public TapSink {
   public:
    bool wants(std::string_view name) const override { return name == "temporal.00"; }
    void put(std::string_view, int64_t, const Shape&, std::span<const float>) override { source.request_stop(); }
    std::stop_source source;
  } stopping;
  engine.stop_on(stopping.source.get_token());
  auto call = frames_at(1, states);
  call[1].taps = &stopping;
  EXPECT_THROW(engine.step(call), Stopped);
  for (size_t i = 0; i < kStreams; ++i) EXPECT_EQ(state_contents(states[i]), before[i]) << i;
}

TEST_P(SeveralStreams, RefusesInvalidCalls) {
  Engine engine(model_, threads());
  auto states = states_of(model_);
  auto call = frames_at(1, states);
  expect_error(ErrorKind::kUsage, {"[step]", "got none"}, [&] { engine.step(std::span(call).first(0)); });
  call[3].state = call[1].state;
  expect_error(ErrorKind::kUsage, {"[step]", "a different state for each stream"}, [&] { engine.step(call); });
  call = frames_at(1, states);
  std::vector<float> bright(frame_floats(config_), 1e30f);
  call[2].pixels = bright;
  expect_error(ErrorKind::kInput, {"stream 2, frame 0", "pixels"}, [&] { engine.step(call); });
  EXPECT_EQ(states[0].frames(), 1);
}

INSTANTIATE_TEST_SUITE_P(Providers, SeveralStreams,
                         testing::Combine(testing::ValuesIn(provider_names()), testing::Values(1, 2, 3)),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" + std::to_string(std::get<1>(test.param));
                         });

}  // namespace
}  // namespace trecvit::test
