// What a container's header says about a video track.
#pragma once

#include "trecvit/video/ffmpeg.h"
#include "trecvit/video/source.h"

namespace trecvit {

// Size before rotation, counts, rates and lengths, as far as the header has them; not the name.
SourceInfo facts_of_stream(AVFormatContext& format, AVStream& stream);

}  // namespace trecvit
