// All frames of a short input in memory, for code that needs a whole clip.
#pragma once

#include <string>
#include <vector>

#include "trecvit/base/error.h"
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

// Makes an engine error on frame N of the input, "[frame N] ...", name the source and that frame's number in it. Other
// errors are returned unchanged.
Error with_source(const Error& error, const WholeInput& input);

// Calls work(); its errors then number frames as the source does.
template <class Work>
auto on_frames_of(const WholeInput& input, Work&& work) {
  try {
    return work();
  } catch (const Error& error) {
    throw with_source(error, input);
  }
}

}  // namespace trecvit
