#include "trecvit/image/resize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "image/view_of.h"
#include "support/random_bytes.h"
#include "trecvit/io/npz.h"

namespace trecvit {
namespace {

using test::random_picture;
using test::view_of;

// The definition without tables: a normalised triangle around the centre of each output pixel.
double direct_weight(int in, int out_count, int out, int k) {
  const double scale = static_cast<double>(in) / out_count, support = std::max(scale, 1.0);
  const double center = (out + 0.5) * scale;
  const auto triangle = [&](int i) { return std::max(0.0, 1.0 - std::abs(i + 0.5 - center) / support); };
  double sum = 0;
  for (int i = 0; i < in; ++i) sum += triangle(i);
  return triangle(k) / sum;
}

class PillowTest : public testing::TestWithParam<std::string> {};

TEST_P(PillowTest, BytesAreEqual) {
  const NpzReader file(open_file(TRECVIT_GOLDEN_DIR "/resize/pillow_bilinear.npz"));
  const std::string name = GetParam();
  const HostTensor in = file.read(name + "/in"), expected = file.read(name + "/out");
  const HostTensor box_tensor = file.read(name + "/box"), window_tensor = file.read(name + "/window");
  const auto* box = reinterpret_cast<const double*>(box_tensor.data());
  const auto window = window_tensor.as<int32_t>();
  const int in_height = static_cast<int>(in.shape()[0]), in_width = static_cast<int>(in.shape()[1]);
  const int height = static_cast<int>(expected.shape()[0]), width = static_cast<int>(expected.shape()[1]);

  Resizer resizer({in_height, box[1], box[3], window[0], window[2], height},
                  {in_width, box[0], box[2], window[1], window[3], width});
  std::vector<uint8_t> out(size_t{3} * height * width);
  resizer.run({in.data(), PixelType::kU8, in_height, in_width, ptrdiff_t{3} * in_width}, out.data(), width);
  const auto bytes = expected.as<uint8_t>();
  EXPECT_EQ(out, std::vector<uint8_t>(bytes.begin(), bytes.end()));
}

INSTANTIATE_TEST_SUITE_P(Cases, PillowTest,
                         testing::Values("down_odd", "up", "mixed", "one_row", "one_row_up", "one_column", "one_pixel",
                                         "to_one_pixel", "strong_reduction", "same_height", "same_width", "crop_wide",
                                         "crop_tall", "crop_up", "box", "box_fraction", "black_and_white"),
                         [](const auto& test) { return test.param; });

TEST(PillowVectors, AreAllTested) {
  const NpzReader file(open_file(TRECVIT_GOLDEN_DIR "/resize/pillow_bilinear.npz"));
  EXPECT_EQ(file.names().size(), 4u * 17);
}

TEST(ResizeFloat, EqualsTheDefinition) {
  const int in_height = 37, in_width = 50, height = 11, width = 64;
  const auto bytes = random_picture(in_height, in_width);
  std::vector<float> in(bytes.size());
  std::transform(bytes.begin(), bytes.end(), in.begin(), [](uint8_t byte) { return static_cast<float>(byte) / 255; });
  std::vector<float> out(size_t{3} * height * width);
  Resizer(whole_axis(in_height, height), whole_axis(in_width, width))
      .run(view_of(in, in_height, in_width), out.data(), width);

  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      double sums[3] = {};
      for (int i = 0; i < in_height * in_width; ++i) {
        const double weight =
            direct_weight(in_height, height, y, i / in_width) * direct_weight(in_width, width, x, i % in_width);
        for (int c = 0; c < 3; ++c) sums[c] += weight * in[size_t{3} * i + c];
      }
      for (int c = 0; c < 3; ++c) ASSERT_NEAR(out[(size_t{1} * y * width + x) * 3 + c], sums[c], 1e-6);
    }
  }
}

TEST(Resize, CropEqualsTheWholePictureCropped) {
  const auto in = random_picture(70, 90);
  std::vector<uint8_t> whole(size_t{3} * 33 * 43), crop(size_t{3} * 10 * 20);
  Resizer(whole_axis(70, 33), whole_axis(90, 43)).run(view_of(in, 70, 90), whole.data(), 43);
  Resizer({70, 0, 70, 33, 12, 10}, {90, 0, 90, 43, 17, 20}).run(view_of(in, 70, 90), crop.data(), 20);
  for (int y = 0; y < 10; ++y) {
    for (int i = 0; i < 60; ++i) ASSERT_EQ(crop[y * 60 + i], whole[(y + 12) * 43 * 3 + 17 * 3 + i]) << y << " " << i;
  }
}

TEST(Resize, StridesOfInputAndOutputAreKept) {
  const auto in = random_picture(20, 30);
  std::vector<uint8_t> tight(size_t{3} * 8 * 9), wide(size_t{3} * 8 * 13, 77);
  ImageView part{in.data(), PixelType::kU8, 20, 11, 30 * 3};
  std::vector<uint8_t> copied;
  for (int y = 0; y < 20; ++y) copied.insert(copied.end(), part.row<uint8_t>(y), part.row<uint8_t>(y) + 33);

  Resizer resizer(whole_axis(20, 8), whole_axis(11, 9));
  resizer.run(view_of(copied, 20, 11), tight.data(), 9);
  resizer.run(part, wide.data(), 13);
  for (int y = 0; y < 8; ++y) {
    EXPECT_TRUE(std::equal(&tight[y * 27], &tight[y * 27] + 27, &wide[y * 39]));
    EXPECT_TRUE(std::all_of(&wide[y * 39 + 27], &wide[y * 39] + 39, [](uint8_t value) { return value == 77; }));
  }
}

TEST(ResizeAxis, EveryRowSumsToOneAndStaysInside) {
  for (const auto& [in, out] : {std::pair{1, 1}, {1, 9}, {9, 1}, {100, 7}, {7, 100}, {kMaxImageSide, 3}}) {
    const ResampleAxis axis = make_resample_axis(whole_axis(in, out));
    for (int i = 0; i < out; ++i) {
      ASSERT_GE(axis.first[i], 0);
      ASSERT_GE(axis.count[i], 1);
      ASSERT_LE(axis.count[i], axis.taps);
      ASSERT_LE(axis.first[i] + axis.count[i], in);
      const double* row = &axis.weights[static_cast<size_t>(i) * axis.taps];
      ASSERT_NEAR(std::accumulate(row, row + axis.taps, 0.0), 1.0, 1e-12);
    }
  }
}

TEST(ResizeAxis, RefusesImpossibleGeometry) {
  EXPECT_THROW(make_resample_axis(whole_axis(0, 4)), std::logic_error);
  EXPECT_THROW(make_resample_axis(whole_axis(4, 0)), std::logic_error);
  EXPECT_THROW(make_resample_axis({4, 1, 4, 4, 0, 4}), std::logic_error);
  EXPECT_THROW(make_resample_axis({4, 0, 4, 4, 2, 3}), std::logic_error);
}

}  // namespace
}  // namespace trecvit
