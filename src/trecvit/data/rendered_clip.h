// Clips that are rendered frame by frame when they are loaded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "trecvit/data/clip_dataset.h"
#include "trecvit/synth/frame_generator.h"

namespace trecvit {

inline constexpr std::string_view kProceduralSet = "procedural set";  // where errors come from

// The size of the frames. Throws Error(kUsage) for a size that no generator can render.
FrameSize rendered_size(const ClipOptions& clip);

// Throws Error(kUsage) for an impossible size or number of frames, and for a clip too large for memory.
void check_rendered_clip(const ClipOptions& clip);

// Pixels, label and targets of a clip whose options were checked; `classes`: number of targets in a row.
Clip render_clip(const FrameGenerator& generator, const ClipOptions& options, int64_t label, size_t classes);

}  // namespace trecvit
