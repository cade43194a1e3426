// All frames of a short input in memory, for code that needs a whole clip.
#pragma once

#include <string>
#include <vector>

#include "trecvit/engine/frame_checks.h"
#include "trecvit/pipeline/model_input.h"

namespace trecvit {

struct WholeInput {
  std::vector<float> pixels;     // [T, H, W, 3]
  int64_t frames = 0;            // T
  std::vector<int64_t> numbers;  // frame numbers in the source
  std::string name;              // of the source
  SourceFaults faults;           // survived while reading
};

// Throws Stopped once choice.source.stop was requested, Error(kInput) for a source without frames, Error(kResource) for
// more than 8 GB of pixels (--max-frames limits them).
WholeInput read_whole_input(const std::string& source, const ModelConfig& config, const FrameChoice& choice);

// Calls work(); errors of the engine on frame N of the input then name the source and that frame's number in it.
template <class Work>
auto on_frames_of(const WholeInput& input, Work&& work) {
  try {
    return work();
  } catch (const FrameError& error) {
    throw error.in_source(input.name, input.numbers.at(static_cast<size_t>(error.frame())));
  }
}

}  // namespace trecvit
