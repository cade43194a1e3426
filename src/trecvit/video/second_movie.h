// MP4, QuickTime and Flash files joined with `cat`: all that is read is the first.
#pragma once

#include <cstdint>
#include <optional>

#include "trecvit/io/byte_source.h"

namespace trecvit {

// Where another file begins after a whole one; nothing where there is none, in fragmented files, whose parts may begin
// that way, and behind more boxes than usual files have. Reads the headers of the outermost boxes alone.
std::optional<uint64_t> second_movie(const ByteSource& source);

// The same of Flash video: what begins behind the tag at `last`, the last that was read, and few more.
std::optional<uint64_t> second_flash_video(const ByteSource& source, uint64_t last);

}  // namespace trecvit
