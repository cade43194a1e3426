// Saved states: loading restores exactly the saved bits, and nothing else is accepted.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "engine/engine_module.h"
#include "support/errors.h"
#include "support/near.h"
#include "trecvit/io/json.h"
#include "trecvit/io/safetensors.h"

namespace trecvit::test {
namespace {

using Bytes = std::vector<std::byte>;

Bytes read_bytes(const std::string& path) {
  const auto file = open_file(path);
  Bytes bytes(file->size());
  file->read(0, bytes);
  return bytes;
}

class StateFile : public testing::Test {
 protected:
  StreamState after(int64_t frames, const Readout& readout = {}) {
    StreamState state = model_->make_state(readout);
    Engine engine(model_);
    const auto pixels = noise_frames(config_, frames);
    for (int64_t t = 0; t < frames; ++t) {
      engine.step(std::span(pixels).subspan(static_cast<size_t>(t) * frame_floats(config_), frame_floats(config_)),
                  state, 0.04 * static_cast<double>(t) - 0.1);
    }
    return state;
  }
  Bytes saved(const StreamState& state) {
    state.save(path_, Overwrite::kYes);
    return read_bytes(path_);
  }
  static void load(StreamState& state, const Bytes& bytes) { state.load(*open_memory(bytes, "blob")); }

  // The bytes are refused, and the state that they should have replaced is unchanged.
  void expect_refused(const Bytes& bytes, const std::vector<std::string>& words = {}) {
    StreamState state = after(2);
    const auto before = state_contents(state);
    expect_error(ErrorKind::kInput, words, [&] { load(state, bytes); });
    EXPECT_EQ(state_contents(state), before);
  }

  // The file with changed metadata.
  static Bytes rewritten(const Bytes& bytes, const std::function<void(Json&)>& change) {
    const auto* text = reinterpret_cast<const char*>(bytes.data());
    uint64_t length = 0;
    std::memcpy(&length, text, sizeof length);
    Json root = parse_json({text + sizeof length, static_cast<size_t>(length)}, "blob");
    change(root["__metadata__"]);
    const std::string header = root.dump();
    const uint64_t new_length = header.size();
    Bytes out(sizeof new_length + header.size());
    std::memcpy(out.data(), &new_length, sizeof new_length);
    std::memcpy(out.data() + sizeof new_length, header.data(), header.size());
    out.insert(out.end(), bytes.begin() + static_cast<std::ptrdiff_t>(sizeof length + length), bytes.end());
    return out;
  }

