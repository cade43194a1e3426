// Frames from a generator (synth/catalog.h).
#pragma once

#include <string_view>

#include "trecvit/video/source.h"

namespace trecvit {

// name: what info() calls it. spec: "shapes?seed=1&frames=64&size=224&fps=25". Throws Error(kUsage) for a
// malformed one or frames of more than options.max_pixels.
std::unique_ptr<FrameSource> open_synthetic(const std::string& name, std::string_view spec,
                                            const SourceOptions& options);

}  // namespace trecvit
