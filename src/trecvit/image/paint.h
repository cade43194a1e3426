// A small canvas for labelled sheets of frames: rectangles, lines, other pictures, and text in our own bitmap font. The
// bytes are the same on every machine.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trecvit/image/image.h"

namespace trecvit {

// Pixels, x right, y down, from the top-left corner.
struct PixelPoint {
  int x = 0, y = 0;
};
struct Rect {
  int x = 0, y = 0, width = 0, height = 0;
};

// Everything is clipped to the picture. Coordinates and sizes are within +-2 kMaxImageSide.
class Canvas {
 public:
  using Color = std::array<uint8_t, 3>;  // R, G, B
  struct TextStyle {
    Color color = {0, 0, 0};
    int scale = 1;  // pixels of the picture per pixel of the font, 1 to 64
  };

  // Sides from 1 to kMaxImageSide.
  Canvas(int height, int width, Color background = {255, 255, 255});

  void fill(const Rect& rect, Color color);
  // Keeps this share of the brightness, 0 to 100 per cent, so that text on it can be read.
  void shade(const Rect& rect, int percent);
  // The border of a rectangle, `thickness` pixels inwards.
  void frame(const Rect& rect, Color color, int thickness = 1);
  // One pixel wide, both ends included.
  void line(PixelPoint from, PixelPoint to, Color color);
  // Accepts bytes only (PixelType::kU8); the picture's top-left pixel is placed at `at`.
  void blit(const ImageView& picture, PixelPoint at);
  // One line, from its top-left corner, in the letters of spelling.h; other characters are painted as an empty box.
  void text(PixelPoint at, std::string_view text, const TextStyle& style);

  int height() const { return height_; }
  int width() const { return width_; }
  std::span<const uint8_t> pixels() const { return pixels_; }  // [H, W, 3]
  ImageView view() const;

 private:
  void put(int64_t x, int64_t y, Color color);

  int height_, width_;
  std::vector<uint8_t> pixels_;
};

// A character is 5 pixels wide and 9 high, 2 of them below the baseline; the next one begins 6 pixels to the right.
inline constexpr int kTextAdvance = 6, kTextHeight = 9;
// Width in pixels of what text() paints, without the gap after the last character.
int text_width(std::string_view text, int scale = 1);
// The text itself if it fits in `width` pixels; else the beginning of its spelling, followed by ".."; empty if nothing
// fits.
std::string fit_text(std::string_view text, int width, int scale = 1);

}  // namespace trecvit
