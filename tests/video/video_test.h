// Shared by the tests of decoding: the committed clips, and the colours of their quarters.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "support/temp_dir.h"
#include "trecvit/base/error.h"
#include "trecvit/video/video_file.h"

namespace trecvit::test {

inline std::string clip(const std::string& name) { return std::string(TRECVIT_GOLDEN_DIR "/video/") + name; }

inline const std::vector<std::string>& all_clips() {
  static const std::vector<std::string> names = {
      "bt601_bframes.mp4", "bt709_full_10bit_vfr.mkv", "vp9_odd_size.webm", "mpeg4.avi",
      "size_change.264",   "mpeg4_bframes_gap.avi",    "mpeg2.ts",          "late_stamp.mkv"};
  return names;
}

inline bool can_decode() {
  try {
    open_video_file(clip("mpeg4.avi"), {});
  } catch (const Error& error) {
    return error.kind() != ErrorKind::kUnavailable;
  }
  return true;
}

// Skips in a build without FFmpeg.
class VideoTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!can_decode()) GTEST_SKIP() << "this build has no FFmpeg";
  }
  // A file that is removed at the end of the test.
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_.file(name), std::ios::binary) << bytes;
    return folder_.file(name);
  }
  TempDir folder_;
};

inline std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

using Color = std::array<int, 3>;

// The pixel in the middle of a quarter: 0 top left, 1 top right, 2 bottom left, 3 bottom right.
inline Color quarter(const ImageView& image, int which) {
  const int y = image.height * (which / 2 == 0 ? 1 : 3) / 4, x = image.width * (which % 2 == 0 ? 1 : 3) / 4;
  const uint8_t* pixel = image.row<uint8_t>(y) + ptrdiff_t{3} * x;
  return {pixel[0], pixel[1], pixel[2]};
}

inline const std::array<Color, 3> kQuarters = {{{200, 60, 40}, {40, 180, 70}, {60, 50, 210}}};

// The grey value that tools/make_test_videos.sh gives to the fourth quarter.
inline Color grey_of_frame(int64_t index) {
  const int value = 20 + 8 * static_cast<int>(index);
  return {value, value, value};
}

inline void expect_color(const Color& got, const Color& expected, int tolerance = 3) {
  for (size_t c = 0; c < 3; ++c) {
    EXPECT_NEAR(got[c], expected[c], tolerance) << "(" << got[0] << ", " << got[1] << ", " << got[2] << ") for ("
                                                << expected[0] << ", " << expected[1] << ", " << expected[2] << ")";
  }
}

}  // namespace trecvit::test
