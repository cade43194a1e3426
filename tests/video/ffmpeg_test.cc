// Messages about errors of FFmpeg's libraries; not part of builds without FFmpeg.
#include "trecvit/video/ffmpeg.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "support/errors.h"

namespace trecvit {
namespace {

// The libraries return the same error for a request over their limit, although the machine has enough memory. The file
// is then at fault, because other files can be read.
TEST(FailIfMemory, AFileThatAsksForTooMuchIsAtFault) {
  test::expect_error(ErrorKind::kInput, {"a.mp4", "expected a video file", "needs more than 512 MB"},
                     [] { fail_if_memory(-ENOMEM, "a.mp4", "a video file"); });
  EXPECT_NO_THROW(fail_if_memory(-EIO, "a.mp4", "a video file"));
}

}  // namespace
}  // namespace trecvit
