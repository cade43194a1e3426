#include "trecvit/image/paint.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "trecvit/image/font.h"

namespace trecvit {
namespace {

constexpr Canvas::Color kInk = {10, 20, 30}, kPaper = {255, 255, 255};

Canvas::Color pixel(const Canvas& canvas, int x, int y) {
  const auto pixels = canvas.pixels();
  const size_t i = (size_t{1} * y * canvas.width() + x) * 3;
  return {pixels[i], pixels[i + 1], pixels[i + 2]};
}

// '#' where something was painted.
std::vector<std::string> seen(const Canvas& canvas) {
  std::vector<std::string> rows(canvas.height());
  for (int y = 0; y < canvas.height(); ++y) {
    for (int x = 0; x < canvas.width(); ++x) rows[y] += pixel(canvas, x, y) == kPaper ? '.' : '#';
  }
  return rows;
}

using Rows = std::vector<std::string>;

TEST(Canvas, FillsAndFramesWithinThePicture) {
  Canvas canvas(4, 6);
  canvas.fill({4, 2, 100, 100}, kInk);
  canvas.fill({-5, -5, 6, 6}, kInk);
  canvas.fill({2, 0, -1, 4}, kInk);
  EXPECT_EQ(seen(canvas), (Rows{"#.....", "......", "....##", "....##"}));
  EXPECT_EQ(pixel(canvas, 5, 3), kInk);

  Canvas framed(5, 6);
  framed.frame({1, 0, 4, 4}, kInk);
  EXPECT_EQ(seen(framed), (Rows{".####.", ".#..#.", ".#..#.", ".####.", "......"}));
}

TEST(Canvas, PaintsLinesInEveryDirection) {
  Canvas canvas(4, 7);
  canvas.line({0, 0}, {6, 3}, kInk);
  EXPECT_EQ(seen(canvas), (Rows{"#......", ".##....", "...##..", ".....##"}));
  Canvas across(3, 3);
  across.line({5, -3}, {-3, 5}, kInk);  // both ends outside
  EXPECT_EQ(seen(across), (Rows{"..#", ".#.", "#.."}));
  Canvas dot(2, 2);
  dot.line({1, 1}, {1, 1}, kInk);
  EXPECT_EQ(seen(dot), (Rows{"..", ".#"}));
}

TEST(Canvas, BlitsThePartThatIsInside) {
  const std::vector<uint8_t> rgb = {1, 1, 1, 2, 2, 2, 9, 9, 9, 3, 3, 3, 4, 4, 4, 9, 9, 9};
  const ImageView picture{rgb.data(), PixelType::kU8, 2, 2, 9};  // a third pixel lies between the rows
  for (const PixelPoint at :
       {PixelPoint{0, 0}, PixelPoint{-1, -1}, PixelPoint{1, 1}, PixelPoint{2, 0}, PixelPoint{0, -2}}) {
    Canvas canvas(2, 2);
    canvas.blit(picture, at);
    for (int y = 0; y < 2; ++y) {
      for (int x = 0; x < 2; ++x) {
        const int from_x = x - at.x, from_y = y - at.y;
        const bool inside = from_x >= 0 && from_x < 2 && from_y >= 0 && from_y < 2;
        const auto value = static_cast<uint8_t>(1 + from_y * 2 + from_x);
        EXPECT_EQ(pixel(canvas, x, y), inside ? (Canvas::Color{value, value, value}) : kPaper) << at.x << " " << at.y;
      }
    }
  }
}

TEST(Canvas, WritesText) {
  Canvas canvas(9, 11);
  canvas.text({0, 0}, "Tg", {kInk});
  EXPECT_EQ(seen(canvas), (Rows{"#####......", "..#........", "..#....####", "..#...#...#", "..#...#...#",
                                "..#...#...#", "..#....####", "..........#", ".......###."}));
  Canvas large(18, 22);
  large.text({0, 0}, "Tg", {kInk, 2});
  const auto small_rows = seen(canvas), rows = seen(large);
  for (int y = 0; y < 18; ++y) {
    for (int x = 0; x < 22; ++x) EXPECT_EQ(rows[y][x], small_rows[y / 2][x / 2]);
  }
}

TEST(Canvas, EveryCharacterHasAShapeOfItsOwn) {
  std::set<Rows> shapes;
  for (char c = ' '; c < 127; ++c) {
    Canvas canvas(kTextHeight, kTextAdvance);
    canvas.text({0, 0}, std::string(1, c), {kInk});
    EXPECT_TRUE(shapes.insert(seen(canvas)).second) << c;
    for (const auto& row : seen(canvas)) EXPECT_EQ(row.back(), '.') << c;
  }
  for (const auto row : font::kSheet) EXPECT_EQ(row.size(), size_t{6} * font::kColumns - 1) << row;
}

TEST(Canvas, OtherCharactersAreOneBox) {
  const auto painted = [](std::string_view text) {
    Canvas canvas(kTextHeight, 4 * kTextAdvance);
    canvas.text({0, 0}, text, {kInk});
    return seen(canvas);
  };
  EXPECT_EQ(painted("\xC3\xA4x"), painted("ax"));
  EXPECT_EQ(painted("\x01x"), painted("\x7Fx"));
  EXPECT_NE(painted("\x7Fx"), painted(" x"));
}

TEST(Canvas, RefusesImpossibleCalls) {
  EXPECT_THROW(Canvas(0, 3), std::logic_error);
  Canvas canvas(3, 3);
  EXPECT_THROW(canvas.text({0, 0}, "a", {kInk, 0}), std::logic_error);
  EXPECT_THROW(canvas.fill({0, 0, 3 * kMaxImageSide, 1}, kInk), std::logic_error);
}

TEST(FitText, CutsWhatIsTooWide) {
  EXPECT_EQ(text_width(""), 0);
  EXPECT_EQ(text_width("abc", 2), 34);
  EXPECT_EQ(fit_text("walking", text_width("walking")), "walking");
  EXPECT_EQ(fit_text("walking", text_width("walking") - 1), "walk..");
  EXPECT_EQ(fit_text("walking", 100, 4), "wa..");
  EXPECT_EQ(fit_text("walking", 10), "");
  EXPECT_EQ(text_width("gro\xC3\x9F"), text_width("gross"));
  EXPECT_EQ(fit_text("gro\xC3\x9F", text_width("gross")), "gro\xC3\x9F");
  EXPECT_EQ(fit_text("\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F\xC3\x9F", text_width("12345")), "aou..");
  for (int width = 0; width < 120; ++width) EXPECT_LE(text_width(fit_text("a longer name of a class", width)), width);
}

}  // namespace
}  // namespace trecvit
