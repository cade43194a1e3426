// Every TRecViT case of the published implementation, in every provider of this machine: every array of the fixture
// that the provider can produce is compared; none is skipped.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "engine/engine_test.h"
#include "support/golden.h"
#include "support/near.h"
#include "support/tap_collector.h"
#include "trecvit/engine/engine.h"

namespace trecvit::test {
namespace {

// The float32 reference itself differs from float64 by up to 6e-6 (small models) and 2e-5 (Ti, B, L); these are the
// tolerances that its README states for another float32 implementation.
constexpr double kSmallTolerance = 2e-5, kLargeTolerance = 1e-4;

// The fixture's name of a tap; empty if it has none.
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
  if (tap == "prefix_logits") return tap;
  const size_t block_at = tap.find('.') + 1;
  const std::string inner = tap.size() > block_at + 2 ? tap.substr(block_at + 3) : "";
  if (tap.starts_with("temporal.")) return "residualblock_" + tap.substr(block_at, 2) + "/" + temporal.at(inner);
  if (tap.starts_with("spatial.")) {
    return "encoderblock_" + std::to_string(std::stoi(tap.substr(block_at, 2))) + "/" + spatial.at(inner);
  }
  return "";
}

std::set<std::string> names_of(const std::vector<TapInfo>& taps) {
  std::set<std::string> names;
  for (const auto& tap : taps) names.insert(tap.name);
  return names;
}

class Parity : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  Parity()
      : golden_(golden_case(std::get<0>(GetParam()))),
        arrays_(golden_arrays(golden_.name + ".npz")),
        tolerance_(golden_.summary() ? kLargeTolerance : kSmallTolerance),
        model_(make_model(golden_.config, std::get<1>(GetParam()), golden_.seed)),
        engine_(model_, 2) {}

  void expect_video(int64_t b) {
    const std::vector<float> video = golden_video(golden_, b);
    expect_input(b, video);
    const auto classes = static_cast<size_t>(golden_.config.num_classes);
    const size_t clip_floats = video.size() / static_cast<size_t>(golden_.clips);
    std::vector<double> mean_logits(classes), mean_probs(classes);
    for (int64_t clip = 0; clip < golden_.clips; ++clip) {
      const int64_t index = b * golden_.clips + clip;
      const auto frames = std::span(video).subspan(static_cast<size_t>(clip) * clip_floats, clip_floats);
      const std::vector<float> clip_logits = expect_clip(index, frames);
      expect_stream(index, frames);
      std::vector<float> clip_probs(classes);
      softmax(clip_logits, clip_probs);
      for (size_t i = 0; i < classes; ++i) {
        mean_logits[i] += static_cast<double>(clip_logits[i]) / static_cast<double>(golden_.clips);
        mean_probs[i] += static_cast<double>(clip_probs[i]) / static_cast<double>(golden_.clips);
      }
    }
    const std::vector<float> logits(mean_logits.begin(), mean_logits.end());
    const std::vector<float> probs(mean_probs.begin(), mean_probs.end());
    for (const std::string precision : {"", "f64/"}) {
      expect_part(precision + "logits", b, golden_.batch, logits);
      expect_part(precision + "probs", b, golden_.batch, probs);
    }
    const HostTensor exact = arrays_.read("f64/logits");
    const auto exact_logits = exact.as<double>().subspan(static_cast<size_t>(b) * classes, classes);
    worst_from_exact_ = std::max(worst_from_exact_, difference(logits, exact_logits).worst);
  }

  // All arrays in the fixture, with their numbers of values; without the taps inside blocks if the provider does not
  // expose them.
  std::map<std::string, int64_t> values_to_compare() const {
    std::map<std::string, int64_t> values;
    for (std::string name : arrays_.names()) {
      for (const char* part : {"/shape", "/stats", "/idx", "/val"}) {
        if (name.ends_with(part)) name = name.substr(0, name.rfind('/'));
      }
      values[name] = values_in(name);
    }
    if (model_->network().encoder->has_inner_taps()) return values;
    const auto outer = names_of(outer_taps(golden_.config));
    for (const auto& tap : names_of(all_taps(golden_.config))) {
      if (!outer.contains(tap)) values.erase(golden_name(tap));
    }
    return values;
  }

  GoldenCase golden_;
  NpzReader arrays_;
  double tolerance_;
  std::shared_ptr<const Model> model_;
  Engine engine_;
  std::map<std::string, int64_t> compared_;  // values, per array of the fixture
  double worst_from_exact_ = 0;              // of logits

 private:
  // The frames come from the generator; the fixtures of small cases also contain their bytes.
  void expect_input(int64_t b, const std::vector<float>& video) {
    if (!arrays_.contains("input_u8")) return;
    ASSERT_EQ(values_in("input_u8"), golden_.batch * static_cast<int64_t>(video.size()));
    const HostTensor input = arrays_.read("input_u8");
    std::vector<float> want;
    for (const uint8_t byte : input.as<uint8_t>().subspan(static_cast<size_t>(b) * video.size(), video.size())) {
      want.push_back(static_cast<float>(byte) / 255.0f);
    }
    EXPECT_TRUE(bit_equal("input_u8", video, want));
    compared_["input_u8"] += static_cast<int64_t>(video.size());
  }

