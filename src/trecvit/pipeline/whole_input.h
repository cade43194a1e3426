// All frames of a short input in memory, for what looks at a clip as a whole.
#pragma once

#include <string>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/pipeline/model_input.h"

namespace trecvit {

struct WholeInput {
  std::vector<float> pixels;     // [T, H, W, 3]
  int64_t frames = 0;            // T
  std::vector<int64_t> numbers;  // of the frames in the source
  std::string name;              // of the source
  SourceFaults faults;           // survived while reading
};

// Throws Stopped once choice.source.stop was requested, Error(kInput) for a source without frames, Error(kResource)
// over 8 GB of pixels
// (--max-frames bounds it).
WholeInput read_whole_input(const std::string& source, const ModelConfig& config, const FrameChoice& choice);

// An error of the engine on frame N of the input, "[frame N] ...", names the source and the number of that frame in it.
// Other errors stay as they are.
Error with_source(const Error& error, const WholeInput& input);

// work(), whose errors name frames as the source counts them.
template <class Work>
auto on_frames_of(const WholeInput& input, Work&& work) {
  try {
    return work();
  } catch (const Error& error) {
    throw with_source(error, input);
  }
}

}  // namespace trecvit
