#include "trecvit/data/rand_augment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "trecvit/base/error.h"
#include "trecvit/image/image.h"

namespace trecvit {
namespace {

constexpr uint8_t kOutside = 128;
constexpr double kMostFactor = 0.9, kMostShear = 0.3, kMostShift = 0.45;
constexpr double kMostAngle = std::numbers::pi / 6;

using Table = std::array<uint8_t, 256>;
using Histogram = std::array<int64_t, 256>;

template <class Function>
Table make_table(Function value_of) {
  Table table;
  for (int v = 0; v < 256; ++v)
    table[static_cast<size_t>(v)] = static_cast<uint8_t>(std::clamp<int64_t>(value_of(v), 0, 255));
  return table;
}

void map_values(const Table& table, std::span<uint8_t> clip) {
  for (auto& value : clip) value = table[value];
}

template <class Function>
void map_channels(std::span<uint8_t> clip, Function table_of) {
  std::array<Histogram, 3> histograms{};
  for (size_t i = 0; i < clip.size(); ++i) ++histograms[i % 3][clip[i]];
  std::array<Table, 3> tables;
  for (size_t c = 0; c < 3; ++c) tables[c] = table_of(histograms[c]);
  for (size_t i = 0; i < clip.size(); ++i) clip[i] = tables[i % 3][clip[i]];
}

Table stretched(const Histogram& histogram) {
  int least = 0, most = 255;
  while (least < 255 && histogram[static_cast<size_t>(least)] == 0) ++least;
  while (most > 0 && histogram[static_cast<size_t>(most)] == 0) --most;
  if (least >= most) return make_table([](int v) { return v; });
  return make_table([=](int v) { return ((v - least) * 255 + (most - least) / 2) / (most - least); });
}

// Maps values by their rank; those of the first nonempty bin become 0.
Table evened(const Histogram& histogram) {
  int64_t all = 0, first = 0;
  for (const int64_t count : histogram) {
    if (all == 0) first = count;
    all += count;
  }
  if (all == first) return make_table([](int v) { return v; });
  int64_t below = 0;
  return make_table([&](int v) {
    below += histogram[static_cast<size_t>(v)];
    return std::max<int64_t>(0, below - first) * 255 / (all - first);
  });
}

// Fixed point with 16 fractional bits, so that the bytes are the same on every machine.
constexpr int64_t kOne = 1 << 16;
int64_t fixed(double value) { return std::llround(value * static_cast<double>(kOne)); }
uint8_t to_byte(int64_t value) { return static_cast<uint8_t>(std::clamp<int64_t>((value + kOne / 2) >> 16, 0, 255)); }
// Moves from `base` towards `value` by `factor` times their distance.
uint8_t away_from(int64_t base, int64_t value, int64_t factor) {
  return to_byte(base * kOne + (value - base) * factor);
}

void change_saturation(int64_t factor, std::span<uint8_t> clip) {
  for (size_t i = 0; i < clip.size(); i += 3) {
    const int64_t grey = grey_of(&clip[i]);
    for (size_t c = i; c < i + 3; ++c) clip[c] = away_from(grey, clip[c], factor);
  }
}

void change_contrast(int64_t factor, std::span<uint8_t> clip) {
  int64_t sum = 0;
  for (size_t i = 0; i < clip.size(); i += 3) sum += grey_of(&clip[i]);
  const int64_t mean = sum / std::max<int64_t>(1, static_cast<int64_t>(clip.size() / 3));
  map_values(make_table([=](int v) { return away_from(mean, v, factor); }), clip);
}

// Relative to a 3 x 3 mean whose centre has weight five; the border is unchanged.
void change_sharpness(int64_t factor, PixelSize size, std::span<uint8_t> clip) {
  const size_t row = size_t{3} * size.width, frame = row * size.height;
  std::vector<uint8_t> before(frame);
  for (size_t at = 0; at < clip.size(); at += frame) {
    std::copy_n(&clip[at], frame, before.begin());
    for (int y = 1; y + 1 < size.height; ++y) {
      for (size_t i = y * row + 3; i + 3 < (y + 1) * row; ++i) {
        int64_t sum = int64_t{4} * before[i];
        for (const size_t line : {i - row, i, i + row}) sum += before[line - 3] + before[line] + before[line + 3];
        clip[at + i] = away_from((sum + 6) / 13, before[i], factor);
      }
    }
  }
}

// The source position of an output pixel: (x, y) -> (xx x + xy y + x0, yx x + yy y + y0), with pixel centres at whole
// numbers.
struct Affine {
  int64_t xx = kOne, xy = 0, x0 = 0, yx = 0, yy = kOne, y0 = 0;
};

// A linear map about the centre of the picture, then a shift in pixels.
Affine about_centre(PixelSize size, const std::array<double, 4>& matrix, double shift_x, double shift_y) {
  const double cx = 0.5 * (size.width - 1), cy = 0.5 * (size.height - 1);
  return {fixed(matrix[0]), fixed(matrix[1]), fixed(cx - matrix[0] * cx - matrix[1] * cy + shift_x),
          fixed(matrix[2]), fixed(matrix[3]), fixed(cy - matrix[2] * cx - matrix[3] * cy + shift_y)};
}

// Bilinear, with eight bits of weight per axis.
void warp_frame(const Affine& map, PixelSize size, const std::vector<uint8_t>& from, uint8_t* to) {
  const auto value = [&](int64_t x, int64_t y, int64_t c) -> int64_t {
    if (x < 0 || y < 0 || x >= size.width || y >= size.height) return kOutside;
    return from[static_cast<size_t>((y * size.width + x) * 3 + c)];
  };
  for (int64_t y = 0; y < size.height; ++y) {
    for (int64_t x = 0; x < size.width; ++x) {
      const int64_t sx = map.xx * x + map.xy * y + map.x0, sy = map.yx * x + map.yy * y + map.y0;
      const int64_t left = sx >> 16, top = sy >> 16, right_part = (sx >> 8) & 255, low_part = (sy >> 8) & 255;
      for (int64_t c = 0; c < 3; ++c) {
        const int64_t upper = value(left, top, c) * (256 - right_part) + value(left + 1, top, c) * right_part;
        const int64_t lower = value(left, top + 1, c) * (256 - right_part) + value(left + 1, top + 1, c) * right_part;
        *to++ = static_cast<uint8_t>((upper * (256 - low_part) + lower * low_part + (1 << 15)) >> 16);
      }
    }
  }
}

void warp(const Affine& map, PixelSize size, std::span<uint8_t> clip) {
  std::vector<uint8_t> before(size_t{3} * size.height * size.width);
  for (size_t at = 0; at < clip.size(); at += before.size()) {
    std::copy_n(&clip[at], before.size(), before.begin());
    warp_frame(map, size, before, &clip[at]);
  }
}

Affine affine_of(const DrawnOperation& drawn, PixelSize size) {
  const double s = drawn.strength;
  switch (drawn.operation) {
    case Operation::kRotate:
      return about_centre(
          size,
          {std::cos(s * kMostAngle), -std::sin(s * kMostAngle), std::sin(s * kMostAngle), std::cos(s * kMostAngle)}, 0,
          0);
    case Operation::kShearX:
      return about_centre(size, {1, s * kMostShear, 0, 1}, 0, 0);
    case Operation::kShearY:
      return about_centre(size, {1, 0, s * kMostShear, 1}, 0, 0);
    case Operation::kTranslateX:
      return about_centre(size, {1, 0, 0, 1}, std::round(s * kMostShift * size.width), 0);
    default:
      return about_centre(size, {1, 0, 0, 1}, 0, std::round(s * kMostShift * size.height));
  }
}

}  // namespace

std::vector<DrawnOperation> draw_operations(int64_t count, double magnitude, const RandomStream& random,
                                            uint64_t first) {
  std::vector<DrawnOperation> all;
  for (int64_t i = 0; i < count; ++i) {
    const uint64_t bits = random.bits(first + static_cast<uint64_t>(i));
    const auto which = static_cast<Operation>((bits >> 1) % static_cast<uint64_t>(Operation::kCount));
    all.push_back({which, (bits & 1) != 0 ? magnitude : -magnitude});
  }
  return all;
}

void apply_operation(const DrawnOperation& drawn, PixelSize size, std::span<uint8_t> clip) {
  TRECVIT_CHECK(clip.size() % (size_t{3} * size.height * size.width) == 0);
  const double strength = drawn.strength, part = std::abs(strength);
  const int64_t factor = fixed(1 + kMostFactor * strength);
  switch (drawn.operation) {
    case Operation::kIdentity:
    case Operation::kCount:
      return;
    case Operation::kAutoContrast:
      return map_channels(clip, stretched);
    case Operation::kEqualize:
      return map_channels(clip, evened);
    case Operation::kSolarize: {
      const auto threshold = std::lround(256 * (1 - part));
      return map_values(make_table([=](int v) { return v < threshold ? v : 255 - v; }), clip);
    }
    case Operation::kPosterize: {
      const auto dropped = std::lround(4 * part);
      return map_values(make_table([=](int v) { return v >> dropped << dropped; }), clip);
    }
    case Operation::kBrightness:
      return map_values(make_table([=](int v) { return away_from(0, v, factor); }), clip);
    case Operation::kContrast:
      return change_contrast(factor, clip);
    case Operation::kColor:
      return change_saturation(factor, clip);
    case Operation::kSharpness:
      return change_sharpness(factor, size, clip);
    default:
      return warp(affine_of(drawn, size), size, clip);
  }
}

}  // namespace trecvit
