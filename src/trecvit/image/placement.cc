#include "trecvit/image/placement.h"

#include <algorithm>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

// round(difference / 2) as Python rounds: halves go to the even neighbour.
int centered(int difference) {
  const int half = difference / 2;
  return difference % 2 == 0 ? half : half + half % 2;
}

// The frame scaled so that one side equals the input's: the side with which it covers the input, or fits inside.
PixelSize scaled(PixelSize frame, PixelSize input, bool cover) {
  const int64_t by_height = int64_t{input.height} * frame.width;  // the resized width, times the frame's height
  const int64_t by_width = int64_t{input.width} * frame.height;
  if ((by_height >= by_width) == cover) {
    return {input.height, std::max(1, static_cast<int>(by_height / frame.height))};
  }
  return {std::max(1, static_cast<int>(by_width / frame.width)), input.width};
}

AxisGeometry cropped_axis(int in, int full, int out) {
  return {in, 0.0, static_cast<double>(in), full, centered(full - out), out};
}

Placement place_short_side(const PreprocessConfig& config, PixelSize frame, PixelSize input) {
  const PixelSize full = scaled(frame, input, true);
  if (config.crop == Crop::kNone && full != input) {
    fail_input("preprocess",
               "expected a frame that fits {}x{} without a crop, got {}x{}, which becomes {}x{} (width x height); use "
               "crop center, or resize exact or pad",
               input.width, input.height, frame.width, frame.height, full.width, full.height);
  }
  return {cropped_axis(frame.height, full.height, input.height), cropped_axis(frame.width, full.width, input.width)};
}

}  // namespace

Placement place(const PreprocessConfig& config, PixelSize frame, PixelSize input) {
  if (config.resize == Resize::kShortSide) return place_short_side(config, frame, input);
  const PixelSize full = config.resize == Resize::kExact ? input : scaled(frame, input, false);
  return {whole_axis(frame.height, full.height), whole_axis(frame.width, full.width),
          centered(input.height - full.height), centered(input.width - full.width)};
}

}  // namespace trecvit
