// A live source that is opened again when its connection breaks.
#pragma once

#include <functional>
#include <memory>

#include "trecvit/video/source.h"

namespace trecvit {

// Opens a source; called again after it broke.
using OpenAgain = std::function<std::unique_ptr<FrameSource>(const SourceOptions& options)>;

// A stream whose server says that it is over (faults().is_over) ends. The source itself if it is not live or
// options.reconnect_seconds is 0. Else, when it ends or fails with Error(kInput), it is opened again, after half a
// second, then after waits that double up to eight seconds, until reconnect_seconds have passed without a frame: then
// the stream ends, or the first error is thrown. Numbers of frames go on without a gap, times by the clock on the wall,
// and the first frame afterwards has after_gap. The first connection must succeed: throws as `open` does.
std::unique_ptr<FrameSource> reconnecting(OpenAgain open, const SourceOptions& options);

}  // namespace trecvit
