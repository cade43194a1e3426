// Which track of a file is read, and what is said of files that are not.
#include <dlfcn.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "support/errors.h"
#include "trecvit/video/source.h"
#include "video/video_test.h"

namespace trecvit {
namespace {

using test::clip;
using test::expect_error;
using test::read_bytes;

class DemuxerTest : public test::VideoTest {};

struct Played {
  int64_t frames = 0;
  int width = 0;
  std::string codec, choice;
};

Played play(const std::string& path) {
  const auto source = open_source(path);
  Played played{0, source->info().width, source->info().codec, source->faults().choice};
  while (source->next()) ++played.frames;
  return played;
}

TEST_F(DemuxerTest, AStillIsNotTakenForTheVideo) {
  for (const char* name : {"still_first.mp4", "still_first.mkv", "one_frame_first.mp4"}) {
    const Played played = play(clip(name));
    EXPECT_EQ(played.frames, 12) << name;
    EXPECT_EQ(played.codec, "mpeg4") << name;
    EXPECT_EQ(played.choice, "") << name;
  }
  EXPECT_EQ(play(clip("still_before_video.mp4")).frames, 27);
}

TEST_F(DemuxerTest, OfTwoVideosTheMarkedOneIsReadAndNamed) {
  const Played played = play(clip("two_videos.mp4"));
  EXPECT_EQ(played.frames, 12);
  EXPECT_EQ(played.width, 64);
  EXPECT_EQ(played.choice, "2 video tracks; reading track 1 (mpeg4, 64x48)");
}

TEST_F(DemuxerTest, ManyTracksAreNoReasonToRefuse) { EXPECT_EQ(play(clip("eighteen_subtitles.mkv")).frames, 12); }

TEST_F(DemuxerTest, FilesThatAreNotReadAreNamed) {
  const auto refused = [](const std::string& path, const std::vector<std::string>& words) {
    expect_error(ErrorKind::kInput, words, [&] { open_source(path); });
  };
  refused(clip("windows_media.wmv"), {"Windows Media", "not read", "ffmpeg -i"});
  refused(clip("picture.jpg"), {"JPEG picture"});
  refused(clip("audio_only.mp4"), {"expected a file with video", "sound"});
  refused(write("clip.mp4", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"), {"Git LFS"});
  refused(write("page.mp4", "<!DOCTYPE html><html><body>log in</body></html>"), {"web page"});
  refused(write("packed.mp4", "\x1f\x8b" + std::string(30, 'x')), {"gzip"});
  refused(write("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\na.ts\n"), {"list.m3u8"});
  refused(write("sound.wav", "RIFF\x24\1\0\0WAVEfmt \x10\0\0\0" + std::string(40, '\0')), {"sound"});
  refused(write("noise.mp4", std::string(3000, '\x01')), {"no known kind"});
  const std::string cut = read_bytes(clip("bt601_bframes.mp4")).substr(0, 900);
  refused(write("cut.mp4", cut), {"without its index", "moov atom not found"});
}

TEST_F(DemuxerTest, PicturesOverTheLimitNameWhatRaisesIt) {
  expect_error(ErrorKind::kInput, {"64x48", "--max-pixels 3072", "loader.max_pixels"},
               [&] { open_source(clip("mpeg4.avi"), {.max_pixels = 3071}); });
  EXPECT_TRUE(open_source(clip("mpeg4.avi"), {.max_pixels = 3072})->next());
}

TEST_F(DemuxerTest, WhatTheHookThrowsComesOut) {
  struct Stop {};
  EXPECT_THROW(open_source(clip("mpeg4.avi"), {.before_read = [] { throw Stop(); }}), Stop);
  // Six times the file, so that it is read in several pieces.
  std::string bytes = read_bytes(clip("mpeg2.ts"));
  while (bytes.size() < 200'000) bytes += bytes;
  bool stop = false;
  const auto source = open_source(write("long.ts", bytes), {.before_read = [&stop] {
                                    if (stop) throw Stop();
                                  }});
  EXPECT_TRUE(source->next());
  stop = true;
  const auto read_on = [&] {
    while (source->next()) {
    }
  };
  EXPECT_THROW(read_on(), Stop);
  EXPECT_THROW(source->next(), Stop);
}

TEST_F(DemuxerTest, AFileThatShrinksEndsWhereItEnds) {
  std::string bytes = read_bytes(clip("mpeg2.ts"));
  while (bytes.size() < 200'000) bytes += bytes;
  const std::string path = write("shrinks.ts", bytes);
  const auto source = open_source(path);
  EXPECT_TRUE(source->next());
  ASSERT_EQ(truncate(path.c_str(), 188 * 10), 0);
  int64_t frames = 1;
  while (source->next()) ++frames;
  EXPECT_LT(frames, 600);
}

// No allocation of the libraries succeeds any more while the action runs.
template <class Action>
void without_allocations(Action action) {
  const auto limit = reinterpret_cast<void (*)(size_t)>(dlsym(RTLD_DEFAULT, "av_max_alloc"));
  ASSERT_NE(limit, nullptr);
  limit(1);
  action();
  limit(size_t{512} << 20);
}

int64_t address_space_bytes() {
  int64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * sysconf(_SC_PAGESIZE);
}

void read_to_end(FrameSource& source) {
  while (source.next()) {
  }
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif

TEST_F(DemuxerTest, WithoutMemoryNothingIsCalledDamaged) {
  if (kIsSanitized) GTEST_SKIP() << "a sanitizer needs more address space than this leaves";
  const auto source = open_source(clip("bt601_bframes.mp4"));
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
  // Enough for a message, but not for what one allocation may take.
  const auto used = static_cast<rlim_t>(address_space_bytes());
  const rlimit little{std::min<rlim_t>(before.rlim_max, used + (rlim_t{64} << 20)), before.rlim_max};
  without_allocations([&] {
    ASSERT_EQ(setrlimit(RLIMIT_AS, &little), 0);
    expect_error(ErrorKind::kResource, {"memory"}, [&] { read_to_end(*source); });
    ASSERT_EQ(setrlimit(RLIMIT_AS, &before), 0);
  });
}

}  // namespace
}  // namespace trecvit