  // All frames of a clip in one call. Returns the logits after the last frame.
  std::vector<float> expect_clip(int64_t index, std::span<const float> frames) {
    const ModelConfig& c = golden_.config;
    StreamState state = model_->make_state();
    TapCollector taps;
    const ClipResult result = engine_.run(frames, state, {}, &taps);
    std::set<std::string> given;
    for (const auto& [tap, values] : taps.values()) {
      given.insert(tap);
      if (const std::string name = golden_name(tap); !name.empty()) expect_sequence(name, index, values);
    }
    EXPECT_EQ(given, names_of(model_->network().encoder->has_inner_taps() ? all_taps(c) : outer_taps(c)));
    expect_state("state", index, state);
    std::vector<float> pre_logits(static_cast<size_t>(c.head_dim));
    state.readout().value(pre_logits);
    for (const char* name : {"pre_logits", "f64/pre_logits"}) expect_sequence(name, index, pre_logits);
    const auto last = result.logits.span().last(static_cast<size_t>(c.num_classes));
    return {last.begin(), last.end()};
  }

  // One frame per call, compared with the published cached path, which some fixtures contain.
  void expect_stream(int64_t index, std::span<const float> frames) {
    if (!arrays_.contains("stream_state/00/h") && !arrays_.contains("stream_state/00/h/idx")) return;
    StreamState state = model_->make_state();
    const size_t frame = frame_floats(golden_.config);
    for (size_t at = 0; at < frames.size(); at += frame) engine_.step(frames.subspan(at, frame), state);
    expect_state("stream_state", index, state);
  }

  void expect_state(const std::string& name, int64_t index, const StreamState& state) {
    const HostState memory = state.memory().to_host();
    const Shape& shape = memory.conv.shape();  // [depth, K - 1, N, R]
    const int64_t slots = shape[1], n = shape[2], r = shape[3];
    for (int64_t block = 0; block < shape[0]; ++block) {
      const auto cell = static_cast<size_t>(n * r);
      expect_sequence(fmt::format("{}/{:02}/h", name, block), index,
                      memory.h.as<float>().subspan(static_cast<size_t>(block) * cell, cell));
      std::vector<float> conv;  // [N, K - 1, R], as in the fixtures
      for (int64_t i = 0; i < n * slots; ++i) {
        const float* row = memory.conv.as<float>().data() + ((block * slots + i % slots) * n + i / slots) * r;
        conv.insert(conv.end(), row, row + r);
      }
      expect_sequence(fmt::format("{}/{:02}/conv", name, block), index, conv);
    }
  }

  // Sequence `index` of an array that contains the clips of all videos one after another.
  void expect_sequence(const std::string& name, int64_t index, std::span<const float> got) {
    expect_part(name, index, golden_.batch * golden_.clips, got);
  }

  // One of `parts` equal parts of an array, if the fixture contains it; if it contains a summary instead, the whole
  // array.
  void expect_part(const std::string& name, int64_t part, int64_t parts, std::span<const float> got) {
    const bool summary = arrays_.contains(name + "/idx");
    if (!summary && !arrays_.contains(name)) return;
    ASSERT_EQ(values_in(name), parts * static_cast<int64_t>(got.size())) << name;
    compared_[name] += static_cast<int64_t>(got.size());
    if (summary) return expect_summary(name, got);
    const HostTensor want = arrays_.read(name);
    const size_t begin = static_cast<size_t>(part) * got.size();
    if (want.dtype() == DType::kF64) {
      EXPECT_TRUE(near(name, got, want.as<double>().subspan(begin, got.size()), tolerance_));
    } else {
      EXPECT_TRUE(near(name, got, want.as<float>().subspan(begin, got.size()), tolerance_));
    }
  }

  void expect_summary(const std::string& name, std::span<const float> got) {
    const HostTensor at = arrays_.read(name + "/idx"), want = arrays_.read(name + "/val");
    const HostTensor stats = arrays_.read(name + "/stats");
    std::vector<float> picked;
    for (int64_t i : at.as<int64_t>()) picked.push_back(got[static_cast<size_t>(i)]);
    EXPECT_TRUE(near(name, picked, want.as<float>(), tolerance_));
    // The statistics of all values: they catch what the 64 picked values miss.
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
  }

  // The size of an array, or of the tensor that a summary describes.
  int64_t values_in(const std::string& name) const {
    if (arrays_.contains(name)) return element_count(arrays_.header(name).shape).value();
    const HostTensor shape = arrays_.read(name + "/shape");
    return element_count(Shape(shape.as<int64_t>().begin(), shape.as<int64_t>().end())).value();
  }
};

TEST_P(Parity, PublishedModel) {
  for (int64_t b = 0; b < golden_.batch; ++b) expect_video(b);
  EXPECT_EQ(compared_, values_to_compare());
  std::printf("%s %s: %zu arrays compared, logits %.1e from float64 (tolerance %.0e)\n", golden_.name.c_str(),
              model_->provider().c_str(), compared_.size(), worst_from_exact_, tolerance_);
}

INSTANTIATE_TEST_SUITE_P(Golden, Parity,
                         testing::Combine(testing::ValuesIn(golden_case_names()), testing::ValuesIn(provider_names())),
                         [](const auto& test) { return std::get<0>(test.param) + "_" + std::get<1>(test.param); });

}  // namespace
}  // namespace trecvit::test
