// Every TRecViT case of the published implementation, in every provider of this machine: all taps the provider gives,
// state after the last frame, logits after every prefix, logits and probabilities.
#include <gtest/gtest.h>

#include <map>

#include "engine/engine_test.h"
#include "support/golden.h"
#include "support/near.h"
#include "support/tap_collector.h"
#include "trecvit/engine/engine.h"

namespace trecvit::test {
namespace {

// The float32 reference itself is up to 6e-6 (small models) and 2e-5 (Ti, B, L) away from float64; these are the
// tolerances its README states for another float32 implementation.
constexpr double kSmallTolerance = 2e-5, kLargeTolerance = 1e-4;

// The fixture's name of a tap; empty where it has none.
std::string golden_name(const std::string& tap) {
  static const std::map<std::string, std::string> temporal{{"norm", "rms"},  {"y", "y_gelu"},      {"x", "x_lin"},
                                                           {"conv", "conv"}, {"gate_x", "gate_x"}, {"gate_a", "gate_a"},
                                                           {"h", "h"},       {"branch", "branch"}, {"", "out"}};
  static const std::map<std::string, std::string> spatial{{"norm0", "ln0"}, {"attention", "attn"},
                                                          {"norm1", "ln1"}, {"mlp_hidden", "mlp_hidden"},
                                                          {"mlp", "mlp"},   {"", "out"}};
  if (tap == "tokenizer") return "tokens";
  if (tap == "encoder_norm") return "encoded";
  if (tap == "pre_logits") return "pre_logits_tanh_frames";
  const size_t block_at = tap.find('.') + 1;
  const std::string inner = tap.size() > block_at + 2 ? tap.substr(block_at + 3) : "";
  if (tap.starts_with("temporal.")) return "residualblock_" + tap.substr(block_at, 2) + "/" + temporal.at(inner);
  if (tap.starts_with("spatial.")) {
    return "encoderblock_" + std::to_string(std::stoi(tap.substr(block_at, 2))) + "/" + spatial.at(inner);
  }
  return "";
}

class Parity : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  Parity()
      : golden_(golden_case(std::get<0>(GetParam()))),
        arrays_(golden_arrays(golden_.name + ".npz")),
        tolerance_(golden_.summary() ? kLargeTolerance : kSmallTolerance) {}

  // Sequence `index` of an array [batch * clips, ...], or of its summary.
  void expect_sequence(const std::string& name, int64_t index, std::span<const float> got) {
    if (golden_.summary()) return expect_summary(name, got);
    if (!arrays_.contains(name)) return;
    const HostTensor want = arrays_.read(name);
    const auto size = static_cast<size_t>(want.count() / want.shape()[0]);
    EXPECT_TRUE(near(name, got, want.as<float>().subspan(static_cast<size_t>(index) * size, size), tolerance_));
    ++compared_;
  }

  void expect_summary(const std::string& name, std::span<const float> got) {
    if (!arrays_.contains(name + "/idx")) return;
    const HostTensor at = arrays_.read(name + "/idx"), want = arrays_.read(name + "/val");
    const HostTensor stats = arrays_.read(name + "/stats");
    std::vector<float> picked;
    for (int64_t i : at.as<int64_t>()) picked.push_back(got[static_cast<size_t>(i)]);
    EXPECT_TRUE(near(name, picked, want.as<float>(), tolerance_));
    // The spread of all values: catches what 64 of them miss.
    double mean = 0, square = 0, low = INFINITY, high = -INFINITY;
    for (const double v : got) {
      mean += v / static_cast<double>(got.size());
      square += v * v;
      low = std::min(low, v);
      high = std::max(high, v);
    }
    EXPECT_NEAR(mean, stats.as<double>()[0], tolerance_) << name;
    EXPECT_NEAR(low, stats.as<double>()[2], tolerance_) << name;
    EXPECT_NEAR(high, stats.as<double>()[3], tolerance_) << name;
    EXPECT_NEAR(std::sqrt(square) / stats.as<double>()[4], 1, tolerance_) << name;
    ++compared_;
  }

