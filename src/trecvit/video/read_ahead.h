// Frames that are read on a thread of their own, so that decoding and the work on the frames overlap, and a live source
// never falls behind.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <stop_token>

#include "trecvit/video/source.h"

namespace trecvit {

struct ReadAheadOptions {
  int64_t frames = 4;  // that may wait, 1 or more; fewer if they are large
  // When there is no room, the oldest frame is skipped, instead of waiting for room.
  bool skips = false;
  // Frames that have waited longer than this are skipped if there is a later one.
  double max_latency_seconds = std::numeric_limits<double>::infinity();
};

// The frames that may wait have at most this many pixels in all, but there is always room for one.
inline constexpr int64_t kMaxPixelsWaiting = int64_t{16} << 20;

// Opens a source with a stop token of the reader's own, which a stop through options.stop of the source ends as well.
using OpenToReadAhead = std::function<std::unique_ptr<FrameSource>(const std::stop_token& stop)>;

// Opens the source and reads it from now on. choose: the options, from what the opened source reports. stop: as the
// source's own. Each frame tells when it was read and how many were skipped so far, and has after_gap if a skipped one
// had it; the source must number its frames without gaps. Throws as `open` does; what the source throws later, read()
// throws after the frames before it.
std::unique_ptr<FrameSource> read_ahead(const OpenToReadAhead& open, const std::stop_token& stop,
                                        const std::function<ReadAheadOptions(const SourceInfo& info)>& choose);

}  // namespace trecvit
