// Steps that give no answer: non-finite numbers, pixels out of range, a stop in the middle. The state is unchanged.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

#include "engine/changed_weights.h"
#include "engine/engine_module.h"
#include "support/errors.h"
#include "support/tap_collector.h"
#include "trecvit/base/stop.h"

namespace trecvit::test {
namespace {

struct Case {
  std::string provider;
  int threads;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const auto& provider : provider_names()) {
    all.push_back({provider, 1});
    if (provider != "reference") all.push_back({provider, 3});
  }
  return all;
}

class RefusedStep : public testing::TestWithParam<Case> {
 protected:
  static constexpr size_t kFrames = 6;

  std::span<const float> frame(size_t t) const {
    return std::span(frames_).subspan(t * frame_floats(config_), frame_floats(config_));
  }
  // Black frames except one; kFrames: all black.
  std::vector<float> frames_with_one_bright(size_t bright) const {
    std::vector<float> all(kFrames * frame_floats(config_));
    if (bright < kFrames)
      std::fill_n(all.begin() + static_cast<ptrdiff_t>(bright * frame_floats(config_)), frame_floats(config_), 1.0f);
    return all;
  }
  std::shared_ptr<const Model> model_with(const ChangedWeights::Change& change) const {
    return Model::make(config_, ChangedWeights(config_, change), {GetParam().provider});
  }
  // Weights that make a bright frame overflow, but not a black one.
  std::shared_ptr<const Model> dazzled() const {
    return model_with([](const std::string& name, std::span<float> values) {
      if (name != "tokenizer.embedding.kernel") return;
      for (float& value : values) value = 3e37f;
    });
  }

  ModelConfig config_ = small_config();
  std::vector<float> frames_ = noise_frames(config_, kFrames);
};

TEST_P(RefusedStep, NamesTheFrameAndKeepsTheState) {
  const auto model = dazzled();
  EXPECT_FALSE(model->always_finite());
  frames_ = frames_with_one_bright(3);
  for (const char* rule : {"mean", "last", "ema=1", "window=0.1"}) {
    Engine engine(model, GetParam().threads);
    StreamState state = model->make_state(parse_readout(rule, "test")), without = state.fork();
    for (size_t t = 0; t < kFrames; ++t) {
      const double time = 0.04 * static_cast<double>(t);
      const auto before = state_contents(state);
      if (t == 3) {
        expect_error(ErrorKind::kInput, {"frame 3", "finite", "tokens"}, [&] { engine.step(frame(t), state, time); });
        EXPECT_EQ(state_contents(state), before) << rule;
        continue;
      }
      const StepResult result = engine.step(frame(t), state, time);
      const std::vector<float> logits(result.logits.begin(), result.logits.end());
      const StepResult other = engine.step(frame(t), without, time);
      EXPECT_TRUE(std::equal(logits.begin(), logits.end(), other.logits.begin())) << rule << " " << t;
    }
  }
}

TEST_P(RefusedStep, FirstFrameLeavesAnEmptyState) {
  const auto model = dazzled();
  frames_ = frames_with_one_bright(0);
  Engine engine(model, GetParam().threads);
  StreamState state = model->make_state();
  const auto before = state_contents(state);
  expect_error(ErrorKind::kInput, {"frame 0"}, [&] { engine.step(frame(0), state); });
  EXPECT_EQ(state_contents(state), before);
}

TEST_P(RefusedStep, OverflowingLogitsAreRefusedAndTheReadoutUndone) {
  const auto model = model_with([](const std::string& name, std::span<float> values) {
    if (name != "decoder.cls_head.kernel") return;
    for (float& value : values) value = 3e38f;
  });
  for (const char* rule : {"mean", "last", "ema=1", "window=0.1"}) {
    Engine engine(model, GetParam().threads);
    StreamState state = model->make_state(parse_readout(rule, "test"));
    const auto before = state_contents(state);
    for (int again = 0; again < 2; ++again) {
      expect_error(ErrorKind::kInput, {"frame 0", "logits"}, [&] { engine.step(frame(0), state, 1); });
      EXPECT_EQ(state_contents(state), before);
    }
  }
}

TEST_P(RefusedStep, ClipNamesItsFrameAndKeepsTheState) {
  const auto model = dazzled();
  Engine engine(model, GetParam().threads);
  StreamState state = model->make_state();
  engine.run(frames_with_one_bright(kFrames), state);
  const auto before = state_contents(state);
  expect_error(ErrorKind::kInput, {"frame 10"}, [&] { engine.run(frames_with_one_bright(4), state); });
  EXPECT_EQ(state_contents(state), before);
}

TEST_P(RefusedStep, PixelsOutOfRangeAreRefused) {
  const auto model = make_model(config_, GetParam().provider);
  EXPECT_TRUE(model->always_finite());
  Engine engine(model, GetParam().threads);
  StreamState state = model->make_state();
  engine.step(frame(0), state);
  const auto before = state_contents(state);
  for (const float bad : {1.5f, -2.0f, 255.0f, 1e38f, NAN, INFINITY, -INFINITY}) {
    std::vector<float> changed(frames_);
    changed[2 * frame_floats(config_) + 17] = bad;
    expect_error(ErrorKind::kInput, {"frame 1", "pixels"}, [&] {
      engine.step(std::span(changed).subspan(2 * frame_floats(config_), frame_floats(config_)), state);
    });
    expect_error(ErrorKind::kInput, {"frame 3", "pixels"}, [&] { engine.run(changed, state); });
    EXPECT_EQ(state_contents(state), before);
  }
}

// Throws, or asks for a stop, in the middle of a step.
class Interrupter : public TapSink {
 public:
  explicit Interrupter(std::function<void()> interrupt) : interrupt_(std::move(interrupt)) {}
  bool wants(std::string_view name) const override { return name == "temporal.01"; }
  void put(std::string_view, int64_t, const Shape&, std::span<const float>) override { interrupt_(); }

