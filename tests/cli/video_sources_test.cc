// Video files in the command: which frames lie in which seconds, which track is read, and how large a frame may be.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cli/command.h"

namespace trecvit::test {
namespace {

class VideoSources : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"late_stamp.mkv", "two_videos.mp4"}) {
      std::filesystem::copy_file(std::string(TRECVIT_GOLDEN_DIR "/video/") + name, dir_.file(name));
    }
    const Output tried = trecvit(dir_, "stream --model generated:mu --max-frames 1 late_stamp.mkv");
    if (tried.code == 4) GTEST_SKIP() << "this build has no FFmpeg";
  }
  TempDir dir_;
};

// Frame 5 of 12 has a timestamp 500 s too late.
TEST_F(VideoSources, SecondsAreRightDespiteAWrongTimestamp) {
  const auto frames = [this](const std::string& options) {
    const Output output = trecvit(dir_, "stream --model generated:mu --json late_stamp.mkv " + options);
    EXPECT_EQ(output.code, 0) << output.err;
    return output.json();
  };
  EXPECT_EQ(frames("--duration 0.36").size(), 9u);
  const auto later = frames("--start 0.2 --duration 0.2");
  ASSERT_EQ(later.size(), 5u);
  EXPECT_EQ(later[0]["frame"], 5);
  EXPECT_NEAR(later[4]["time_s"].get<double>(), 0.36, 1e-9);
  const Output answer = trecvit(dir_, "classify --model generated:mu --json late_stamp.mkv");
  EXPECT_NEAR(answer.json().at(0)["seconds"].get<double>(), 0.48, 1e-9);
}

TEST_F(VideoSources, OfSeveralVideosOneIsReadAndNamed) {
  for (const std::string verb : {"stream", "classify"}) {
    const Output several = trecvit(dir_, verb + " --model generated:mu two_videos.mp4");
    EXPECT_EQ(several.code, 0) << several.err;
    EXPECT_NE(several.err.find("2 video tracks; reading track 1"), std::string::npos) << several.err;
    EXPECT_EQ(trecvit(dir_, verb + " --model generated:mu late_stamp.mkv").err.find("tracks"), std::string::npos);
  }
}

TEST_F(VideoSources, EveryVerbSaysWhichOfSeveralVideosItReads) {
  std::ofstream(dir_.file("list.txt")) << "late_stamp.mkv\ntwo_videos.mp4\n";
  std::ofstream(dir_.file("labelled.csv")) << "path,label\ntwo_videos.mp4,a\n";
  for (const std::string verb :
       {"embed --model generated:mu two_videos.mp4 -o e.npz", "dump --model generated:mu two_videos.mp4 -o d.npz",
        "check --model generated:mu --max-frames 2 two_videos.mp4", "demo --model generated:mu two_videos.mp4",
        "classify --model generated:mu two_videos.mp4", "classify --model generated:mu --num-frames 2 two_videos.mp4",
        "data check list.txt", "data stats list.txt", "data preview list.txt -o p.png",
        "eval --model 'generated:mu?classes=1' --data labelled.csv --frames 4 --stride 1"}) {
    const Output several = trecvit(dir_, verb);
    EXPECT_NE(several.err.find("two_videos.mp4: 2 video tracks; reading track 1"), std::string::npos)
        << verb << several.err;
  }
}

TEST_F(VideoSources, LargeFramesNeedAnOption) {
  std::ofstream(dir_.file("list.txt")) << "late_stamp.mkv\n";
  for (const std::string verb :
       {"stream --model generated:mu late_stamp.mkv", "classify --model generated:mu late_stamp.mkv",
        "embed --model generated:mu late_stamp.mkv -o e.npz", "dump --model generated:mu late_stamp.mkv -o d.npz",
        "check --model generated:mu late_stamp.mkv", "data check list.txt", "data preview list.txt -o p.png"}) {
    const Output refused = trecvit(dir_, verb + " --max-pixels 3071");
    EXPECT_EQ(refused.code, 3) << verb << refused.err;
    EXPECT_NE((refused.err + refused.out).find("--max-pixels 3072"), std::string::npos) << verb << refused.err;
  }
  EXPECT_EQ(trecvit(dir_, "stream --model generated:mu late_stamp.mkv --max-pixels 3072").code, 0);
  EXPECT_EQ(trecvit(dir_, "data check list.txt --max-pixels 3072").code, 0);
  const auto unreadable = [this](const std::string& pixels) {
    return trecvit(dir_, "data stats list.txt --json --max-pixels " + pixels).json().at(0)["unreadable"];
  };
  EXPECT_EQ(unreadable("3071"), 1);
  EXPECT_EQ(unreadable("3072"), 0);
}

}  // namespace
}  // namespace trecvit::test
