// MP4, QuickTime and Flash files joined with `cat`: only the first one is read.
#pragma once

#include <cstdint>
#include <optional>

#include "trecvit/io/byte_source.h"

namespace trecvit {

// Where another file begins after a complete one. Nothing if there is none, in fragmented files, whose parts may begin
// that way, and after more boxes than usual files have. Reads only the headers of the outermost boxes.
std::optional<uint64_t> second_movie(const ByteSource& source);

// The same for Flash video: what begins after the tag at `last`, the last one read, or a limited number of further
// tags.
std::optional<uint64_t> second_flash_video(const ByteSource& source, uint64_t last);

}  // namespace trecvit
