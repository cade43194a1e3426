#include <algorithm>
#include <cmath>
#include <limits>

#include "capi/capi_test.h"

namespace trecvit::test {
namespace {

constexpr int64_t kRowBytes = 3 * kSide;

std::vector<float> as_floats(const std::vector<uint8_t>& bytes) {
  std::vector<float> floats(bytes.size());
  std::transform(bytes.begin(), bytes.end(), floats.begin(), [](uint8_t b) { return static_cast<float>(b) / 255.0f; });
  return floats;
}

TEST(Image, BytesAndFloatsAgree) {
  const auto model = small_model();
  const auto bytes = small_frame(1);
  const auto floats = as_floats(bytes);
  const auto logits = first_step(model, small_image(bytes));
  EXPECT_EQ(first_step(model, {floats.data(), TRECVIT_F32, kSide, kSide, 0}), logits);
  EXPECT_NE(first_step(model, small_image(small_frame(2))), logits);
}

TEST(Image, RowsMayHaveGaps) {
  const auto model = small_model();
  const auto tight = small_frame(1);
  constexpr int64_t kStride = kRowBytes + 13;
  auto padded = noise(size_t{kStride} * kSide, 99);
  for (int y = 0; y < kSide; ++y) {
    std::copy_n(tight.begin() + y * kRowBytes, kRowBytes, padded.begin() + y * kStride);
  }
  const auto logits = first_step(model, small_image(tight));
  EXPECT_EQ(first_step(model, {padded.data(), TRECVIT_U8, kSide, kSide, kStride}), logits);
  EXPECT_EQ(first_step(model, {tight.data(), TRECVIT_U8, kSide, kSide, kRowBytes}), logits);
}

TEST(Image, RowsMayBeStoredBottomUp) {
  const auto model = small_model();
  const auto pixels = small_frame(1);
  auto flipped = pixels;
  for (int y = 0; y < kSide; ++y) {
    std::copy_n(pixels.begin() + y * kRowBytes, kRowBytes, flipped.begin() + (kSide - 1 - y) * kRowBytes);
  }
  const uint8_t* top_row = flipped.data() + (kSide - 1) * kRowBytes;
  EXPECT_EQ(first_step(model, {top_row, TRECVIT_U8, kSide, kSide, -kRowBytes}), first_step(model, small_image(pixels)));
}

TEST(Image, OtherSizesAreResized) {
  const auto model = small_model();
  const auto engine = new_engine(model);
  const auto state = new_state(model);
  const std::vector<uint8_t> gray(size_t{3} * 200 * 150, 90);
  const auto logits = first_step(model, small_image(gray));
  for (const auto& [height, width] : {std::pair{150, 200}, {200, 150}, {32, 40}, {1, 7}}) {
    expect_ok(trecvit_state_reset(state.get()));
    EXPECT_EQ(step(engine, state, {gray.data(), TRECVIT_U8, height, width, 0}), logits) << height << "x" << width;
  }
}

TEST(Image, FloatRowsMayHaveGapsAndAnotherSize) {
  const auto model = small_model();
  const auto tight = as_floats(noise(size_t{3} * 90 * 70, 5));
  std::vector<float> padded(size_t{300} * 90, NAN);
  for (int y = 0; y < 90; ++y) std::copy_n(tight.begin() + y * 210, 210, padded.begin() + y * 300);
  EXPECT_EQ(first_step(model, {padded.data(), TRECVIT_F32, 90, 70, 1200}),
            first_step(model, {tight.data(), TRECVIT_F32, 90, 70, 0}));
}

// Refuses an image and leaves the stream as it was.
class BadImage : public testing::Test {
 protected:
  void refuses(const trecvit_image& image, trecvit_status status, const std::vector<std::string>& words) {
    trecvit_result result = TRECVIT_RESULT_INIT;
    expect_failure(trecvit_engine_step(engine_.get(), state_.get(), &image, 0, &result), status, words);
    EXPECT_EQ(result.logits, nullptr);
  }
  void TearDown() override {
    EXPECT_EQ(trecvit_state_frames(state_.get()), 0);
    EXPECT_EQ(step(engine_, state_, 1), first_step(model_, small_image(small_frame(1))));
  }

  ModelHandle model_ = small_model();
  EngineHandle engine_ = new_engine(model_);
  StateHandle state_ = new_state(model_);
  std::vector<uint8_t> pixels_ = small_frame(1);
};

TEST_F(BadImage, Sizes) {
  refuses({pixels_.data(), TRECVIT_U8, 0, kSide, 0}, TRECVIT_INPUT, {"frame", "64x0"});
  refuses({pixels_.data(), TRECVIT_U8, kSide, -1, 0}, TRECVIT_INPUT, {"frame"});
  refuses({pixels_.data(), TRECVIT_U8, INT32_MAX, INT32_MAX, 0}, TRECVIT_INPUT, {"32768"});
}

TEST_F(BadImage, Strides) {
  refuses({pixels_.data(), TRECVIT_U8, kSide, kSide, kRowBytes - 1}, TRECVIT_INPUT, {"192", "191"});
  refuses({pixels_.data(), TRECVIT_U8, kSide, kSide, INT64_MIN}, TRECVIT_INPUT, {"row stride of at most"});
  refuses({pixels_.data(), TRECVIT_U8, kSide, kSide, INT64_MAX}, TRECVIT_INPUT, {"row stride of at most"});
  const auto floats = as_floats(pixels_);
  refuses({floats.data(), TRECVIT_F32, kSide, kSide - 1, 4 * kRowBytes - 2}, TRECVIT_INPUT, {"whole samples"});
}

TEST_F(BadImage, Pixels) {
  refuses({nullptr, TRECVIT_U8, kSide, kSide, 0}, TRECVIT_USAGE, {"trecvit_engine_step", "pixels"});
  refuses({pixels_.data(), 7, kSide, kSide, 0}, TRECVIT_USAGE, {"pixel_type", "7"});
  std::vector<float> floats = as_floats(pixels_);
  const auto* odd = reinterpret_cast<const uint8_t*>(floats.data()) + 1;
  refuses({odd, TRECVIT_F32, kSide - 1, kSide, 0}, TRECVIT_USAGE, {"divisible by 4"});
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (float bad : {NAN, -NAN, kInfinity, -kInfinity, 1e38f, -1e38f, 1e36f, 255.0f, 1.001f, -0.001f}) {
    floats[4321] = bad;
    refuses({floats.data(), TRECVIT_F32, kSide, kSide, 0}, TRECVIT_INPUT, {"0 to 1", "row 22"});
    refuses({floats.data(), TRECVIT_F32, kSide - 1, kSide, 0}, TRECVIT_INPUT, {"0 to 1"});
    refuses({floats.data(), TRECVIT_F32, kSide, kSide - 1, 4 * kRowBytes}, TRECVIT_INPUT, {"0 to 1"});
  }
}

}  // namespace
}  // namespace trecvit::test
