// All frames of a short input in memory, for verbs that look at a clip as a whole.
#pragma once

#include <string>
#include <vector>

#include "trecvit/pipeline/model_input.h"

namespace trecvit::cli {

struct WholeInput {
  std::vector<float> pixels;  // [T, H, W, 3]
  int64_t frames = 0;         // T
  SourceFaults faults;        // survived while reading
};

// Throws Stopped after a signal, Error(kInput) for a source without frames, Error(kResource) over 8 GB of pixels
// (--max-frames bounds it).
WholeInput read_whole_input(const std::string& source, const ModelConfig& config, const FrameChoice& choice);

}  // namespace trecvit::cli
