// The readout of a stream, which has no end: the mean over all its frames would stop changing.
#pragma once

#include <string>

#include "trecvit/pipeline/model_choice.h"
#include "trecvit/video/source.h"

namespace trecvit {

// A rule, and why it was chosen, for a note; empty where it was asked for.
struct StreamReadout {
  Readout rule;
  std::string why;
};

// What the choice says; else what the state to go on from was saved with; else the model's own, or, where that is the
// mean, a window: as long as the clips the model was trained on, clip_frames a stride apart, and kUnknownWindow
// where their number or rate is not known or such a window does not fit in memory. rate: see rate_seen. state: the file
// to go on from, empty for none. Throws Error(kUsage) for a readout that cannot be parsed, Error(kInput) for a file
// that is no state.
inline constexpr double kUnknownWindow = 10;  // seconds
StreamReadout stream_readout(const ModelChoice& choice, const ModelConfig& config, double rate,
                             const std::string& state = "");

// Frames per second of a source, on average, that are a stride of training apart, or farther where every `step`th is
// read and that is more; 0 where the header does not say or says what cannot be.
double rate_seen(const SourceInfo& source, const ModelConfig& config, int64_t step);

}  // namespace trecvit
