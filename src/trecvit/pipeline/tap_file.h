// Taps of a whole input, collected and written as one array per tap.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "trecvit/base/shape.h"
#include "trecvit/engine/engine.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/io/npz.h"

namespace trecvit {

enum class DumpMode {
  kClip,    // layer by layer over all frames
  kStream,  // frame by frame
};
constexpr auto enum_words(DumpMode) {
  return make_words<DumpMode>({{"clip", DumpMode::kClip}, {"stream", DumpMode::kStream}});
}

struct TapArray {
  Shape shape;
  std::vector<float> values;
};
using TapArrays = std::map<std::string, TapArray>;

// The names of the taps that a model's provider offers: taps of frames, then state.II.h, state.II.conv, logits and
// probs.
std::vector<std::string> tap_names(const Model& model);

// Throws Error(kUsage) for a tap that this provider does not offer.
void check_tap_names(const Model& model, const std::set<std::string>& names);

// Computes the taps of frames [T, H, W, 3], split into `clips` clips of T / clips frames (clips must divide T), clip by
// clip (kClip) or frame by frame (kStream). Arrays of frames are [T, ...]; state.* get a leading [clips] if there are
// several. Throws as check_tap_names, Error(kResource) if the taps do not fit in memory, Stopped within about a second
// of a request to stop.
TapArrays collect_taps(Engine& engine, std::span<const float> frames, int64_t clips, DumpMode mode,
                       const std::set<std::string>& names, const std::stop_token& stop = {});

void write_taps(const TapArrays& taps, const std::string& path, Overwrite overwrite);

}  // namespace trecvit
