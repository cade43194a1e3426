#include "trecvit/pipeline/tap_file.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "trecvit/base/error.h"
#include "trecvit/base/stats.h"
#include "trecvit/base/stop.h"

namespace trecvit {
namespace {

class Collector : public TapSink {
 public:
  Collector(const std::set<std::string>& names, TapArrays& arrays) : names_(names), arrays_(arrays) {}
  bool wants(std::string_view name) const override { return names_.contains(std::string(name)); }
  void put(std::string_view name, int64_t, const Shape& shape, std::span<const float> values) override {
    TapArray& array = arrays_[std::string(name)];
    if (array.shape.empty()) {
      array.shape = shape;
      array.shape.insert(array.shape.begin(), 0);
    }
    ++array.shape[0];
    array.values.insert(array.values.end(), values.begin(), values.end());
  }

 private:
  const std::set<std::string>& names_;
  TapArrays& arrays_;
};

// Appends h [N, R] and conv [N, K - 1, R] of every block; each clip adds one to the leading axis.
void collect_state(const StreamMemory& memory, const std::set<std::string>& names, TapArrays& arrays) {
  if (std::none_of(names.begin(), names.end(), [](const auto& name) { return name.starts_with("state."); })) return;
  const HostState state = memory.to_host();
  const Shape& shape = state.conv.shape();  // [depth, K - 1, N, R]
  const int64_t slots = shape[1], n = shape[2], r = shape[3];
  const auto append = [&arrays](const std::string& name, const Shape& one, std::span<const float> values) {
    TapArray& array = arrays[name];
    const int64_t clips = array.shape.empty() ? 1 : array.shape[0] + 1;
    array.shape = one;
    array.shape.insert(array.shape.begin(), clips);
    array.values.insert(array.values.end(), values.begin(), values.end());
  };
  for (int64_t block = 0; block < shape[0]; ++block) {
    if (const auto name = state_tap(block, "h"); names.contains(name)) {
      const auto cell = static_cast<size_t>(n * r);
      append(name, {n, r}, state.h.as<float>().subspan(static_cast<size_t>(block) * cell, cell));
    }
    if (const auto name = state_tap(block, "conv"); names.contains(name)) {
      const float* conv = state.conv.as<float>().data() + block * slots * n * r;
      std::vector<float> rows;
      for (int64_t i = 0; i < n * slots; ++i) {
        const float* row = conv + (i % slots * n + i / slots) * r;
        rows.insert(rows.end(), row, row + r);
      }
      append(name, {n, slots, r}, rows);
    }
  }
}

// Bytes of all arrays that will be made.
uint64_t tap_bytes(const Model& model, const std::set<std::string>& names, uint64_t frames) {
  uint64_t floats_a_frame = 0;
  for (const auto& tap : all_taps(model.config())) {
    if (!names.contains(tap.name)) continue;
    uint64_t floats = 1;
    for (const int64_t extent : tap.shape) floats *= static_cast<uint64_t>(extent);
    floats_a_frame += floats;
  }
  return floats_a_frame * frames * sizeof(float);
}

}  // namespace

std::vector<std::string> tap_names(const Model& model) {
  return dumped_names(model.config(), model.network().encoder->has_inner_taps());
}

void check_tap_names(const Model& model, const std::set<std::string>& names) {
  const auto known = tap_names(model);
  for (const auto& name : names) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      fail_usage("--taps",
                 "expected taps of the {} provider ({} to {}), got '{}'; inner taps need --provider reference",
                 model.provider(), known.front(), known.back(), printable(name));
    }
  }
}

TapArrays collect_taps(Engine& engine, std::span<const float> frames, int64_t clips, DumpMode mode,
                       const std::set<std::string>& names, const std::stop_token& stop) {
  check_tap_names(engine.model(), names);
  const ModelConfig& c = engine.model().config();
  const auto frame_floats = static_cast<size_t>(c.image_height * c.image_width * 3);
  const auto classes = static_cast<size_t>(c.num_classes);
  const size_t clip_floats = frames.size() / static_cast<size_t>(clips);
  TRECVIT_CHECK(clip_floats % frame_floats == 0);
  check_memory_for(tap_bytes(engine.model(), names, frames.size() / frame_floats), "taps", "the taps of all frames");
  TapArrays arrays;
  Collector collector(names, arrays);
  const StopScope scope(engine, stop);
  std::vector<double> mean_logits(classes), mean_probs(classes);
  std::vector<float> logits(classes), probs(classes);
  for (size_t clip = 0; clip < static_cast<size_t>(clips); ++clip) {
    StreamState state = engine.model().make_state({Readout::Kind::kMean, 0});
    const auto clip_frames = frames.subspan(clip * clip_floats, clip_floats);
    if (mode == DumpMode::kClip) {
      const ClipResult result = engine.run(clip_frames, state, {}, &collector);
      std::copy_n(result.logits.span().last(classes).begin(), classes, logits.begin());
    } else {
      for (size_t at = 0; at < clip_floats; at += frame_floats) {
        throw_if_stopped(stop);
        const StepResult result = engine.step(clip_frames.subspan(at, frame_floats), state, 0, &collector);
        std::copy_n(result.logits.begin(), classes, logits.begin());
      }
    }
    class_probs(engine.model().config(), logits, probs);
    for (size_t i = 0; i < classes; ++i) {
      mean_logits[i] += static_cast<double>(logits[i]) / static_cast<double>(clips);
      mean_probs[i] += static_cast<double>(probs[i]) / static_cast<double>(clips);
    }
    collect_state(state.memory(), names, arrays);
  }
  for (auto& [name, array] : arrays) {
    if (clips == 1 && name.starts_with("state.")) array.shape.erase(array.shape.begin());
  }
  if (names.contains("logits")) arrays["logits"] = {{c.num_classes}, {mean_logits.begin(), mean_logits.end()}};
  if (names.contains("probs")) arrays["probs"] = {{c.num_classes}, {mean_probs.begin(), mean_probs.end()}};
  return arrays;
}

void write_taps(const TapArrays& taps, const std::string& path, Overwrite overwrite) {
  NpzWriter writer(path, overwrite);
  for (const auto& [name, array] : taps) writer.add(name, {array.values.data(), array.shape, DType::kF32});
  writer.finish();
}

}  // namespace trecvit
