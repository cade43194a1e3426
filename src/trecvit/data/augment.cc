#include "trecvit/data/augment.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

// The purpose of each value of the stream; noise begins at kNoise.
enum : uint64_t {
  kScale,
  kTop,
  kLeft,
  kFlip,
  kBrightness,
  kContrast,
  kSaturation,
  kErase,
  kArea = 64,
  kBox = 128,
  kOperations = 256
};
constexpr uint64_t kNoise = 1024;
constexpr int kTries = 10;

double between(const RandomStream& random, uint64_t index, double low, double high) {
  return low + (high - low) * random.unit(index);
}

// Log-uniform between 1 / most and most.
double draw_stretch(const RandomStream& random, uint64_t index, double most) {
  return std::exp(std::log(most) * random.symmetric(index));
}

struct Window {
  double top, left, height, width;  // pixels of the picture
};

// A window with a random area and stretch that fits into the picture, if one is found.
std::optional<Window> draw_window(PixelSize picture, const ClipOptions& options, const RandomStream& random) {
  const AugmentConfig& augment = options.augment;
  const double all = static_cast<double>(picture.height) * picture.width;
  const double shape = static_cast<double>(options.width) / static_cast<double>(options.height);
  for (uint64_t i = kArea; i < kArea + 2 * kTries; i += 2) {
    const double area = all * between(random, i, augment.least_area, augment.most_area);
    const double ratio = shape * draw_stretch(random, i + 1, augment.most_stretch);
    const double width = std::sqrt(area * ratio), height = std::sqrt(area / ratio);
    if (width > picture.width || height > picture.height) continue;
    return Window{(picture.height - height) * random.unit(kTop), (picture.width - width) * random.unit(kLeft), height,
                  width};
  }
  return std::nullopt;
}

// begin + extent must not exceed the end after rounding.
AxisGeometry window_axis(int in, double begin, double extent, int out) {
  if (begin + extent > in) begin = std::max(0.0, std::nextafter(in - extent, 0.0));
  return {in, begin, std::min(extent, in - begin), out, 0, out};
}

// A window of the input's size in the picture, which is scaled to `scale` times the size that covers the input.
void draw_scaled_window(Look& look, const RandomStream& random, double scale) {
  const auto widen = [&](AxisGeometry& axis, uint64_t index) {
    axis.full = std::max(axis.out, static_cast<int>(std::lround(axis.full * scale)));
    axis.skip = static_cast<int>(random.bits(index) % static_cast<uint64_t>(axis.full - axis.out + 1));
  };
  widen(look.rows, kTop);
  widen(look.columns, kLeft);
}

void spread_crops(AxisGeometry& axis, int64_t crop, int64_t crops) {
  const int64_t room = axis.full - axis.out;
  axis.skip = static_cast<int>((room * crop + (crops - 1) / 2) / (crops - 1));
}

Look central_look(const PreprocessConfig& preprocess, PixelSize picture, PixelSize input) {
  const Placement placement = place(preprocess, picture, input);
  return {placement.rows, placement.columns, placement.top, placement.left, false, {}, {}, {}};
}

int64_t draw_factor(const RandomStream& random, uint64_t index, double most) {
  return std::llround((1 + most * random.symmetric(index)) * static_cast<double>(kColorOne));
}

PixelBox draw_box(PixelSize size, const RandomStream& random) {
  for (uint64_t i = kBox; i < kBox + 4 * kTries; i += 4) {
    const double area = between(random, i, 0.02, 0.33) * size.height * size.width;
    const double stretch = draw_stretch(random, i + 1, 1 / 0.3);
    const int height = static_cast<int>(std::lround(std::sqrt(area * stretch)));
    const int width = static_cast<int>(std::lround(std::sqrt(area / stretch)));
    if (height < 1 || width < 1 || height > size.height || width > size.width) continue;
    const auto place_in = [&](uint64_t index, int room) {
      return static_cast<int>(random.bits(index) % static_cast<uint64_t>(room + 1));
    };
    return {place_in(i + 2, size.height - height), place_in(i + 3, size.width - width), height, width};
  }
  return {};
}

int64_t mean_grey(std::span<const uint8_t> clip) {
  int64_t sum = 0;
  for (size_t i = 0; i < clip.size(); i += 3) sum += grey_of(&clip[i]);
  return sum / std::max(int64_t{1}, static_cast<int64_t>(clip.size() / 3));
}