  static constexpr const char* kNames[] = {"h", "conv", "readout.sum", "readout.window_times", "readout.window"};
  ModelConfig config_ = small_config();
  std::shared_ptr<const Model> model_ = make_model(config_, provider_names().back());
  TempDir folder_;
  std::string path_ = folder_.file("stream.state");
};

TEST_F(StateFile, RoundTripAtEveryPositionOfTheRing) {
  for (const char* rule : {"mean", "last", "ema=0.3", "window=0.3"}) {
    const Readout readout = parse_readout(rule, "test");
    for (const int64_t frames : {0, 1, 2, 3, 4, 29}) {
      const StreamState state = after(frames, readout);
      StreamState read = after(7, readout);
      load(read, saved(state));
      EXPECT_EQ(state_contents(read), state_contents(state)) << rule << " " << frames;
      EXPECT_EQ(read.readout().snapshot().sum, state.readout().snapshot().sum);
      EXPECT_EQ(read.readout().snapshot().last_time, state.readout().snapshot().last_time);
      EXPECT_EQ(read.frames(), frames);
    }
  }
}

TEST_F(StateFile, SameStateIsTheSameFile) {
  const StreamState state = after(5);
  StreamState read = after(7);  // its ring is at another position
  load(read, saved(state));
  EXPECT_EQ(saved(read), saved(state));
}

TEST_F(StateFile, IsASafetensorsFile) {
  saved(after(3));
  const SafetensorsReader file(open_file(path_));
  EXPECT_EQ(file.info("h").shape, (Shape{2, 7, 36}));
  EXPECT_EQ(file.info("conv").shape, (Shape{2, 3, 7, 36}));
  EXPECT_EQ(file.metadata().at("format"), "trecvit.state/2");
  EXPECT_EQ(file.metadata().at("frames"), "3");
  EXPECT_EQ(file.metadata().at("readout"), "mean");
}

TEST_F(StateFile, AnotherVersionModelOrRuleIsRefused) {
  const Bytes good = saved(after(3));
  const auto set = [&](const char* key, const char* value) {
    return rewritten(good, [&](auto& metadata) { metadata[key] = value; });
  };
  expect_refused(set("format", "trecvit.state/1"),
                 {"format", "trecvit.state/2", "trecvit.state/1", "start the stream again"});
  expect_refused(set("model", "0123456789abcdef"), {"model", "0123456789abcdef"});
  expect_refused(set("readout", "last"), {"readout", "mean", "last"});
  expect_refused(set("checksum", "0000000000000000"), {"checksum"});
  expect_refused(set("frames", "4"), {"checksum"});
  expect_refused(set("another", "key"), {"metadata", "another"});
  for (const char* key :
       {"format", "model", "readout", "frames", "readout_weight", "readout_time", "readout_time_offset", "checksum"}) {
    expect_refused(rewritten(good, [&](auto& metadata) { metadata.erase(key); }));
  }
}

TEST_F(StateFile, StateOfAnotherModelIsRefused) {
  const Bytes good = saved(after(3));
  const auto expect_foreign = [&](const ModelConfig& config, uint64_t seed) {
    const auto other = make_model(config, "reference", seed);
    StreamState state = other->make_state();
    expect_error(ErrorKind::kInput, {"model"}, [&] { load(state, good); });
  };
  expect_foreign(config_, 2);
  ModelConfig changed = config_;
  changed.input_scale = InputScale::kConvex;
  expect_foreign(changed, 1);
  changed = config_;
  changed.depth = 1;
  expect_foreign(changed, 1);
  changed = config_;
  std::swap(changed.image_height, changed.image_width);
  expect_foreign(changed, 1);
  EXPECT_NO_THROW({
    StreamState state = make_model(config_, "reference")->make_state();
    load(state, good);
  }) << "the same model in another provider";
}

TEST_F(StateFile, TensorsOfOtherShapesAreRefused) {
  const auto with = [&](const char* changed, const HostTensor& tensor) {
    const Bytes good = saved(after(3));
    const SafetensorsReader file(open_memory(good, "blob"));
    std::vector<SafetensorsWriter::Declared> declared;
    for (const char* name : kNames) {
      const bool other = std::string(name) == changed;
      declared.push_back(
          {name, other ? tensor.shape() : file.info(name).shape, other ? tensor.dtype() : file.info(name).dtype});
    }
    SafetensorsWriter writer(path_, Overwrite::kYes, declared, file.metadata());
    for (const char* name : kNames) {
      writer.add(name, std::string(name) == changed ? tensor.view() : file.read(name).view());
    }
    writer.finish();
    return read_bytes(path_);
  };
  expect_refused(with("h", HostTensor({2, 7, 35}, DType::kF32)), {"h", "[2, 7, 36]", "[2, 7, 35]"});
  expect_refused(with("h", HostTensor({2, 7, 36}, DType::kF64)), {"h", "float32", "float64"});
  expect_refused(with("conv", HostTensor({2, 2, 7, 36}, DType::kF32)), {"conv", "[2, 3, 7, 36]"});
  expect_refused(with("readout.sum", HostTensor({53}, DType::kF64)), {"readout.sum", "[52]", "[53]"});
  expect_refused(with("readout.window_times", HostTensor({2, 2}, DType::kF64)), {"readout.window_times"});
  expect_refused(with("readout.window_times", HostTensor({4}, DType::kF64)), {"window", "0", "4"});
}

TEST_F(StateFile, TruncationIsRefused) {
  const Bytes good = saved(after(5, {Readout::Kind::kWindow, 1}));
  const RandomStream random(1, "truncation");
  const auto cut = [&](size_t length) {
    StreamState state = model_->make_state({Readout::Kind::kWindow, 1});
    expect_error(ErrorKind::kInput, {},
                 [&] { load(state, {good.begin(), good.begin() + static_cast<int64_t>(length)}); });
    EXPECT_EQ(state.frames(), 0);
  };
  for (size_t length = 0; length < 40; ++length) cut(length);
  for (uint64_t i = 0; i < 300; ++i) cut(random.bits(i) % good.size());
  cut(good.size() - 1);
  Bytes longer = good;
  longer.push_back({});
  StreamState state = model_->make_state({Readout::Kind::kWindow, 1});
  expect_error(ErrorKind::kInput, {}, [&] { load(state, longer); });
}

TEST_F(StateFile, EveryFlippedBitIsDetected) {
  const Readout readout{Readout::Kind::kWindow, 1};
  const Bytes good = saved(after(5, readout));
  const RandomStream random(1, "flips");
  StreamState state = after(2, readout);
  const auto before = state_contents(state);
  const auto flip = [&](size_t byte, unsigned bit) {
    Bytes bad = good;
    bad[byte] ^= static_cast<std::byte>(1u << bit);
    expect_error(ErrorKind::kInput, {}, [&] { load(state, bad); });
    ASSERT_EQ(state_contents(state), before) << "byte " << byte << " bit " << bit;
  };
  for (uint64_t i = 0; i < 1000; ++i) flip(random.bits(i) % good.size(), static_cast<unsigned>(random.bits(i) >> 61));
  uint64_t header = 0;
  std::memcpy(&header, good.data(), sizeof header);
  for (size_t byte = 0; byte < 8 + header; ++byte) {
    for (unsigned bit = 0; bit < 8; ++bit) flip(byte, bit);
  }
  load(state, good);
  EXPECT_EQ(state.frames(), 5);
}

// Even a writer that knows the checksum cannot insert sums that no stream has.
TEST_F(StateFile, ForgedSumsAreRefused) {
  const auto forge = [&](const Bytes& good, const Readout& readout, const std::string& key, const std::string& value) {
    Bytes bytes = rewritten(good, [&](auto& metadata) { metadata[key] = value; });
    for (int round = 0; round < 2; ++round) {
      StreamState state = model_->make_state(readout);
      try {
        load(state, bytes);
        ADD_FAILURE() << to_string(readout) << " took " << key << " = " << value;
        return;
      } catch (const Error& error) {
        // The refusal of a wrong checksum names the correct one.
        EXPECT_EQ(error.kind(), ErrorKind::kInput);
        const std::string text = error.what();
        const size_t at = text.find("checksum '");
        if (at == std::string::npos) return;  // refused for its content
        bytes = rewritten(bytes, [&](auto& metadata) { metadata["checksum"] = text.substr(at + 10, 16); });
      }
    }
    ADD_FAILURE() << "the forged checksum did not fit";
  };
  for (const char* rule : {"mean", "last", "ema=1", "window=1"}) {
    const Readout readout = parse_readout(rule, "test");
    const Bytes good = saved(after(5, readout));
    for (const char* weight : {"0", "-1", "0.5", "6", "1e300", "nan", "inf", "x", "", "5 "}) {
      forge(good, readout, "readout_weight", weight);
    }
    for (const char* frames : {"0", "-5", "9223372036854775807", "99999999999999999999", "5.0", "0x5"}) {
      forge(good, readout, "frames", frames);
    }
    for (const char* time : {"nan", "inf", "-inf", "1e999", "then"}) forge(good, readout, "readout_time", time);
    if (readout.kind == Readout::Kind::kWindow) forge(good, readout, "readout_time", "-10");  // before its newest frame
  }
}

TEST_F(StateFile, NothingIsOverwrittenUnasked) {
  after(1).save(path_, Overwrite::kNo);
  const Bytes first = read_bytes(path_);
  expect_error(ErrorKind::kUsage, {path_}, [&] { after(2).save(path_, Overwrite::kNo); });
  EXPECT_EQ(read_bytes(path_), first);
  EXPECT_NE(saved(after(2)), first);
}

TEST_F(StateFile, OtherFilesAreRefused) {
  const std::string text = "{\"not\": \"a state\"}";
  const auto bytes = std::as_bytes(std::span(text));
  expect_refused({bytes.begin(), bytes.end()});
  expect_refused({});
  const Bytes zeros(5000);
  expect_refused(zeros, {"the saved state of a stream", "a file of zeros"});
  expect_error(ErrorKind::kInput, {"the saved state of a stream", "a file of zeros"},
               [&] { StreamState::saved_readout(*open_memory(zeros, "blob")); });
}

}  // namespace
}  // namespace trecvit::test
