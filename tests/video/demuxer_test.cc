// Which track of a file is read, and the messages about files that are not read.
#include <dlfcn.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "support/errors.h"
#include "trecvit/base/stop.h"
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

Played play_source(const std::string& path) {
  const auto source = open_source(path);
  Played played{0, source->info().width, source->info().codec, source->faults().choice};
  while (source->next()) ++played.frames;
  return played;
}

TEST_F(DemuxerTest, AStillPictureIsNotReadAsTheVideo) {
  for (const char* name : {"still_first.mp4", "still_first.mkv", "one_frame_first.mp4"}) {
    const Played played = play_source(clip(name));
    EXPECT_EQ(played.frames, 12) << name;
    EXPECT_EQ(played.codec, "mpeg4") << name;
    EXPECT_EQ(played.choice, "") << name;
  }
  EXPECT_EQ(play_source(clip("still_before_video.mp4")).frames, 27);
}

TEST_F(DemuxerTest, OfTwoVideosTheMarkedOneIsReadAndNamed) {
  const Played played = play_source(clip("two_videos.mp4"));
  EXPECT_EQ(played.frames, 12);
  EXPECT_EQ(played.width, 64);
  EXPECT_EQ(played.choice, "2 video tracks; reading track 1 (mpeg4, 64x48)");
}

// The CRC of MPEG tables.
uint32_t table_crc(std::string_view bytes) {
  uint32_t crc = 0xffffffff;
  for (const char byte : bytes) {
    crc ^= static_cast<uint32_t>(static_cast<unsigned char>(byte)) << 24;
    for (int bit = 0; bit < 8; ++bit) crc = crc << 1 ^ (crc >> 31 ? 0x04c11db7u : 0u);
  }
  return crc;
}

// mpeg2.ts with its video in track 0x140 instead of 0x100.
std::string in_another_track(std::string bytes) {
  constexpr size_t kPacket = 188;
  for (size_t at = 0; at + kPacket <= bytes.size(); at += kPacket) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(bytes[at + i]); };
    const int track = (byte(1) & 0x1f) << 8 | byte(2);
    if (track == 0x100) bytes[at + 2] = '\x40';
    const bool is_program_map = track > 0x100 && byte(4) == 0 && byte(5) == 2;
    if (!is_program_map) continue;
    // The table starts 5 bytes into the packet. Its length does not count its first three bytes; its checksum is at the
    // end.
    const size_t length = 3 + (static_cast<size_t>(byte(6) & 0x0f) << 8 | byte(7)), sum = at + 5 + length - 4;
    for (size_t i = at + 5; i + 1 < sum; ++i) {
      if (bytes.substr(i, 2) == std::string("\xe1\0", 2)) bytes[i + 1] = '\x40';
    }
    const uint32_t crc = table_crc(std::string_view(bytes).substr(at + 5, length - 4));
    for (size_t i = 0; i < 4; ++i) bytes[sum + i] = static_cast<char>(crc >> (24 - 8 * i));
  }
  return bytes;
}

TEST_F(DemuxerTest, AVideoThatContinuesInAnotherTrackIsReported) {
  const std::string first = read_bytes(clip("mpeg2.ts")), second = in_another_track(first);
  EXPECT_EQ(play_source(write("second.ts", second)).frames, play_source(clip("mpeg2.ts")).frames);
  EXPECT_EQ(play_source(write("second.ts", second)).choice, "");
  EXPECT_EQ(play_source(write("same.ts", first + first)).choice, "");
  const std::string joined = write("joined.ts", first + second);
  const auto source = open_source(joined);
  EXPECT_EQ(source->faults().choice.find("joined"), std::string::npos) << "not before the end";
  while (source->next()) {
  }
  const std::string said = source->faults().choice;
  EXPECT_NE(said.find("2 video tracks; reading track"), std::string::npos) << said;
  EXPECT_NE(said.find("as in recordings joined with cat, and is not read; ffmpeg -i FILE -map 0:"), std::string::npos)
      << said;
}

TEST_F(DemuxerTest, ASecondMp4AfterTheFirstIsReported) {
  const std::string movie = read_bytes(clip("bt601_bframes.mp4"));
  const Played alone = play_source(clip("bt601_bframes.mp4")), joined = play_source(write("joined.mp4", movie + movie));
  EXPECT_EQ(alone.choice, "");
  EXPECT_EQ(joined.frames, alone.frames);
  EXPECT_EQ(joined.choice, "a second file begins at byte " + std::to_string(movie.size()) +
                               ", as in files joined with cat, and is not read; ffmpeg -f concat joins them");
  EXPECT_EQ(play_source(write("tail.mp4", movie + std::string(1000, '\0'))).choice, "");
}