 private:
  std::function<void()> interrupt_;
};

TEST_P(RefusedStep, StopHalfwayIsUndone) {
  const auto model = make_model(config_, GetParam().provider);
  std::stop_source stop;
  Engine engine(model, GetParam().threads), undisturbed(model, GetParam().threads);
  engine.stop_on(stop.get_token());
  StreamState state = model->make_state(parse_readout("window=0.1", "test")), other = state.fork();
  Interrupter interrupter([&stop] { stop.request_stop(); });
  const auto go_on = [&] {
    stop = std::stop_source();
    engine.stop_on(stop.get_token());
  };
  const std::vector<double> times(kFrames, 1);
  for (size_t t = 0; t < kFrames; ++t) {
    const auto before = state_contents(state);
    EXPECT_THROW(engine.step(frame(t), state, 0, &interrupter), Stopped);
    EXPECT_EQ(state_contents(state), before) << t;
    go_on();
    EXPECT_THROW(engine.run(frames_, state, times, &interrupter), Stopped);
    EXPECT_EQ(state_contents(state), before) << t;
    go_on();
    engine.step(frame(t), state);
    undisturbed.step(frame(t), other);
  }
  EXPECT_EQ(state_contents(state), state_contents(other));
}

TEST_P(RefusedStep, StopBeforeItIsSeen) {
  const auto model = make_model(config_, GetParam().provider);
  std::stop_source stop;
  Engine engine(model, GetParam().threads);
  engine.stop_on(stop.get_token());
  stop.request_stop();
  StreamState state = model->make_state();
  const auto before = state_contents(state);
  EXPECT_THROW(engine.step(frame(0), state), Stopped);
  EXPECT_THROW(engine.run(frames_, state), Stopped);
  EXPECT_EQ(state_contents(state), before);
}

TEST_P(RefusedStep, ExceptionsOfTapsAreUndone) {
  const auto model = make_model(config_, GetParam().provider);
  Engine engine(model, GetParam().threads);
  StreamState state = model->make_state();
  Interrupter interrupter([] { throw std::runtime_error("tap"); });
  for (size_t t = 0; t < kFrames; ++t) {
    const auto before = state_contents(state);
    EXPECT_THROW(engine.step(frame(t), state, 0, &interrupter), std::runtime_error);
    EXPECT_THROW(engine.run(frames_, state, {}, &interrupter), std::runtime_error);
    EXPECT_EQ(state_contents(state), before) << t;
    engine.step(frame(t), state);
  }
}

INSTANTIATE_TEST_SUITE_P(Providers, RefusedStep, testing::ValuesIn(cases()), [](const auto& test) {
  return test.param.provider + "_" + std::to_string(test.param.threads);
});

// After a stop the remaining layers do not run: the residual stream keeps the values it had at the stop.
TEST_P(RefusedStep, StopSkipsTheRemainingStages) {
  if (GetParam().provider == "reference") GTEST_SKIP() << "which throws at once";
  const auto model = make_model(config_, GetParam().provider);
  std::stop_source stop;
  Engine engine(model, GetParam().threads);
  engine.stop_on(stop.get_token());
  StreamState state = model->make_state();
  class Stopper : public TapCollector {
   public:
    explicit Stopper(std::stop_source& stop) : stop_(stop) {}
    void put(std::string_view name, int64_t frame, const Shape& shape, std::span<const float> values) override {
      TapCollector::put(name, frame, shape, values);
      if (name == "temporal.00") stop_.request_stop();
    }

   private:
    std::stop_source& stop_;
  } taps(stop);
  EXPECT_THROW(engine.step(frame(0), state, 0, &taps), Stopped);
  EXPECT_NE(taps.values().at("tokenizer"), taps.values().at("temporal.00"));
  for (const char* later : {"spatial.00", "temporal.01", "spatial.01"})
    EXPECT_EQ(taps.values().at(later), taps.values().at("temporal.00")) << later;
}

// Splitting stages into pieces of any size gives the same bits.
TEST_P(RefusedStep, PiecesKeepTheBits) {
  config_.image_height = 32;
  config_.image_width = 48;  // 97 tokens: six pieces of the minimum size, and one row
  const auto model = make_model(config_, GetParam().provider);
  const auto pixels = noise_frames(config_, 3);
  const auto walk = [&](double operations) {
    const Network& parts = model->network();
    const auto memory = parts.encoder->make_memory(config_.tokens());
    const auto workspace = parts.encoder->make_workspace(GetParam().threads);
    workspace->piece_operations = operations;
    const auto tokens = static_cast<size_t>(config_.tokens() * config_.width);
    std::vector<float> out(3 * tokens);
    for (size_t t = 0; t < 3; ++t) {
      float* frame = out.data() + t * tokens;
      parts.tokenizer->embed(pixels.data() + t * frame_floats(config_), 1, *workspace, frame);
      const StreamTokens stream{frame, memory.get()};
      parts.encoder->step({&stream, 1}, *workspace);
    }
    return out;
  };
  const auto whole = walk(1e9);
  for (const double operations : {1.0, 1e4, 3e4, 1e5}) EXPECT_EQ(walk(operations), whole) << operations;
}

// Pieces are short, and a typical stage is one piece.
TEST(RowsOfPiece, AreFewWhereARowIsLong) {
  const Workspace workspace;
  const auto rows = [&workspace](double operations) { return workspace.rows_of_piece(operations); };
  EXPECT_GE(rows(768.0 * 3072), 197) << "the widest stage of B";
  EXPECT_GE(rows(1024.0 * 4096), 197) << "and of L";
  EXPECT_EQ(rows(2 * 1e6 * 64), 16) << "attention over a million tokens";
  EXPECT_GT(rows(0), 1'000'000);
  for (double operations = 1; operations < 1e7; operations *= 3)
    EXPECT_LE(static_cast<double>(rows(operations)) * operations, 1e9);
}

}  // namespace
}  // namespace trecvit::test
