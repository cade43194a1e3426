// The readout of a stream, which has no end: the mean over all its frames would stop changing.
#pragma once

#include <string>

#include "trecvit/pipeline/model_choice.h"
#include "trecvit/video/source.h"

namespace trecvit {

// A rule, and the reason for choosing it, for a note; empty if the rule was requested.
struct StreamReadout {
  Readout rule;
  std::string why;
};

// The readout of the choice; otherwise the one that the state to resume from was saved with; otherwise the model's own.
// If that is the mean, a window replaces it: as long as the clips that the model was trained on (clip_frames frames, a
// stride apart), or kUnknownWindow if their number or rate is not known or such a window does not fit in memory. rate:
// see rate_seen. state: the file to resume from, empty for none. Throws Error(kUsage) for a readout that cannot be
// parsed, Error(kInput) for a file that is not a state.
inline constexpr double kUnknownWindow = 10;  // seconds
StreamReadout stream_readout(const ModelChoice& choice, const ModelConfig& config, double rate,
                             const std::string& state = "");

// Average rate, in frames per second, of the source's frames that are a training stride apart, or `step` apart if that
// is more (every `step`th frame is read); 0 if the header gives no rate or an impossible one.
double rate_seen(const SourceInfo& source, const ModelConfig& config, int64_t step);

}  // namespace trecvit
