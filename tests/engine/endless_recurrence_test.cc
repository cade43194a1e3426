// The recurrence over 10,000 frames compared with a float64 shadow: no drift, no growth, no remaining denormals.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "engine/engine_module.h"
#include "engine/layers_fused.h"
#include "support/near.h"
#include "trecvit/base/float_mode.h"
#include "trecvit/engine/engine.h"

namespace trecvit::test {
namespace {

constexpr int64_t kEndlessFrames = 10000, kWidth = 21, kHeads = 3, kBlock = kWidth / kHeads, kTaps = 4;

struct Weights {
  std::vector<float> conv_w, conv_b, wx, bx, wa, ba, decay;
};

std::vector<float> drawn(const std::string& key, int64_t count, double offset, double scale) {
  const RandomStream random(5, key);
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(offset + scale * random.symmetric(i)));
  return values;
}

// Distributed as in generated_weights; decays from 2 to 250 frames.
Weights make_weights() {
  const double fan = std::sqrt(3.0 / kBlock);
  Weights w{drawn("conv_w", kTaps * kWidth, 0, 0.5), drawn("conv_b", kWidth, 0, 0.1),
            drawn("wx", kWidth * kBlock, 0, fan),    drawn("bx", kWidth, 0, 0.5),
            drawn("wa", kWidth * kBlock, 0, fan),    drawn("ba", kWidth, 0, 0.5),
            drawn("a_param", kWidth, -3.5, 3.4)};
  for (float& value : w.decay) value = reference::decay_of(value);
  return w;
}

std::vector<float> make_input(const std::string& kind) {
  const RandomStream random(6, "input");
  std::vector<float> v(static_cast<size_t>(kEndlessFrames * kWidth));
  for (size_t i = 0; i < v.size(); ++i) {
    const auto t = static_cast<int64_t>(i) / kWidth, channel = static_cast<int64_t>(i) % kWidth;
    if (kind == "noise" || (kind == "burst" && t < 100)) v[i] = static_cast<float>(random.symmetric(i));
    if (kind == "constant") v[i] = static_cast<float>(random.symmetric(static_cast<uint64_t>(channel)));
    if (kind == "alternating") v[i] = t % 2 ? 1.0f : -1.0f;
  }
  return v;
}

// The published equations in double, value by value; the only oracle for the convex form.
std::vector<double> shadow(const Weights& w, const std::vector<float>& v, bool convex) {
  std::vector<double> h(kWidth), c(kWidth), all;
  for (int64_t t = 0; t < kEndlessFrames; ++t) {
    for (int64_t j = 0; j < kWidth; ++j) {
      c[j] = static_cast<double>(w.conv_b[j]);
      for (int64_t s = 0; s < kTaps && s <= t; ++s) {
        c[j] +=
            static_cast<double>(w.conv_w[(kTaps - 1 - s) * kWidth + j]) * static_cast<double>(v[(t - s) * kWidth + j]);
      }
    }
    for (int64_t j = 0; j < kWidth; ++j) {
      const int64_t head = j / kBlock;
      double x = static_cast<double>(w.bx[j]), a = static_cast<double>(w.ba[j]);
      for (int64_t i = 0; i < kBlock; ++i) {
        const int64_t at = (head * kBlock + i) * kBlock + j % kBlock;
        x += c[head * kBlock + i] * static_cast<double>(w.wx[at]);
        a += c[head * kBlock + i] * static_cast<double>(w.wa[at]);
      }
      const double input = c[j] / (1 + std::exp(-x));
      const double lambda = std::exp(static_cast<double>(w.decay[j]) / (1 + std::exp(-a)));
      const double scale = convex ? 1 - lambda : std::sqrt(1 - lambda * lambda);
      h[j] = t == 0 ? input : lambda * h[j] + scale * input;
    }
    all.insert(all.end(), h.begin(), h.end());
  }
  return all;
}

template <class Real>
std::vector<Real> plain(const Weights& w, const std::vector<float>& v, bool convex) {
  const auto real = [](const std::vector<float>& values) { return std::vector<Real>(values.begin(), values.end()); };
  const auto x = real(v);
  std::vector<Real> c(x.size()), gx(x.size()), ga(x.size()), all(x.size());
  std::vector<Real> history((kTaps - 1) * kWidth), h(kWidth);
  std::vector<uint8_t> starts(kEndlessFrames);
  starts[0] = 1;
  reference::causal_conv_clip(x.data(), kEndlessFrames, 1, kWidth, kTaps, real(w.conv_w).data(), real(w.conv_b).data(),
                              history.data(), starts.data(), c.data());
  reference::gate(c.data(), kEndlessFrames, kWidth, kHeads, real(w.wx).data(), real(w.bx).data(), gx.data());
  reference::gate(c.data(), kEndlessFrames, kWidth, kHeads, real(w.wa).data(), real(w.ba).data(), ga.data());
  reference::rg_lru_clip(c.data(), gx.data(), ga.data(), kEndlessFrames, 1, kWidth, real(w.decay).data(), starts.data(),
                         convex, h.data(), all.data());
  return all;
}

std::vector<float> fused(const Weights& w, const std::vector<float>& v, bool convex, const Kernels& kernels) {
  FusedCell cell(kernels, kWidth, kHeads, kTaps);
  cell.set_gates(w.wx, w.bx, w.wa, w.ba);
  cell.conv_weight = w.conv_w;
  cell.conv_bias = w.conv_b;
  cell.decay = w.decay;
  cell.convex = convex;
  std::vector<float> all;
  for (int64_t t = 0; t < kEndlessFrames; ++t) {
    const auto& h = cell.step(v.data() + t * kWidth, t == 0);
    all.insert(all.end(), h.begin(), h.end());
  }
  return all;
}

class EndlessRecurrence : public testing::TestWithParam<std::tuple<std::string, std::string, bool>> {};

TEST_P(EndlessRecurrence, StaysCloseToADoubleCopy) {
  const auto& [provider, input, convex] = GetParam();
  const Weights weights = make_weights();
  const auto v = make_input(input);
  const auto want = shadow(weights, v, convex);
  ASSERT_LT(difference(plain<double>(weights, v, convex), want).worst, 1e-11);
  const FlushDenormals flush;  // as in every thread of an engine
  const Kernels* kernels = kernels_of(provider);
  const auto got = kernels ? fused(weights, v, convex, *kernels) : plain<float>(weights, v, convex);

  ASSERT_EQ(got.size(), want.size());
  double scale = 0, error[4] = {}, largest[4] = {};
  for (size_t i = 0; i < got.size(); ++i) {
    const size_t quarter = 4 * i / got.size();
    const double value = got[i];
    ASSERT_TRUE(std::fpclassify(got[i]) == FP_NORMAL || got[i] == 0) << got[i] << " at " << i;
    scale = std::max(scale, std::abs(want[i]));
    error[quarter] = std::max(error[quarter], std::abs(value - want[i]));
    largest[quarter] = std::max(largest[quarter], std::abs(value));
  }
  std::printf("%s %s %s: error %.1e %.1e %.1e %.1e by quarters, largest state %.2f\n", provider.c_str(), input.c_str(),
              convex ? "convex" : "sqrt", error[0], error[1], error[2], error[3], scale);
  for (const double e : error) EXPECT_LT(e, 1e-4);
  EXPECT_LE(error[3], 2 * error[0] + 1e-6 * scale) << "the error grows";
  EXPECT_LE(largest[3], 1.5 * largest[0]) << "the state grows";
}

INSTANTIATE_TEST_SUITE_P(Inputs, EndlessRecurrence,
                         testing::Combine(testing::ValuesIn(provider_names()),
                                          testing::Values("noise", "black", "constant", "alternating", "burst"),
                                          testing::Bool()),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" + std::get<1>(test.param) +
                                  (std::get<2>(test.param) ? "_convex" : "_sqrt");
                         });

