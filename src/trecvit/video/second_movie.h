// MP4 and QuickTime files joined with `cat`: all that is read is the first.
#pragma once

#include <cstdint>
#include <optional>

#include "trecvit/io/byte_source.h"

namespace trecvit {

// Where another file begins after a whole one; nothing where there is none, in fragmented files, whose parts may begin
// that way, and behind more boxes than usual files have. Reads the headers of the outermost boxes alone.
std::optional<uint64_t> second_movie(const ByteSource& source);

}  // namespace trecvit