// Brightness, then contrast, then saturation in one step: a value v of a pixel with grey g in a clip of mean m becomes
// s c b v + (1 - s) c b g + (1 - c) b m, rounded and clamped once.
void change_colors(const ColorChange& change, std::span<uint8_t> clip) {
  if (change == ColorChange{}) return;
  const int64_t brightness = change.brightness;
  const int64_t both = brightness * change.contrast / kColorOne;
  const int64_t own = both * change.saturation / kColorOne, grey = both - own;
  const int64_t constant = (brightness - both) * mean_grey(clip) + kColorOne / 2;
  for (size_t i = 0; i < clip.size(); i += 3) {
    const int64_t shared = grey * grey_of(&clip[i]) + constant;
    for (size_t c = i; c < i + 3; ++c) {
      clip[c] = static_cast<uint8_t>(std::clamp((own * clip[c] + shared) >> 16, int64_t{0}, int64_t{255}));
    }
  }
}

void erase(const PixelBox& box, PixelSize size, const RandomStream& random, std::span<uint8_t> clip) {
  const size_t row_bytes = size_t{3} * size.width, box_bytes = size_t{3} * box.width;
  const size_t frame_bytes = row_bytes * size.height;
  for (size_t frame = 0; frame < clip.size(); frame += frame_bytes) {
    for (int y = 0; y < box.height; ++y) {
      uint8_t* row = &clip[frame + (box.top + y) * row_bytes + size_t{3} * box.left];
      for (size_t i = 0; i < box_bytes; ++i) row[i] = random.byte(kNoise + y * box_bytes + i);
    }
  }
}

}  // namespace

Look draw_look(PixelSize picture, const ClipOptions& options, const LookDraw& draw) {
  const PixelSize size{static_cast<int>(options.height), static_cast<int>(options.width)};
  Look look = central_look(options.preprocess, picture, size);
  if (!options.training) {
    if (options.clip.crops == 1) return look;
    const bool wide = look.columns.full - look.columns.out >= look.rows.full - look.rows.out;
    spread_crops(wide ? look.columns : look.rows, draw.crop, options.clip.crops);
    return look;
  }
  const AugmentConfig& augment = options.augment;
  const RandomStream& random = draw.random;
  if (augment.least_area < 1) {
    if (const auto window = draw_window(picture, options, random)) {
      look.rows = window_axis(picture.height, window->top, window->height, size.height);
      look.columns = window_axis(picture.width, window->left, window->width, size.width);
      look.top = look.left = 0;
    }
  } else if (augment.most_scale > 1) {
    look = central_look({}, picture, size);
    draw_scaled_window(look, random, std::max(1.0, between(random, kScale, augment.least_scale, augment.most_scale)));
  }
  look.flip = augment.flip && random.unit(kFlip) < 0.5;
  look.color = {draw_factor(random, kBrightness, augment.brightness), draw_factor(random, kContrast, augment.contrast),
                draw_factor(random, kSaturation, augment.saturation)};
  look.operations = draw_operations(augment.operations, augment.magnitude, random, kOperations);
  if (random.unit(kErase) < augment.erase) look.erased = draw_box(size, random);
  return look;
}

void finish_look(const Look& look, PixelSize size, const RandomStream& random, std::span<uint8_t> clip) {
  TRECVIT_CHECK(clip.size() % (size_t{3} * size.height * size.width) == 0);
  change_colors(look.color, clip);
  for (const auto& operation : look.operations) apply_operation(operation, size, clip);
  if (look.erased.height > 0) erase(look.erased, size, random, clip);
}

void flip_picture(PixelSize size, std::span<uint8_t> rgb) {
  TRECVIT_CHECK(rgb.size() == size_t{3} * size.height * size.width);
  for (int y = 0; y < size.height; ++y) {
    uint8_t* left = &rgb[size_t{3} * size.width * y];
    for (uint8_t* right = left + ptrdiff_t{3} * (size.width - 1); left < right; left += 3, right -= 3) {
      std::swap_ranges(left, left + 3, right);
    }
  }
}

void check_augment(const AugmentConfig& augment) {
  if (augment.least_area > augment.most_area || augment.least_scale > augment.most_scale) {
    fail_usage(
        "augment",
        "expected least_area <= most_area and least_scale <= most_scale, got area {:g} to {:g}, scale {:g} to {:g}",
        augment.least_area, augment.most_area, augment.least_scale, augment.most_scale);
  }
  if (augment.least_area < 1 && augment.most_scale > 1) {
    fail_usage("augment", "expected random crops either by area or by scale, got least_area {:g} and most_scale {:g}",
               augment.least_area, augment.most_scale);
  }
}

}  // namespace trecvit
