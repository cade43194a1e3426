// Steps, chunks and whole clip give the same bits, in every provider, for every kind of model; and providers agree.
#include "support/step_equals_clip.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "engine/engine_module.h"
#include "support/golden.h"

namespace trecvit::test {
namespace {

constexpr double kBroken = 1e-3;  // relative to the largest magnitude; far above any rounding error

struct Variant {
  std::string name;
  ModelConfig config;
};

template <class Change>
Variant varied(const std::string& name, Change change) {
  Variant variant{name, small_config()};
  change(variant.config);
  return variant;
}

std::vector<Variant> variants() {
  std::vector<Variant> all;
  for (const char* name : {"mu_2d", "mu_1d", "mu_gap", "mu_sincos", "mu_rect"}) {
    all.push_back({name, golden_case(name).config});
  }
  using C = ModelConfig;
  all.push_back(varied("small", [](C&) {}));
  all.push_back(varied("convex", [](C& c) { c.input_scale = InputScale::kConvex; }));
  for (const int taps : {1, 2, 5, 16}) {
    all.push_back(varied("taps" + std::to_string(taps), [taps](C& c) { c.conv1d_width = taps; }));
  }
  all.push_back(varied("lru_3d", [](C& c) { c.lru_width = 3 * c.width; }));
  all.push_back(varied("lru_narrow", [](C& c) { c.lru_width = 3; }));
  all.push_back(varied("one_head", [](C& c) { c.num_heads = 1; }));
  all.push_back(varied("convex_sincos_gap", [](C& c) {
    c.input_scale = InputScale::kConvex;
    c.position = Position::kSincos2d;
    c.pool = Pool::kGap;
  }));
  all.push_back(varied("one_patch", [](C& c) { c.patch_size = 8, c.image_width = 8; }));
  return all;
}

class StepEqualsClip : public testing::TestWithParam<std::tuple<size_t, std::string>> {
 protected:
  Variant variant_ = variants().at(std::get<0>(GetParam()));
  std::shared_ptr<const Model> model_ = make_model(variant_.config, std::get<1>(GetParam()));
};

// Longer than the longest convolution and the readout's window, so that both rings wrap around.
constexpr int64_t kFewFrames = 9, kLongFrames = 20;
int64_t frames_for(const Variant& variant) {
  return variant.config.conv1d_width > kFewFrames ? kLongFrames : kFewFrames;
}

TEST_P(StepEqualsClip, BitForBit) {
  const int64_t frames = frames_for(variant_);
  EngineModule one(model_, 1, frames);
  const std::string what = variant_.name + " " + model_->provider();
  expect_step_equals_clip(what, one, 0.0);
  const Walked want = Walker<EngineModule>(one, 1).whole();
  for (const int threads : {2, 3}) {
    EngineModule module(model_, threads, frames);
    Walker<EngineModule> walker(module, static_cast<uint64_t>(threads));
    EXPECT_TRUE(bit_equal(what, walker.whole().outputs, want.outputs)) << threads << " threads";
    const WalkDifference split = walker.compare_random_split();
    EXPECT_EQ(split.worst(), 0) << threads << " threads, " << split.walk;
  }
}

TEST_P(StepEqualsClip, ProvidersAgree) {
  if (model_->provider() == "reference") GTEST_SKIP() << "it is what the others are compared with";
  const auto reference = make_model(variant_.config, "reference");
  EXPECT_EQ(model_->fingerprint(), reference->fingerprint());
  EngineModule ours(model_, 1, kLongFrames), plain(reference, 1, kLongFrames);
  const Walked got = Walker<EngineModule>(ours, 1).whole(), want = Walker<EngineModule>(plain, 1).whole();
  const double outputs = relative_difference(got.outputs, want.outputs);
  const double memory = relative_difference(got.memory, want.memory);
  EXPECT_LE(outputs, kBetweenProviders);
  EXPECT_LE(memory, kBetweenProviders);
  std::printf("%s %s: %.1e from the reference in outputs, %.1e in state (tolerance %.0e)\n", variant_.name.c_str(),
              model_->provider().c_str(), outputs, memory, kBetweenProviders);
}

INSTANTIATE_TEST_SUITE_P(Variants, StepEqualsClip,
                         testing::Combine(testing::Range<size_t>(0, variants().size()),
                                          testing::ValuesIn(provider_names())),
                         [](const auto& test) {
                           return variants().at(std::get<0>(test.param)).name + "_" + std::get<1>(test.param);
                         });

class StateOfProvider : public testing::TestWithParam<std::string> {
 protected:
  ModelConfig config_ = small_config();
  std::shared_ptr<const Model> model_ = make_model(config_, GetParam());
};

TEST_P(StateOfProvider, ThousandRandomSplits) {
  config_.depth = 1;
  EngineModule module(make_model(config_, GetParam()), 1, 14);
  Walker<EngineModule> walker(module, 3);
  for (int i = 0; i < 1000; ++i) {
    const WalkDifference split = walker.compare_random_split();
    ASSERT_EQ(split.worst(), 0) << split.walk;
  }
}

// A stream may change its provider between two frames.
TEST_P(StateOfProvider, ContinuesInTheReference) {
  EngineModule ours(model_, 1, 12), plain(make_model(config_, "reference"), 1, 12);
  StreamState mixed = ours.fresh(), pure = plain.fresh();
  double worst = 0;
  for (int64_t t = 0; t < 12; ++t) {
    const auto got = t % 2 ? ours.step(t, mixed) : plain.step(t, mixed);
    worst = std::max(worst, relative_difference(got, plain.step(t, pure)));
  }
  EXPECT_LE(worst, kBetweenProviders);
  std::printf("%s and reference in turns: %.1e\n", GetParam().c_str(), worst);
}

TEST_P(StateOfProvider, InterleavedStreamsAreIndependent) {
  constexpr int64_t kStreams = 16, kEach = 6;
  EngineModule module(model_, 1, kStreams * kEach);
  std::vector<StreamState> states;
  std::vector<std::vector<float>> got(kStreams), want(kStreams);
  for (int64_t s = 0; s < kStreams; ++s) {
    states.push_back(module.fresh());
    StreamState alone = module.fresh();
    for (int64_t t = 0; t < kEach; ++t) want[s] = module.step(s * kEach + t, alone);
  }
  const std::vector<float> grey(frame_floats(config_), 0.5f);
  StreamState poisoned = model_->make_state();
  Engine engine(model_);
  engine.step(grey, poisoned);
  for (int64_t t = 0; t < kEach; ++t) {
    change_memory(poisoned, [](HostState& memory) { std::ranges::fill(memory.h.as<float>(), NAN); });  // no frame can
    EXPECT_THROW(engine.step(grey, poisoned), Error);
    for (int64_t s = 0; s < kStreams; ++s) got[s] = module.step(s * kEach + t, states[s]);
  }
  for (int64_t s = 0; s < kStreams; ++s) EXPECT_TRUE(bit_equal("stream", got[s], want[s])) << s;
  EXPECT_TRUE(std::isnan(poisoned.memory().to_host().h.as<float>()[0])) << "the first patch must have felt the poison";
}

// Engine and comparison can fail: each of these is a typical mistake of streaming implementations. It is detected in
// every walk that it affects, and in no other.
class BrokenMemory : public StateOfProvider {
 protected:
  using Break = std::function<void(StreamState&)>;