// FFmpeg stops at the second file without a message.
TEST_F(DemuxerTest, ASecondFlashVideoIsReportedAtTheEnd) {
  const std::string movie = read_bytes(clip("flash.flv"));
  const auto source = open_source(write("joined.flv", movie + movie));
  EXPECT_EQ(source->faults().choice, "");
  int64_t frames = 0;
  while (source->next()) ++frames;
  EXPECT_EQ(frames, 12);
  EXPECT_FALSE(source->next());
  EXPECT_EQ(source->faults().choice, "a second file begins at byte " + std::to_string(movie.size()) +
                                         ", as in files joined with cat, and is not read; ffmpeg -f concat joins them");
  EXPECT_EQ(play_source(write("alone.flv", movie)).choice, "");
  EXPECT_EQ(play_source(write("cut.flv", movie.substr(0, movie.size() - 100))).choice, "");
}

TEST_F(DemuxerTest, TheAverageRateIsThatOfTheCountedFrames) {
  const auto rate = [](const char* name) { return open_source(clip(name))->info(); };
  const SourceInfo even = rate("bt601_bframes.mp4");
  EXPECT_NEAR(even.average_fps_from_header.value(), even.fps_from_header.value(), 0.01);
  const SourceInfo gap = rate("mpeg4_bframes_gap.avi");
  EXPECT_LE(gap.average_fps_from_header.value(), gap.fps_from_header.value());
  EXPECT_FALSE(rate("bt709_full_10bit_vfr.mkv").average_fps_from_header) << "it counts no frames";
}

TEST_F(DemuxerTest, ManyTracksAreNotRefused) { EXPECT_EQ(play_source(clip("eighteen_subtitles.mkv")).frames, 12); }

TEST_F(DemuxerTest, FilesOfOtherFormatsAreNamed) {
  const auto refused = [](const std::string& path, const std::vector<std::string>& words) {
    expect_error(ErrorKind::kInput, words, [&] { open_source(path); });
  };
  refused(clip("real_media.rm"), {"RealMedia", "not supported", "ffmpeg -i"});
  refused(write("picture.mp4", read_bytes(clip("picture.jpg"))), {"JPEG picture"});
  refused(clip("audio_only.mp4"), {"expected a file with video", "sound"});
  refused(write("clip.mp4", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"), {"Git LFS"});
  refused(write("page.mp4", "<!DOCTYPE html><html><body>log in</body></html>"), {"web page"});
  refused(write("packed.mp4", "\x1f\x8b" + std::string(30, 'x')), {"gzip"});
  refused(write("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\na.ts\n"), {"list.m3u8"});
  refused(write("sound.wav", std::string("RIFF\x24\1\0\0WAVEfmt \x10\0\0\0", 20) + std::string(40, '\0')), {"sound"});
  refused(write("noise.mp4", std::string(3000, '\x01')), {"an unknown format"});
  const std::string cut = read_bytes(clip("bt601_bframes.mp4")).substr(0, 900);
  refused(write("cut.mp4", cut), {"without its index", "moov atom not found"});
}

TEST_F(DemuxerTest, TheErrorForLargePicturesNamesTheOption) {
  expect_error(ErrorKind::kInput, {"64x48", "--max-pixels 3072", "loader.max_pixels"},
               [&] { open_source(clip("mpeg4.avi"), {.max_pixels = 3071}); });
  EXPECT_TRUE(open_source(clip("mpeg4.avi"), {.max_pixels = 3072})->next());
}

TEST_F(DemuxerTest, AStopEndsOpeningAndReading) {
  std::stop_source stopped;
  stopped.request_stop();
  EXPECT_THROW(open_source(clip("mpeg4.avi"), {.stop = stopped.get_token()}), Stopped);
  // Six copies of the file, so that it is read in several pieces.
  std::string bytes = read_bytes(clip("mpeg2.ts"));
  while (bytes.size() < 200'000) bytes += bytes;
  std::stop_source stop;
  const auto source = open_source(write("long.ts", bytes), {.stop = stop.get_token()});
  EXPECT_TRUE(source->next());
  stop.request_stop();
  const auto read_on = [&] {
    while (source->next()) {
    }
  };
  EXPECT_THROW(read_on(), Stopped);
  EXPECT_THROW(source->next(), Stopped);
}

TEST_F(DemuxerTest, AFileThatShrinksEndsEarly) {
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

// All allocations by FFmpeg's libraries fail while the action runs.
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

TEST_F(DemuxerTest, OutOfMemoryIsNotReportedAsDamage) {
  if (kIsSanitized) GTEST_SKIP() << "a sanitizer needs more address space than this leaves";
  const auto source = open_source(clip("bt601_bframes.mp4"));
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
  // Enough memory for a message, but not for the largest allocation.
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
