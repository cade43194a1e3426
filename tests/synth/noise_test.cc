#include "trecvit/synth/noise.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "support/errors.h"
#include "trecvit/io/npz.h"

namespace trecvit {
namespace {

TEST(Noise, IsTheInputOfTheFixtures) {
  const NpzReader file(open_file(TRECVIT_GOLDEN_DIR "/mu_2d.npz"));
  const HostTensor input = file.read("input_u8");  // [B, T, H, W, 3] of seed 1: the batch comes one after the other
  const FrameSize size{static_cast<int>(input.shape()[2]), static_cast<int>(input.shape()[3])};
  const Noise noise(1, size);
  std::vector<uint8_t> all;
  for (int64_t t = 0; t < input.shape()[0] * input.shape()[1]; ++t) {
    std::vector<uint8_t> frame(size.bytes());
    noise.render(t, frame);
    all.insert(all.end(), frame.begin(), frame.end());
  }
  const auto expected = input.as<uint8_t>();
  EXPECT_EQ(all, std::vector<uint8_t>(expected.begin(), expected.end()));
}

TEST(Noise, DiffersBySeedAndTime) {
  const FrameSize size{8, 8};
  std::vector<uint8_t> a(size.bytes()), b(size.bytes()), c(size.bytes());
  Noise(1, size).render(0, a);
  Noise(2, size).render(0, b);
  Noise(1, size).render(1, c);
  EXPECT_NE(a, b);
  EXPECT_NE(a, c);
}

TEST(Noise, RefusesImpossibleSizes) {
  test::expect_error(ErrorKind::kUsage, {"[noise]", "4096", "got 0x8"}, [] { Noise(1, {0, 8}); });
  test::expect_error(ErrorKind::kUsage, {"got 8x4097"}, [] { Noise(1, {8, 4097}); });
}

TEST(Black, IsZero) {
  std::vector<uint8_t> frame(48, 9);
  Black().render(5, frame);
  EXPECT_EQ(frame, std::vector<uint8_t>(48, 0));
}

}  // namespace
}  // namespace trecvit
