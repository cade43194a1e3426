// Frames from a generator (synth/catalog.h).
#pragma once

#include <string>

#include "trecvit/video/source.h"

namespace trecvit {

// Whether a source begins with "synthetic:".
bool is_synthetic_name(const std::string& source);

// "synthetic:shapes?seed=1&frames=64&size=224&fps=25"; a seed of the options becomes part of the name. Throws
// Error(kUsage) for a malformed specification or frames of more than options.max_pixels.
std::unique_ptr<FrameSource> open_synthetic(const std::string& source, const SourceOptions& options);

}  // namespace trecvit