// Weights that give the recurrence no input: a state once set only decays.
class SilentWeights : public WeightSource {
 public:
  explicit SilentWeights(const ModelConfig& config) : inner_(generated_weights(config, 1)) {}
  const std::map<std::string, TensorInfo>& tensors() const override { return inner_->tensors(); }
  const std::string& name() const override { return inner_->name(); }
  HostTensor read(const std::string& name) const override {
    HostTensor tensor = inner_->read(name);
    if (name.find("linear_x") != std::string::npos || name.find("conv_1d.b") != std::string::npos) {
      std::fill(tensor.as<float>().begin(), tensor.as<float>().end(), 0.0f);
    }
    return tensor;
  }

 private:
  std::unique_ptr<WeightSource> inner_;
};

bool is_denormal(float value) { return std::fpclassify(value) == FP_SUBNORMAL; }

class Decay : public testing::TestWithParam<std::tuple<std::string, int>> {};

TEST_P(Decay, LeavesNoDenormals) {
  const auto& [provider, threads] = GetParam();
  ModelConfig config = small_config();
  config.depth = 1;
  const auto model = Model::make(config, SilentWeights(config), {provider});
  Engine engine(model, threads);
  StreamState state = model->make_state();
  const auto frame = noise_frames(config, 1);
  engine.step(frame, state);
  const auto hidden = [&state] { return state.memory().to_host().h; };
  change_memory(state, [](HostState& memory) { std::ranges::fill(memory.h.as<float>(), 1e-36f); });
  for (int t = 0; t < 300; ++t) {
    engine.step(frame, state);
    const HostTensor h = hidden();
    ASSERT_EQ(std::ranges::count_if(h.as<float>(), is_denormal), 0) << "frame " << t;
  }
  const HostTensor h = hidden();
  const int64_t vanished = std::ranges::count(h.as<float>(), 0.0f);
  EXPECT_GT(vanished, h.count() / 4) << "nothing decayed far enough to be a test";
  volatile float tiny = 1e-38f;
  EXPECT_GT(tiny / 8, 0.0f) << "the caller's own arithmetic must be as it was";
}

INSTANTIATE_TEST_SUITE_P(Providers, Decay, testing::Combine(testing::ValuesIn(provider_names()), testing::Values(1, 2)),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" + std::to_string(std::get<1>(test.param));
                         });

}  // namespace
}  // namespace trecvit::test
