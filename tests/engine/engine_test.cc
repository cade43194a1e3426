// What an engine refuses, and what it returns.
#include "trecvit/engine/engine.h"

#include <gtest/gtest.h>

#include "engine/engine_test.h"
#include "support/errors.h"
#include "support/tap_collector.h"

namespace trecvit::test {
namespace {

class EngineTest : public testing::TestWithParam<std::string> {
 protected:
  ModelConfig config_ = small_config();
  std::shared_ptr<const Model> model_ = make_model(config_, GetParam());
  Engine engine_{model_, 1};
  std::vector<float> frames_ = noise_frames(config_, 3);
  std::span<const float> frame_ = std::span(frames_).subspan(0, frame_floats(config_));
  StreamState state_ = model_->make_state();
};

TEST_P(EngineTest, FramesOfAnotherSizeAreRefused) {
  for (const size_t floats : {size_t{0}, size_t{1}, frame_.size() - 1, frame_.size() + 1, 2 * frame_.size()}) {
    const std::vector<float> other(floats);
    expect_error(ErrorKind::kUsage, {"expected"}, [&] { engine_.step(other, state_); });
  }
  for (const size_t floats : {size_t{0}, frame_.size() - 3, 2 * frame_.size() + 1}) {
    const std::vector<float> other(floats);
    expect_error(ErrorKind::kUsage, {"[8, 12, 3]"}, [&] { engine_.run(other, state_); });
  }
  EXPECT_EQ(state_.frames(), 0) << "a refused frame leaves the state alone";
}

TEST_P(EngineTest, StateOfAnotherModelIsRefused) {
  StreamState foreign = make_model(config_, GetParam(), 2)->make_state();
  expect_error(ErrorKind::kUsage, {"state of this model"}, [&] { engine_.step(frame_, foreign); });
  expect_error(ErrorKind::kUsage, {"state of this model"}, [&] { engine_.run(frames_, foreign); });
}

// An encoder creates memories for any number of tokens; a frame of this model has a fixed number.
TEST_P(EngineTest, StateWithAnotherNumberOfTokensIsRefused) {
  StreamState few(model_->network().encoder->make_memory(3), ReadoutSum({}, config_.head_dim), model_->fingerprint());
  expect_error(ErrorKind::kUsage, {"7 tokens", "3"}, [&] { engine_.step(frame_, few); });
  expect_error(ErrorKind::kUsage, {"7 tokens", "3"}, [&] { engine_.run(frames_, few); });
}

TEST_P(EngineTest, ImpossibleTimesAreRefused) {
  for (const double time : {double{NAN}, double{INFINITY}, -double{INFINITY}}) {
    expect_error(ErrorKind::kUsage, {"time"}, [&] { engine_.step(frame_, state_, time); });
    expect_error(ErrorKind::kUsage, {"time"}, [&] { engine_.run(frames_, state_, std::vector<double>{0, time, 1}); });
  }
  expect_error(ErrorKind::kUsage, {"3 frames", "2"}, [&] { engine_.run(frames_, state_, std::vector<double>{0, 1}); });
  EXPECT_EQ(state_.frames(), 0);
}

TEST_P(EngineTest, ImpossibleThreadCountsAreRefused) {
  for (const int threads : {0, -1, 1025}) {
    expect_error(ErrorKind::kUsage, {"1 to 1024", std::to_string(threads)}, [&] { Engine(model_, threads); });
  }
}

TEST_P(EngineTest, ResultsHaveTheShapesOfTheModel) {
  const StepResult result = engine_.step(frame_, state_);
  EXPECT_EQ(result.logits.size(), 11u);
  EXPECT_EQ(result.features.size(), 24u);
  EXPECT_EQ(result.tokens.size(), 7u * 24u);
  EXPECT_TRUE(std::equal(result.features.begin(), result.features.end(), result.tokens.begin())) << "the class token";
  const ClipResult clip = engine_.run(frames_, state_);
  EXPECT_EQ(clip.logits.size(), 3u * 11u);
  EXPECT_EQ(clip.features.size(), 3u * 24u);
  EXPECT_EQ(clip.tokens.size(), 3u * 7u * 24u);
  EXPECT_EQ(state_.frames(), 4);
}

TEST_P(EngineTest, FeaturesWithoutClassTokenAreTheMean) {
  config_.pool = Pool::kGap;
  const auto model = make_model(config_, GetParam());
  Engine engine(model);
  StreamState state = model->make_state();
  const StepResult result = engine.step(frame_, state);
  for (size_t i = 0; i < 24; ++i) {
    double mean = 0;
    for (size_t n = 0; n < 6; ++n) mean += static_cast<double>(result.tokens[n * 24 + i]) / 6;
    EXPECT_NEAR(result.features[i], mean, 1e-6);
  }
}

TEST_P(EngineTest, TapsComeInOrderAndChangeNothing) {
  class Names : public TapCollector {
   public:
    void put(std::string_view name, int64_t frame, const Shape& shape, std::span<const float> values) override {
      EXPECT_EQ(static_cast<int64_t>(values.size()), element_count(shape));
      if (frame == 0) seen.push_back({std::string(name), shape});
      TapCollector::put(name, frame, shape, values);
    }
    std::vector<TapInfo> seen;
  };
  const auto expected = model_->network().encoder->has_inner_taps() ? all_taps(config_) : outer_taps(config_);
  Names stepped, clip;
  StreamState with = model_->make_state(), without = model_->make_state();
  const ClipResult plain = engine_.run(frames_, without);
  std::vector<float> logits;
  for (size_t t = 0; t < 3; ++t) {
    const auto result = engine_.step(std::span(frames_).subspan(t * frame_.size(), frame_.size()), state_, 0, &stepped);
    logits.insert(logits.end(), result.logits.begin(), result.logits.end());
  }
  const ClipResult tapped = engine_.run(frames_, with, {}, &clip);
  EXPECT_TRUE(std::equal(logits.begin(), logits.end(), plain.logits.data()));
  EXPECT_TRUE(std::equal(logits.begin(), logits.end(), tapped.logits.data()));
  EXPECT_EQ(stepped.values(), clip.values()) << "the taps of steps and of the clip";
  const auto by_name = [](const TapInfo& a, const TapInfo& b) { return a.name < b.name; };
  for (Names* names : {&stepped, &clip}) {
    auto want = expected;
    names->seen.resize(std::min(names->seen.size(), want.size()));  // a step calls its only frame 0
    std::sort(want.begin(), want.end(), by_name);
    std::sort(names->seen.begin(), names->seen.end(), by_name);
    ASSERT_EQ(names->seen.size(), want.size());
    for (size_t i = 0; i < want.size(); ++i) {
      EXPECT_EQ(names->seen[i].name, want[i].name);
      EXPECT_EQ(names->seen[i].shape, want[i].shape) << want[i].name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Providers, EngineTest, testing::ValuesIn(provider_names()),
                         [](const auto& test) { return test.param; });

TEST(Softmax, IsSafeForLargeValues) {
  const std::vector<float> logits{1000, 999, -1000, 1000};
  std::vector<float> probs(4);
  softmax(logits, probs);
  const double sum = 2 + std::exp(-1.0);
  EXPECT_NEAR(probs[0], 1 / sum, 1e-7);
  EXPECT_NEAR(probs[1], std::exp(-1.0) / sum, 1e-7);
  EXPECT_EQ(probs[2], 0);
  EXPECT_EQ(probs[3], probs[0]);
}

TEST(Softmax, OfTheLargestNumbersIsOne) {
  std::vector<float> probs(3);
  softmax(std::vector<float>{3e38f, -3e38f, 3e38f}, probs);
  EXPECT_EQ(probs, (std::vector<float>{0.5f, 0, 0.5f}));
}

// Swaps the query and key weights of a block.
class SwappedWeights : public WeightSource {
 public:
  explicit SwappedWeights(const ModelConfig& config) : inner_(generated_weights(config, 1)) {}
  const std::map<std::string, TensorInfo>& tensors() const override { return inner_->tensors(); }
  const std::string& name() const override { return inner_->name(); }
  HostTensor read(const std::string& name) const override {
    std::string other = name;
    const size_t query = name.find("query"), key = name.find("key");
    if (query != std::string::npos) other.replace(query, 5, "key");
    if (key != std::string::npos) other.replace(key, 3, "query");
    return inner_->read(other);
  }

 private:
  std::unique_ptr<WeightSource> inner_;
};

TEST(Fingerprint, KnowsWhichTensorIsWhich) {
  const ModelConfig config = small_config();
  EXPECT_NE(Model::make(config, SwappedWeights(config), {"reference"})->fingerprint(),
            make_model(config, "reference")->fingerprint());
}

TEST(Fingerprint, FollowsWeightsAndConfigNotTheProvider) {
  const ModelConfig config = small_config();
  const uint64_t original = make_model(config, "reference")->fingerprint();
  for (const auto& provider : provider_names()) EXPECT_EQ(make_model(config, provider)->fingerprint(), original);
  EXPECT_NE(make_model(config, "reference", 2)->fingerprint(), original);
  ModelConfig other = config;
  other.input_scale = InputScale::kConvex;
  EXPECT_NE(make_model(other, "reference")->fingerprint(), original);
  other = config;
  other.position = Position::kSincos2d;
  const uint64_t low = make_model(other, "reference")->fingerprint();
  other.image_height *= 2;  // no tensor depends on it
  EXPECT_NE(make_model(other, "reference")->fingerprint(), low);
  other = config;
  other.readout = {Readout::Kind::kLast, 0};
  EXPECT_EQ(make_model(other, "reference")->fingerprint(), original) << "a rule is the stream's business";
}

}  // namespace
}  // namespace trecvit::test