  // walks: prefixes of the names of the affected walks; count: their number.
  void expect_seen(const std::string& mistake, const std::function<void(EngineModule&)>& breaks,
                   const std::vector<std::string>& walks, int count) const {
    EngineModule module(model_, 1, 12);
    breaks(module);
    int seen = 0;
    for (const auto& walk : Walker<EngineModule>(module, 1).compare()) {
      const bool concerned =
          std::any_of(walks.begin(), walks.end(), [&](const auto& name) { return walk.walk.starts_with(name); });
      if (!concerned) {
        EXPECT_EQ(walk.worst(), 0) << mistake << ", " << walk.walk;
        continue;
      }
      ++seen;
      EXPECT_GT(walk.outputs, kBroken) << mistake << ", " << walk.walk;
      std::printf("%s, %s, %s: off by %.1e\n", GetParam().c_str(), mistake.c_str(), walk.walk.c_str(), walk.outputs);
    }
    EXPECT_EQ(seen, count) << mistake;
  }
  // Does nothing before a state's first frame: the whole clip, with which all walks are compared, must stay correct.
  static std::function<void(EngineModule&)> in_both(const Break& damage) {
    return [damage](EngineModule& module) { module.before_step = module.before_run = damage; };
  }
  std::span<float> slot_of_first_block(HostState& memory, int64_t slot) const {
    const int64_t cell = config_.tokens() * config_.lru_width;
    return memory.conv.as<float>().subspan(static_cast<size_t>(slot * cell), static_cast<size_t>(cell));
  }
};

TEST_P(BrokenMemory, UsualRuleAtPositionZeroIsDetected) {
  expect_seen(
      "usual rule at position 0",
      [](EngineModule& module) {
        module.before_step = [](StreamState& state) {
          if (state.frames() == 0) change_memory(state, [](HostState& memory) { memory.frames = 1; });
        };
      },
      {"frame by frame", "after a reset", "saved", "fork"}, 6);
}

TEST_P(BrokenMemory, LossAndDisorderOfTheHistoryAreDetected) {
  const auto forget = [this](HostState& memory) { std::ranges::fill(slot_of_first_block(memory, 1), 0.0f); };
  const auto swap = [this](HostState& memory) {
    std::ranges::swap_ranges(slot_of_first_block(memory, 1), slot_of_first_block(memory, 2));
  };
  const std::vector<std::string> all{""};
  expect_seen("history forgotten", in_both([&](StreamState& state) { change_memory(state, forget); }), all, 9);
  expect_seen("history in the wrong order", in_both([&](StreamState& state) { change_memory(state, swap); }), all, 9);
}

TEST_P(BrokenMemory, MissingAndSurplusResetsAreDetected) {
  expect_seen(
      "each clip a stream of its own",
      [](EngineModule& module) {
        module.before_run = [](StreamState& state) {
          if (state.frames() > 0) state.reset();
        };
      },
      {"chunks", "forked original", "fork that goes last"}, 5);
  expect_seen("no reset", [](EngineModule& module) { module.can_reset = false; }, {"after a reset"}, 1);
}

INSTANTIATE_TEST_SUITE_P(Providers, BrokenMemory, testing::ValuesIn(provider_names()),
                         [](const auto& test) { return test.param; });
INSTANTIATE_TEST_SUITE_P(Providers, StateOfProvider, testing::ValuesIn(provider_names()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace trecvit::test
