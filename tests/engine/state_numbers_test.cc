// The numbers in a saved state: everything that a stream can produce is restored, and numbers that no stream can
// produce are refused, whoever wrote the file and whatever its checksum says.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "engine/engine_module.h"
#include "support/errors.h"
#include "trecvit/io/safetensors.h"

namespace trecvit::test {
namespace {

// The file of a state, split into its parts.
struct Contents {
  std::map<std::string, HostTensor> tensors;
  std::map<std::string, std::string> metadata;

  std::span<float> floats(const std::string& name) { return tensors.at(name).as<float>(); }
  std::span<double> doubles(const std::string& name) { return tensors.at(name).as<double>(); }
};

class StateNumbers : public testing::Test {
 protected:
  StreamState after(int64_t frames, const char* rule = "window=1") {
    StreamState state = model_->make_state(parse_readout(rule, "test"));
    for (int64_t t = 0; t < frames; ++t) step(state, 0.25 * static_cast<double>(t));
    return state;
  }
  void step(StreamState& state, double time) {
    const auto pixels = noise_frames(config_, 1, static_cast<uint64_t>(state.frames()));
    engine_.step(pixels, state, time);
  }
  Contents contents(const StreamState& state) {
    state.save(path_, Overwrite::kYes);
    const SafetensorsReader file(open_file(path_));
    Contents out{{}, file.metadata()};
    for (const auto& name : file.names()) out.tensors[name] = file.read(name);
    return out;
  }
  void write(const Contents& contents) {
    std::vector<SafetensorsWriter::Declared> declared;
    for (const auto& [name, tensor] : contents.tensors) declared.push_back({name, tensor.shape(), tensor.dtype()});
    SafetensorsWriter writer(path_, Overwrite::kYes, declared, contents.metadata);
    for (const auto& [name, tensor] : contents.tensors) writer.add(name, tensor.view());
    writer.finish();
  }
  // Tries to load the contents with a correct checksum. Empty if the state accepted the file.
  std::string refusal(Contents contents, const char* rule) {
    for (int round = 0; round < 2; ++round) {
      write(contents);
      StreamState state = model_->make_state(parse_readout(rule, "test"));
      try {
        state.load(*open_file(path_));
        return {};
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kInput);
        EXPECT_EQ(state.frames(), 0);
        const std::string text = error.what();
        const size_t at = text.find("expected checksum '");  // a refusal names the correct checksum
        if (at == std::string::npos) return text;
        contents.metadata["checksum"] = text.substr(at + 19, 16);
      }
    }
    ADD_FAILURE() << "the forged checksum did not fit";
    return {};
  }
  void expect_refused(const char* word, const std::function<void(Contents&)>& change, const char* rule = "window=1",
                      int64_t frames = 6) {
    Contents changed = contents(after(frames, rule));
    change(changed);
    const std::string text = refusal(std::move(changed), rule);
    EXPECT_NE(text.find(word), std::string::npos) << rule << ", expected a word about " << word << ": " << text;
  }

