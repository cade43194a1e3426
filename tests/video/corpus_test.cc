#include "support/fuzz_video.h"
#include "support/replay.h"
#include "video/video_test.h"

namespace trecvit {
namespace {

using VideoCorpus = test::VideoTest;

TEST(Corpus, FrameClock) { test::replay("frame_clock", test::fuzz_frame_clock); }
TEST_F(VideoCorpus, Video) { test::replay("video", test::fuzz_video); }
TEST_F(VideoCorpus, Picture) { test::replay("picture", test::fuzz_picture); }

}  // namespace
}  // namespace trecvit