  GoldenCase golden_;
  NpzReader arrays_;
  double tolerance_;
  int compared_ = 0;
};

TEST_P(Parity, PublishedModel) {
  const ModelConfig& c = golden_.config;
  const auto model = Model::make(c, *generated_weights(c, golden_.seed), std::get<1>(GetParam()));
  Engine engine(model, 2);
  const auto frame = static_cast<size_t>(c.image_height * c.image_width * 3);
  const auto classes = static_cast<size_t>(c.num_classes);
  std::vector<float> logits, probs;
  for (int64_t b = 0; b < golden_.batch; ++b) {
    const std::vector<float> video = golden_video(golden_, b);
    std::vector<double> mean_logits(classes), mean_probs(classes);
    for (int64_t clip = 0; clip < golden_.clips; ++clip) {
      const int64_t index = b * golden_.clips + clip;
      const size_t begin = static_cast<size_t>(clip * golden_.clip_frames()) * frame;
      StreamState state = model->make_state();
      TapCollector taps;
      const auto clip_frames = std::span(video).subspan(begin, static_cast<size_t>(golden_.clip_frames()) * frame);
      const ClipResult result = engine.run(clip_frames, state, {}, &taps);
      for (const auto& [tap, values] : taps.values()) {
        if (const std::string name = golden_name(tap); !name.empty()) expect_sequence(name, index, values);
      }
      for (int64_t block = 0; block < c.depth; ++block) {
        const auto cell = static_cast<size_t>(c.tokens() * c.lru_width);
        expect_sequence(fmt::format("state/{:02}/h", block), index, {state.h(block), cell});
        std::vector<float> conv;  // [N, K - 1, R], as the fixtures have it
        for (int64_t i = 0; i < c.tokens() * (c.conv1d_width - 1); ++i) {
          const float* row = state.conv_slot(block, i % (c.conv1d_width - 1)) + i / (c.conv1d_width - 1) * c.lru_width;
          conv.insert(conv.end(), row, row + c.lru_width);
        }
        expect_sequence(fmt::format("state/{:02}/conv", block), index, conv);
      }
      if (golden_.clips == 1) expect_sequence("prefix_logits", b, result.logits.span());
      const auto last = result.logits.span().subspan(result.logits.size() - classes);
      std::vector<float> clip_probs(classes);
      softmax(last, clip_probs);
      for (size_t i = 0; i < classes; ++i) {
        mean_logits[i] += static_cast<double>(last[i]) / static_cast<double>(golden_.clips);
        mean_probs[i] += static_cast<double>(clip_probs[i]) / static_cast<double>(golden_.clips);
      }
    }
    logits.insert(logits.end(), mean_logits.begin(), mean_logits.end());
    probs.insert(probs.end(), mean_probs.begin(), mean_probs.end());
  }
  EXPECT_TRUE(near("logits", logits, arrays_.read("logits").as<float>(), tolerance_));
  EXPECT_TRUE(near("probs", probs, arrays_.read("probs").as<float>(), tolerance_));
  EXPECT_TRUE(near("f64/logits", logits, arrays_.read("f64/logits").as<double>(), tolerance_));
  const Difference from_exact = difference(logits, arrays_.read("f64/logits").as<double>());
  std::printf("%s %s: %d arrays compared, logits %.1e from float64 (tolerance %.0e)\n", golden_.name.c_str(),
              model->provider().c_str(), compared_, from_exact.worst, tolerance_);
  const int64_t per_sequence = 1 + 2 * c.depth + 1 + 2 * c.depth;  // tokens, block outputs, encoded, states
  EXPECT_GE(compared_, per_sequence * golden_.batch * golden_.clips);
}

INSTANTIATE_TEST_SUITE_P(Golden, Parity,
                         testing::Combine(testing::ValuesIn(golden_case_names()), testing::ValuesIn(provider_names())),
                         [](const auto& test) { return std::get<0>(test.param) + "_" + std::get<1>(test.param); });

}  // namespace
}  // namespace trecvit::test
