// Malicious and broken files.
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "support/errors.h"
#include "trecvit/base/random.h"
#include "trecvit/video/source.h"
#include "video/video_test.h"

namespace trecvit {
namespace {

using test::clip;
using test::expect_error;
using test::read_bytes;

class HostileVideoTest : public test::VideoTest {};

// Detects whether a file was opened.
class OpenWatch {
 public:
  explicit OpenWatch(const std::string& path) : descriptor_(inotify_init1(IN_NONBLOCK)) {
    inotify_add_watch(descriptor_, path.c_str(), IN_OPEN);
  }
  ~OpenWatch() { close(descriptor_); }
  OpenWatch(const OpenWatch&) = delete;
  OpenWatch& operator=(const OpenWatch&) = delete;
  bool was_opened() const {
    char event[4096];
    return read(descriptor_, event, sizeof event) > 0;
  }

 private:
  int descriptor_;
};

TEST_F(HostileVideoTest, NoFileCanOpenAnother) {
  const std::string canary = write("canary.ts", read_bytes(clip("mpeg4.avi")));
  const std::vector<std::string> disguises = {
      "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\ncanary.ts\n#EXT-X-ENDLIST\n",
      "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:" + canary + "\n#EXT-X-ENDLIST\n",
      "ffconcat version 1.0\nfile canary.ts\n",
      "ffconcat version 1.0\nfile 'file:" + canary + "'\n",
      "<?xml version=\"1.0\"?><MPD type=\"static\" mediaPresentationDuration=\"PT2S\"><Period><AdaptationSet "
      "contentType=\"video\"><Representation id=\"1\" bandwidth=\"9\"><BaseURL>canary.ts</BaseURL></Representation>"
      "</AdaptationSet></Period></MPD>",
      "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 "
      "H264/90000\n",
      "[playlist]\nFile1=canary.ts\n",
      "P6 4 4 255\n" + std::string(48, 'x'),
  };
  const OpenWatch watch(canary);
  for (const auto& bytes : disguises) {
    for (const char* name : {"clip.mp4", "clip.avi", "clip.m3u8", "clip%d.mkv"}) {
      expect_error(ErrorKind::kInput, {name, "expected"}, [&] { open_source(write(name, bytes)); });
    }
  }
  EXPECT_FALSE(watch.was_opened());
  read_bytes(canary);
  EXPECT_TRUE(watch.was_opened()) << "the watch itself must work";
}

TEST_F(HostileVideoTest, PathsAreNeverProtocols) {
  const std::string canary = write("canary.avi", read_bytes(clip("mpeg4.avi")));
  const OpenWatch watch(canary);
  for (const char* prefix : {"concat:", "crypto:", "subfile,,start,0,end,0,,:", "cache:", "async:", "tee:", "file:"}) {
    expect_error(ErrorKind::kInput, {"no file of this name"}, [&] { open_source(prefix + canary); });
  }
  for (const char* name : {"data:video/mp4;base64,AAAA", "pipe:0"}) {
    expect_error(ErrorKind::kInput, {"no file of this name"}, [&] { open_source(name); });
  }
  EXPECT_FALSE(watch.was_opened());
}

TEST_F(HostileVideoTest, RefusesFilesThatAreNotVideo) {
  expect_error(ErrorKind::kInput, {"no file of this name"}, [&] { open_source(folder_.file("missing.mp4")); });
  expect_error(ErrorKind::kInput, {"folder"}, [&] { open_source(folder_.path()); });
  expect_error(ErrorKind::kInput, {"empty"}, [&] { open_source(write("empty.mp4", "")); });
  expect_error(ErrorKind::kInput, {"encrypted stream"}, [&] { open_source(clip("encrypted.mp4")); });
  expect_error(ErrorKind::kInput, {"a text file"}, [&] { open_source(write("a.mp4", "just some text\n")); });
}

TEST_F(HostileVideoTest, ErrorsQuoteTheDecoderAndStderrStaysClean) {
  const std::string path = write("cut.mp4", read_bytes(clip("bt601_bframes.mp4")).substr(0, 900));
  testing::internal::CaptureStderr();
  expect_error(ErrorKind::kInput, {"moov atom not found"}, [&] { open_source(path); });
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

// A name with a folder never looks like a protocol, so this test needs a relative path without one.
TEST_F(HostileVideoTest, FileNamesMayLookLikeProtocols) {
  write("concat:clip.avi", read_bytes(clip("mpeg4.avi")));
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder_.path());
  EXPECT_NO_THROW(open_source("concat:clip.avi"));
  std::filesystem::current_path(before);
}

// Reads frames until the end or an Error; any other outcome fails the test or the process.
int64_t frames_of(const std::string& path) {
  int64_t frames = 0;
  try {
    const auto source = open_source(path);
    double time = 0;
    while (const auto frame = source->next()) {
      ++frames;
      EXPECT_GE(frame->pts_seconds, time);
      time = frame->pts_seconds;
    }
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput) << error.what();
  }
  return frames;
}

TEST_F(HostileVideoTest, TruncatedFilesEndInFramesOrAnError) {
  for (const auto& name : test::all_clips()) {
    const std::string bytes = read_bytes(clip(name));
    const int64_t whole = frames_of(clip(name));
    int64_t most = 0;
    for (size_t share = 0; share < 40; ++share) {
      most = std::max(most, frames_of(write(name, bytes.substr(0, bytes.size() * share / 40))));
    }
    EXPECT_LE(most, whole) << name;
    const bool table_at_end = name.ends_with(".mp4");
    EXPECT_GE(most, table_at_end ? 0 : whole / 2) << name;
  }
}

TEST_F(HostileVideoTest, MutatedFilesEndInFramesOrAnError) {
  for (const auto& name : test::all_clips()) {
    const std::string original = read_bytes(clip(name));
    int64_t frames = 0;
    for (uint64_t mutant = 0; mutant < 60; ++mutant) {
      const RandomStream random(mutant, name);
      std::string bytes = original;
      for (uint64_t flip = 0; flip < 8; ++flip) {
        bytes[(random.bits(2 * flip) >> 16) % bytes.size()] = static_cast<char>(random.byte(2 * flip + 1));
      }
      frames += frames_of(write(name, bytes));
    }
    EXPECT_GT(frames, 0) << name;
  }
}

}  // namespace
}  // namespace trecvit