  ModelConfig config_ = small_config();
  std::shared_ptr<const Model> model_ = make_model(config_, provider_names().back());
  Engine engine_{model_};
  TempDir folder_;
  std::string path_ = folder_.file("stream.state");
};

TEST_F(StateNumbers, UnchangedNumbersAreAccepted) {
  for (const char* rule : {"mean", "last", "window=1", "ema=1"}) {
    for (const int64_t frames : {0, 1, 2, 6}) EXPECT_EQ(refusal(contents(after(frames, rule)), rule), "") << rule;
  }
}

TEST_F(StateNumbers, NoNumberOrTooLargeIsRefused) {
  const float bad[] = {NAN, INFINITY, -INFINITY, 1e30f, -3e38f};
  for (const float value : bad) {
    for (const char* name : {"h", "conv", "readout.window"}) {
      expect_refused(name, [&](Contents& c) { c.floats(name).front() = value; });
      expect_refused(name, [&](Contents& c) { c.floats(name).back() = value; });
    }
    for (const char* rule : {"mean", "last", "window=1", "ema=1"})
      expect_refused("readout.sum", [&](Contents& c) { c.doubles("readout.sum")[5] = value; }, rule);
  }
  expect_refused("readout.window", [](Contents& c) { c.floats("readout.window")[3] = 1.01f; });
  expect_refused("readout.sum", [](Contents& c) { c.doubles("readout.sum")[3] = 6.1; }, "mean");
  expect_refused("readout.sum", [](Contents& c) { c.doubles("readout.sum")[3] = -1.1; }, "last");
}

// Even an error in the sum far smaller than one feature is detected.
TEST_F(StateNumbers, InconsistentWindowSumsAreRefused) {
  for (const double off : {-0.5, 1e-9, 0.5}) {
    expect_refused("sum of readout.window", [&](Contents& c) { c.doubles("readout.sum").front() += off; });
    expect_refused("sum of readout.window", [&](Contents& c) { c.doubles("readout.sum").back() += off; });
  }
  expect_refused("sum of readout.window", [](Contents& c) { c.floats("readout.window")[7] *= 0.999f; });
}

// Hundreds of frames are in the window at once; their rounding errors remain in the sum when only a few frames are
// left.
TEST_F(StateNumbers, LongStreamsOfUnevenRateLoad) {
  StreamState state = model_->make_state(parse_readout("window=1", "test"));
  double time = 0;
  for (int burst = 0; burst < 8; ++burst) {
    for (int t = 0; t < 300; ++t) step(state, time += 0.001);
    for (int t = 0; t < 5; ++t) {
      step(state, time += 0.4);
      EXPECT_EQ(refusal(contents(state), "window=1"), "") << "frame " << state.frames();
    }
  }
}

TEST_F(StateNumbers, ImpossibleTimesAreRefused) {
  for (const char* rule : {"mean", "last", "ema=1", "window=1"}) {
    for (const char* key : {"readout_time", "readout_time_offset"}) {
      for (const char* value : {"1e308", "-1e308", "1e200"})
        expect_refused("time", [&](Contents& c) { c.metadata[key] = value; }, rule);
    }
    expect_refused("time", [](Contents& c) { c.metadata["readout_time_offset"] = "-1"; }, rule);
    expect_refused("time", [](Contents& c) { c.metadata["readout_time"] = "1"; }, rule, 0);
  }
  for (const double first : {-1e308, -1.0, 0.2, double{NAN}})
    expect_refused("readout.window_times", [&](Contents& c) { c.doubles("readout.window_times").front() = first; });
  for (const double last : {1e308, 1.5, double{INFINITY}})
    expect_refused("readout.window_times", [&](Contents& c) { c.doubles("readout.window_times").back() = last; });
}

TEST_F(StateNumbers, StateBeforeItsFirstFrameIsEmpty) {
  expect_refused("h", [](Contents& c) { c.floats("h")[0] = 0.5f; }, "mean", 0);
  expect_refused("conv", [](Contents& c) { c.floats("conv")[0] = 0.5f; }, "mean", 0);
  expect_refused("readout.sum", [](Contents& c) { c.doubles("readout.sum")[0] = 0.5; }, "mean", 0);
}

TEST_F(StateNumbers, UnknownAndMissingFieldsAreRefused) {
  expect_refused("another", [](Contents& c) { c.metadata["another"] = "key"; });
  expect_refused("another", [](Contents& c) { c.tensors["another"] = HostTensor({1}, DType::kF32); });
  expect_refused("readout.window_time",
                 [](Contents& c) { c.tensors["readout.window_time"] = HostTensor({0}, DType::kF64); });
  for (const char* name : {"h", "conv", "readout.sum", "readout.window_times", "readout.window"})
    expect_refused(name, [&](Contents& c) { c.tensors.erase(name); });
}

// With any frame times.
TEST_F(StateNumbers, EverySavedStateLoads) {
  const double late = std::numeric_limits<double>::max();
  const std::vector<std::vector<double>> orders = {{0, 1e308, 0, 1e308, 1e308, 1, 2},
                                                   {-5, -5, -5.5, -1e308, 3},
                                                   {late, -late, late, -late, 0, late, late},
                                                   {1e15, 1e15 + 1, 0, 1e15, 1e-308, 5e-324, 0},
                                                   {1e-9, 1e-9, 2e-9, 1, 0.5, 1.5, 1.5}};
  for (const char* rule : {"mean", "last", "window=1", "window=1e-6", "window=5", "ema=1", "ema=1e-300", "ema=1e6"}) {
    for (const auto& times : orders) {
      StreamState state = model_->make_state(parse_readout(rule, "test"));
      for (int round = 0; round < 3; ++round) {
        for (const double time : times) {
          step(state, time);
          state.save(path_, Overwrite::kYes);
          StreamState read = model_->make_state(parse_readout(rule, "test"));
          ASSERT_NO_THROW(read.load(*open_file(path_))) << rule << " after " << time;
          ASSERT_EQ(state_contents(read), state_contents(state)) << rule;
          if (round == 1) state = std::move(read);  // and the stream continues
        }
      }
    }
  }
}

// A random walk of times with pauses.
TEST_F(StateNumbers, EverySavedStateLoadsAfterAnyTimes) {
  const RandomStream random(5, "times");
  for (const char* rule : {"mean", "last", "window=0.5", "ema=0.5"}) {
    StreamState state = model_->make_state(parse_readout(rule, "test"));
    double time = 0;
    for (uint64_t t = 0; t < 200; ++t) {
      const double size = std::pow(10, 18 * random.unit(3 * t));
      if (random.unit(3 * t + 1) < 0.2) time += (random.unit(3 * t + 2) - 0.5) * size;
      step(state, time += 0.01);
      if (t % 5 != 0) continue;
      state.save(path_, Overwrite::kYes);
      StreamState read = model_->make_state(parse_readout(rule, "test"));
      ASSERT_NO_THROW(read.load(*open_file(path_))) << rule << " frame " << t;
    }
  }
}

}  // namespace
}  // namespace trecvit::test
