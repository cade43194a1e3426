// What is said of the libraries' errors; left out of builds without them.
#include "trecvit/video/ffmpeg.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "support/errors.h"

namespace trecvit {
namespace {

// The libraries say the same of what is over their limit, of which the machine has enough: other files can be read.
TEST(FailIfMemory, AFileThatAsksForTooMuchIsAtFault) {
  test::expect_error(ErrorKind::kInput, {"a.mp4", "expected a video file", "needs more than 512 MB"},
                     [] { fail_if_memory(-ENOMEM, "a.mp4", "a video file"); });
  EXPECT_NO_THROW(fail_if_memory(-EIO, "a.mp4", "a video file"));
}

}  // namespace
}  // namespace trecvit
