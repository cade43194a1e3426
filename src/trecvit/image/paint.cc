#include "trecvit/image/paint.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "trecvit/base/error.h"
#include "trecvit/image/font.h"
#include "trecvit/image/spelling.h"

namespace trecvit {
namespace {

bool in_range(int value) { return value >= -2 * kMaxImageSide && value <= 2 * kMaxImageSide; }
bool in_range(PixelPoint point) { return in_range(point.x) && in_range(point.y); }

int glyph_of(char byte) { return byte >= ' ' && byte < 127 ? byte - font::kFirst : font::kOther; }

bool ink(int glyph, int x, int y) {
  const auto row = font::kSheet[glyph / font::kColumns * kTextHeight + y];
  return row[static_cast<size_t>(glyph) % font::kColumns * kTextAdvance + static_cast<size_t>(x)] == '#';
}

}  // namespace

Canvas::Canvas(int height, int width, Color background) : height_(height), width_(width) {
  TRECVIT_CHECK(height >= 1 && height <= kMaxImageSide && width >= 1 && width <= kMaxImageSide);
  pixels_.resize(size_t{3} * static_cast<size_t>(height) * static_cast<size_t>(width));
  fill({0, 0, width, height}, background);
}

ImageView Canvas::view() const { return {pixels_.data(), PixelType::kU8, height_, width_, ptrdiff_t{3} * width_}; }

void Canvas::put(int64_t x, int64_t y, Color color) {
  if (x < 0 || y < 0 || x >= width_ || y >= height_) return;
  std::copy(color.begin(), color.end(), &pixels_[static_cast<size_t>((y * width_ + x) * 3)]);
}

void Canvas::fill(const Rect& rect, Color color) {
  TRECVIT_CHECK(in_range(PixelPoint{rect.x, rect.y}) && in_range(PixelPoint{rect.width, rect.height}));
  const int right = std::min(rect.x + rect.width, width_), bottom = std::min(rect.y + rect.height, height_);
  for (int y = std::max(rect.y, 0); y < bottom; ++y) {
    for (int x = std::max(rect.x, 0); x < right; ++x) put(x, y, color);
  }
}

void Canvas::shade(const Rect& rect, int percent) {
  TRECVIT_CHECK(in_range(PixelPoint{rect.x, rect.y}) && in_range(PixelPoint{rect.width, rect.height}));
  TRECVIT_CHECK(percent >= 0 && percent <= 100);
  const int left = std::max(rect.x, 0), right = std::min(rect.x + rect.width, width_);
  const int bottom = std::min(rect.y + rect.height, height_);
  for (int y = std::max(rect.y, 0); y < bottom; ++y) {
    uint8_t* row = &pixels_[static_cast<size_t>(y) * static_cast<size_t>(width_) * 3];
    for (int i = 3 * left; i < 3 * right; ++i) row[i] = static_cast<uint8_t>(row[i] * percent / 100);
  }
}

void Canvas::frame(const Rect& rect, Color color, int thickness) {
  TRECVIT_CHECK(in_range(thickness));
  const int rows = std::min(thickness, rect.height), columns = std::min(thickness, rect.width);
  fill({rect.x, rect.y, rect.width, rows}, color);
  fill({rect.x, rect.y + rect.height - rows, rect.width, rows}, color);
  fill({rect.x, rect.y, columns, rect.height}, color);
  fill({rect.x + rect.width - columns, rect.y, columns, rect.height}, color);
}

void Canvas::line(PixelPoint from, PixelPoint to, Color color) {
  TRECVIT_CHECK(in_range(from) && in_range(to));
  const int dx = to.x - from.x, dy = to.y - from.y;
  const int64_t steps = std::max({std::abs(dx), std::abs(dy), 1});
  // Rounded half up: the position at step i is floor((2 i d + steps) / (2 steps)).
  const auto along = [steps](int start, int64_t i, int d) {
    const int64_t over = 2 * i * d + steps, quotient = over / (2 * steps);
    return start + quotient - (over % (2 * steps) < 0 ? 1 : 0);
  };
  for (int64_t i = 0; i <= steps; ++i) put(along(from.x, i, dx), along(from.y, i, dy), color);
}

void Canvas::blit(const ImageView& picture, PixelPoint at) {
  TRECVIT_CHECK(in_range(at) && picture.type == PixelType::kU8);
  TRECVIT_CHECK(in_range(PixelPoint{picture.width, picture.height}));
  const int left = std::max(at.x, 0), right = std::min(at.x + picture.width, width_);
  if (left >= right) return;
  for (int y = std::max(at.y, 0); y < std::min(at.y + picture.height, height_); ++y) {
    const uint8_t* row = picture.row<uint8_t>(y - at.y) + ptrdiff_t{3} * (left - at.x);
    std::memcpy(&pixels_[(static_cast<size_t>(y) * width_ + left) * 3], row, size_t{3} * (right - left));
  }
}

void Canvas::text(PixelPoint at, std::string_view text, const TextStyle& style) {
  const int scale = style.scale;
  TRECVIT_CHECK(in_range(at) && scale >= 1 && scale <= 64);
  int x = at.x;
  for (const char byte : spell_in_ascii(text)) {
    if (x >= width_) return;
    const int glyph = glyph_of(byte);
    for (int i = 0; i < (kTextAdvance - 1) * kTextHeight; ++i) {
      const int column = i % (kTextAdvance - 1), row = i / (kTextAdvance - 1);
      if (ink(glyph, column, row)) fill({x + column * scale, at.y + row * scale, scale, scale}, style.color);
    }
    x += kTextAdvance * scale;
  }
}

int text_width(std::string_view text, int scale) {
  TRECVIT_CHECK(scale >= 1 && scale <= 64);
  // Longer text is wider than any picture.
  const auto count = std::min<int64_t>(std::ssize(spell_in_ascii(text)), kMaxImageSide);
  return count == 0 ? 0 : static_cast<int>((count * kTextAdvance - 1) * scale);
}

std::string fit_text(std::string_view text, int width, int scale) {
  if (text_width(text, scale) <= width) return std::string(text);
  const int64_t kept = (width / scale + 1) / kTextAdvance - 2;
  return kept < 1 ? "" : spell_in_ascii(text).substr(0, static_cast<size_t>(kept)) + "..";
}

}  // namespace trecvit
