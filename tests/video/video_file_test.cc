#include "trecvit/video/video_file.h"

#include <algorithm>
#include <filesystem>

#include "support/errors.h"
#include "video/video_test.h"

namespace trecvit {
namespace {

using namespace std::string_literals;

using test::clip;
using test::expect_color;
using test::expect_error;
using test::grey_of_frame;
using test::kQuarters;
using test::quarter;
using test::read_bytes;

class VideoFileTest : public test::VideoTest {};

void expect_picture(const ImageView& image, int64_t index) {
  for (int i = 0; i < 3; ++i) expect_color(quarter(image, i), kQuarters[i]);
  expect_color(quarter(image, 3), grey_of_frame(index));
}

struct Expected {
  int64_t frames;
  int width, height;
};

// Checks every frame in order, with the right picture, and nothing after the end; returns the times.
std::vector<double> play_clip(const std::string& name, const Expected& expected) {
  const auto source = open_video_file(clip(name), {});
  EXPECT_EQ(source->info().width, expected.width);
  EXPECT_EQ(source->info().height, expected.height);
  std::vector<double> times;
  while (const auto frame = source->next()) {
    EXPECT_EQ(frame->index, static_cast<int64_t>(times.size()));
    EXPECT_EQ(frame->image.width, expected.width);
    EXPECT_EQ(frame->image.height, expected.height);
    expect_picture(frame->image.view(), frame->index);
    times.push_back(frame->pts_seconds);
  }
  EXPECT_EQ(static_cast<int64_t>(times.size()), expected.frames);
  EXPECT_FALSE(source->next());
  EXPECT_EQ(source->faults().damaged_packets, 0);
  return times;
}

void expect_steady(const std::vector<double>& times) {
  for (size_t i = 0; i < times.size(); ++i) EXPECT_NEAR(times[i], static_cast<double>(i) / 25, 1e-9);
}

TEST_F(VideoFileTest, ReorderedFramesComeInOrderToTheLast) {
  expect_steady(play_clip("bt601_bframes.mp4", {24, 64, 48}));
}

TEST_F(VideoFileTest, OddSizes) { expect_steady(play_clip("vp9_odd_size.webm", {10, 35, 27})); }

TEST_F(VideoFileTest, Avi) { expect_steady(play_clip("mpeg4.avi", {30, 64, 48})); }

TEST_F(VideoFileTest, FullRangeTenBitsAndUnevenTimes) {
  const auto times = play_clip("bt709_full_10bit_vfr.mkv", {12, 64, 48});
  ASSERT_EQ(times.size(), 12u);
  for (int i = 0; i < 12; ++i) EXPECT_NEAR(times[i], i < 6 ? i * 0.04 : 0.2 + (i - 5) * 0.1, 1e-9) << i;
}

TEST_F(VideoFileTest, TheSizeSelectsTheMatrixOfUnmarkedColours) {
  expect_steady(play_clip("wide_unmarked.mkv", {2, 1280, 16}));
  expect_steady(play_clip("tall_unmarked.mkv", {2, 16, 592}));
  expect_steady(play_clip("pal_unmarked.mkv", {2, 16, 576}));
}

TEST_F(VideoFileTest, DurationLastsUntilTheNextFrame) {
  const auto source = open_video_file(clip("bt709_full_10bit_vfr.mkv"), {});
  for (int i = 0; i < 11; ++i) EXPECT_NEAR(source->next()->duration_seconds, i < 5 ? 0.04 : 0.1, 1e-9) << i;
  EXPECT_GT(source->next()->duration_seconds, 0);
}

std::vector<double> times_of(const std::string& path) {
  const auto source = open_video_file(path, {});
  std::vector<double> times;
  while (const auto frame = source->next()) {
    times.push_back(frame->pts_seconds);
    EXPECT_NEAR(frame->duration_seconds, 0.04, 1e-6) << frame->index;
  }
  return times;
}

TEST_F(VideoFileTest, PacketsWithoutPresentationTimestampsKeepTheirTimes) {
  const auto source = open_video_file(clip("mpeg4_bframes_gap.avi"), {});
  for (int64_t i = 0; i < 10; ++i) {
    const auto frame = source->next();
    ASSERT_TRUE(frame);
    const int64_t number = i < 3 ? i : i + 10;
    EXPECT_NEAR(frame->pts_seconds, 0.04 * static_cast<double>(number), 1e-9);
    EXPECT_NEAR(frame->duration_seconds, i == 2 ? 0.44 : 0.04, 1e-9);
    expect_color(quarter(frame->image.view(), 3), grey_of_frame(number), 6);
  }
  EXPECT_FALSE(source->next());
}

TEST_F(VideoFileTest, ALateStampMovesNoOtherFrame) { expect_steady(play_clip("late_stamp.mkv", {12, 64, 48})); }

TEST_F(VideoFileTest, JoinedRecordingsContinue) {
  for (const std::string name : {"mpeg2.ts", "late_stamp.mkv"}) {
    const std::string part = read_bytes(clip(name));
    const auto times = times_of(write(name, part + part));
    EXPECT_EQ(times.size(), 24u) << name;
    expect_steady(times);
  }
}

// Shifts the 33-bit timestamps of an MPEG-TS file by a number of ticks.
std::string with_moved_stamps(std::string ts, uint64_t ticks) {
  const auto byte = [&ts](size_t at) -> uint64_t { return static_cast<uint8_t>(ts[at]); };
  const auto move = [&](size_t at) {
    uint64_t value = (byte(at) >> 1 & 7) << 30 | byte(at + 1) << 22 | byte(at + 2) >> 1 << 15 | byte(at + 3) << 7 |
                     byte(at + 4) >> 1;
    value = (value + ticks) % (uint64_t{1} << 33);
    ts[at] = static_cast<char>((byte(at) & 0xf1) | value >> 30 << 1);
    ts[at + 1] = static_cast<char>(value >> 22);
    ts[at + 2] = static_cast<char>(value >> 15 << 1 | 1);
    ts[at + 3] = static_cast<char>(value >> 7);
    ts[at + 4] = static_cast<char>(value << 1 | 1);
  };
  for (size_t at = ts.find("\0\0\1\xe0"s); at != std::string::npos; at = ts.find("\0\0\1\xe0"s, at + 4)) {
    const uint64_t flags = byte(at + 7) >> 6;
    if (flags >= 2) move(at + 9);
    if (flags == 3) move(at + 14);
  }
  return ts;
}

TEST_F(VideoFileTest, TimestampsOfABroadcastMayWrapOrStartAgain) {
  const std::string ts = read_bytes(clip("mpeg2.ts"));
  const uint64_t wrap = uint64_t{1} << 33, begin = 129'600, frame = 3600;
  // The wrap falls on every frame in turn.
  for (uint64_t i = 0; i <= 12; ++i) {
    const auto times = times_of(write("wraps.ts", with_moved_stamps(ts, wrap - begin - i * frame)));
    EXPECT_EQ(times.size(), 12u);
    expect_steady(times);
  }
  // The second recording begins minutes or hours before the first one.
  for (const uint64_t later : {uint64_t{50 * 90'000}, uint64_t{100 * 90'000}, wrap / 2, wrap - 200 * 90'000}) {
    const auto times = times_of(write("joined.ts", with_moved_stamps(ts, later) + ts + ts));
    EXPECT_EQ(times.size(), 36u);
    expect_steady(times);
  }
}

TEST_F(VideoFileTest, InfoRepeatsTheHeader) {
  const auto source = open_video_file(clip("bt601_bframes.mp4"), {});
  const SourceInfo& info = source->info();
  EXPECT_EQ(info.name, clip("bt601_bframes.mp4"));
  EXPECT_EQ(info.codec, "h264");
  EXPECT_NE(info.format.find("mp4"), std::string::npos);
  EXPECT_DOUBLE_EQ(info.fps_from_header.value(), 25);
  EXPECT_NEAR(info.duration_seconds_from_header.value(), 24.0 / 25, 1e-9);
  EXPECT_EQ(info.frames_from_header.value(), 24);
}

TEST_F(VideoFileTest, ChangeOfSizeWithoutTimestamps) {
  const auto source = open_video_file(clip("size_change.264"), {});
  std::vector<int> widths;
  std::vector<double> times;
  while (const auto frame = source->next()) {
    widths.push_back(frame->image.width);
    times.push_back(frame->pts_seconds);
    expect_picture(frame->image.view(), frame->index < 8 ? frame->index : frame->index - 8);
  }
  std::vector<int> expected(8, 64);
  expected.resize(13, 96);
  EXPECT_EQ(widths, expected);
  expect_steady(times);
  EXPECT_EQ(source->info().width, 64);
}

// The display matrix of a track (ISO 14496-12, 8.3.2), at its place in the file.
std::string with_matrix(std::string mp4, const std::array<int, 4>& abcd) {
  const size_t matrix = mp4.find("tkhd") + 44;
  const std::array<size_t, 4> places = {0, 4, 12, 16};
  for (size_t i = 0; i < 4; ++i) {
    const uint32_t fixed = static_cast<uint32_t>(abcd[i]) << 16;
    for (size_t byte = 0; byte < 4; ++byte) {
      mp4[matrix + places[i] + byte] = static_cast<char>(fixed >> (24 - 8 * byte));
    }
  }
  return mp4;
}

TEST_F(VideoFileTest, EveryOrientationComesUpright) {
  struct Case {
    std::array<int, 4> matrix;  // a, b, c, d
    std::array<int, 4> source;  // for each quarter, the quarter of the stored picture that is shown there
  };
  const std::vector<Case> cases = {
      {{1, 0, 0, 1}, {0, 1, 2, 3}},   {{0, 1, -1, 0}, {2, 0, 3, 1}},  // 90 degrees clockwise
      {{-1, 0, 0, -1}, {3, 2, 1, 0}}, {{0, -1, 1, 0}, {1, 3, 0, 2}},  // 90 degrees counter-clockwise
      {{-1, 0, 0, 1}, {1, 0, 3, 2}},  {{1, 0, 0, -1}, {2, 3, 0, 1}},  // mirrored
      {{0, 1, 1, 0}, {0, 2, 1, 3}},   {{0, -1, -1, 0}, {3, 1, 2, 0}},
  };
  const std::string original = read_bytes(clip("bt601_bframes.mp4"));
  for (size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(i);
    const auto source = open_video_file(write("turned.mp4", with_matrix(original, cases[i].matrix)), {});
    const auto frame = source->next();
    EXPECT_EQ(frame->image.width, cases[i].matrix[0] == 0 ? 48 : 64);
    EXPECT_EQ(source->info().width, frame->image.width);
    EXPECT_EQ(source->info().height, frame->image.height);
    for (int place = 0; place < 4; ++place) {
      const int which = cases[i].source[place];
      expect_color(quarter(frame->image.view(), place), which == 3 ? grey_of_frame(0) : kQuarters[which]);
    }
  }
}

TEST_F(VideoFileTest, ThreadsChangeNothing) {
  for (const auto& name : test::all_clips()) {
    const auto one = open_video_file(clip(name), {}), many = open_video_file(clip(name), {.decoder_threads = 3});
    while (const auto frame = one->next()) {
      const auto same = many->next();
      ASSERT_TRUE(same) << name;
      EXPECT_EQ(frame->pts_seconds, same->pts_seconds);
      for (int y = 0; y < frame->image.height; ++y) {
        const auto* row = frame->image.row<uint8_t>(y);
        ASSERT_TRUE(std::equal(row, row + ptrdiff_t{3} * frame->image.width, same->image.row<uint8_t>(y))) << name;
      }
    }
    EXPECT_FALSE(many->next());
  }
}

int64_t damaged_in(const std::string& path) {
  const auto source = open_video_file(path, {});
  while (source->next()) {
  }
  return source->faults().damaged_packets;
}

// Changes six bytes in the middle of a picture; the decoder conceals the damage.
TEST_F(VideoFileTest, ConcealedDamageIsCounted) {
  const std::string avi = read_bytes(clip("mpeg4.avi"));
  int64_t damaged = 0;
  for (size_t at = 6600; at < 7200; at += 60) {
    damaged += damaged_in(write("repaired.avi", std::string(avi).replace(at, 6, "\x55\xaa\x33\xcc\x0f\xf0")));
  }
  EXPECT_GE(damaged, 5);
}

// The packet counters jump where two files were joined.
TEST_F(VideoFileTest, AJointInMpegTsIsCounted) {
  const std::string ts = read_bytes(clip("mpeg2.ts"));
  EXPECT_EQ(damaged_in(clip("mpeg2.ts")), 0);
  EXPECT_EQ(damaged_in(write("joined.ts", ts + ts)), 1);
}

// Replaces the bytes of one frame of the AVI file by invalid ones.
std::string with_damaged_chunk(std::string avi, int chunk) {
  size_t at = avi.find("movi");
  for (int i = 0; i <= chunk; ++i) at = avi.find("00dc", at + 4);
  const auto size = static_cast<uint8_t>(avi[at + 4]) + 256u * static_cast<uint8_t>(avi[at + 5]);
  return avi.replace(at + 8, size, size, '\xff');
}

TEST_F(VideoFileTest, DamageInTheMiddleLosesOnlyTheDamagedFrame) {
  const std::string avi = with_damaged_chunk(with_damaged_chunk(read_bytes(clip("mpeg4.avi")), 10), 20);
  const auto source = open_video_file(write("damaged.avi", avi), {});
  std::vector<double> times;
  test::Color last{};
  while (const auto frame = source->next()) {
    times.push_back(frame->pts_seconds);
    last = quarter(frame->image.view(), 3);
  }
  EXPECT_EQ(times.size(), 28u);
  EXPECT_EQ(source->faults().damaged_packets, 2);
  expect_color(last, grey_of_frame(29));
  EXPECT_NEAR(times.back(), 29.0 / 25, 1e-9);
}

TEST_F(VideoFileTest, LimitOnPixels) {
  EXPECT_TRUE(open_video_file(clip("mpeg4.avi"), {.max_pixels = 64 * 48})->next());
  expect_error(ErrorKind::kInput, {"at most 3071 pixels", "64x48"},
               [] { open_video_file(clip("mpeg4.avi"), {.max_pixels = 64 * 48 - 1}); });
}

TEST_F(VideoFileTest, LimitOnPixelsHoldsWhenTheSizeChanges) {
  const auto source = open_video_file(clip("size_change.264"), {.max_pixels = 64 * 48});
  int frames = 0;
  while (const auto frame = source->next()) {
    ++frames;
    EXPECT_EQ(frame->image.width, 64);
  }
  EXPECT_EQ(frames, 8);
  EXPECT_GT(source->faults().damaged_packets, 0);
}

TEST_F(VideoFileTest, RefusesImpossibleOptions) {
  expect_error(ErrorKind::kUsage, {"0 to 64 decoder threads"},
               [] { open_video_file(clip("mpeg4.avi"), {.decoder_threads = -1}); });
  expect_error(ErrorKind::kUsage, {"max_pixels >= 1"}, [] { open_video_file(clip("mpeg4.avi"), {.max_pixels = 0}); });
}

TEST_F(VideoFileTest, OpenFilesAreClosedAgain) {
  const auto descriptors = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
  };
  const std::string broken = write("broken.mp4", read_bytes(clip("bt601_bframes.mp4")).substr(0, 1000));
  const auto before = descriptors();
  for (int i = 0; i < 50; ++i) {
    open_video_file(clip("bt601_bframes.mp4"), {})->next();
    EXPECT_THROW(open_video_file(broken, {}), Error);
  }
  EXPECT_EQ(descriptors(), before);
}

TEST(NoFfmpeg, ReportsThatTheBuildHasNoFfmpeg) {
  if (test::can_decode()) GTEST_SKIP() << "this build has FFmpeg";
  expect_error(ErrorKind::kUnavailable, {"FFmpeg", "a.mp4"}, [] { open_video_file("a.mp4", {}); });
}

// A frame's memory is used again for the frames of other videos, also with other sizes and rotations.
TEST_F(VideoFileTest, AFrameCanBeReused) {
  Frame frame;
  for (const char* name : {"vp9_odd_size.webm", "size_change.264", "bt601_bframes.mp4", "size_change.264"}) {
    const auto source = open_video_file(clip(name), {}), own = open_video_file(clip(name), {});
    while (source->read(frame)) {
      const auto want = own->next();
      ASSERT_TRUE(want);
      ASSERT_EQ(frame.index, want->index);
      ASSERT_EQ(frame.image.height, want->image.height);
      for (int y = 0; y < frame.image.height; ++y) {
        const auto* row = frame.image.row<uint8_t>(y);
        ASSERT_TRUE(std::equal(row, row + ptrdiff_t{3} * frame.image.width, want->image.row<uint8_t>(y))) << name;
      }
    }
    EXPECT_FALSE(own->next());
  }
}

}  // namespace
}  // namespace trecvit
