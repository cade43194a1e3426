// Properties of resizing and preprocessing for pictures of every size.
#include "trecvit/image/resize.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ostream>
#include <span>
#include <vector>

#include "image/view_of.h"
#include "trecvit/base/error.h"
#include "trecvit/image/placement.h"
#include "trecvit/image/preprocess.h"

namespace trecvit {
namespace {

using test::view_of;

// RGB pixels [height, width, 3] with a repeated pattern of bytes; rows may have unused bytes at the end.
struct DrawnPicture {
  int height = 1, width = 1, room = 0;  // room: unused bytes after each row
  std::vector<uint8_t> pattern = {0};

  uint8_t at(size_t i) const { return pattern[i % pattern.size()]; }
  size_t values() const { return size_t{3} * height * width; }
  std::vector<uint8_t> bytes() const {
    std::vector<uint8_t> all(values());
    for (size_t i = 0; i < all.size(); ++i) all[i] = at(i);
    return all;
  }
  std::vector<float> floats() const {
    std::vector<float> all(values());
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<float>(at(i)) / 255;
    return all;
  }
};
std::ostream& operator<<(std::ostream& out, const DrawnPicture& picture) {
  out << picture.width << " x " << picture.height << ", " << picture.room << " bytes after each row, of bytes";
  for (const uint8_t byte : picture.pattern) out << " " << int{byte};
  return out;
}

constexpr int kMostSide = 100;
rc::Gen<int> any_side() { return rc::gen::resize(rc::kNominalSize, rc::gen::inRange(1, kMostSide + 1)); }

rc::Gen<DrawnPicture> any_picture() {
  using P = DrawnPicture;
  const auto byte = rc::gen::oneOf(rc::gen::element<uint8_t>(0, 255), rc::gen::arbitrary<uint8_t>());
  return rc::gen::build<P>(
      rc::gen::set(&P::height, any_side()), rc::gen::set(&P::width, any_side()),
      rc::gen::set(&P::room, rc::gen::inRange(0, 9)),
      rc::gen::set(&P::pattern, rc::gen::nonEmpty(rc::gen::container<std::vector<uint8_t>>(byte))));
}

// The pixels of the picture resized to another size.
template <class T>
std::vector<T> resized(const std::vector<T>& in, const DrawnPicture& picture, PixelSize to) {
  std::vector<T> out(size_t{3} * to.height * to.width);
  Resizer(whole_axis(picture.height, to.height), whole_axis(picture.width, to.width))
      .run(view_of(in, picture.height, picture.width), out.data(), to.width);
  return out;
}

PixelSize draw_size() {
  const int height = *any_side(), width = *any_side();
  return {height, width};
}

template <class T>
bool all_are(const std::vector<T>& values, T value) {
  return std::all_of(values.begin(), values.end(), [value](T each) { return each == value; });
}

// A picture of one colour keeps this colour at every size, bit for bit.
RC_GTEST_PROP(ResizeProperty, AConstantPictureStaysConstant, ()) {
  DrawnPicture picture = *any_picture();
  picture.pattern = {*rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<uint8_t>())};
  const PixelSize to = draw_size();
  RC_ASSERT(all_are(resized(picture.bytes(), picture, to), picture.at(0)));
  RC_ASSERT(all_are(resized(picture.floats(), picture, to), static_cast<float>(picture.at(0)) / 255));
}

template <class T>
void expect_within(const std::vector<T>& out, const std::vector<T>& in) {
  const auto [least, most] = std::minmax_element(in.begin(), in.end());
  RC_ASSERT(*std::min_element(out.begin(), out.end()) >= *least);
  RC_ASSERT(*std::max_element(out.begin(), out.end()) <= *most);
}

// No pixel of the result is darker or brighter than all pixels of the picture.
RC_GTEST_PROP(ResizeProperty, ResultsStayInTheRangeOfThePicture, ()) {
  const DrawnPicture picture = *any_picture();
  const PixelSize to = draw_size();
  expect_within(resized(picture.bytes(), picture, to), picture.bytes());
  expect_within(resized(picture.floats(), picture, to), picture.floats());
}

// A picture that is resized to its own size is unchanged.
RC_GTEST_PROP(ResizeProperty, TheSameSizeIsTheSamePicture, ()) {
  const DrawnPicture picture = *any_picture();
  const PixelSize same{picture.height, picture.width};
  RC_ASSERT(resized(picture.bytes(), picture, same) == picture.bytes());
  RC_ASSERT(resized(picture.floats(), picture, same) == picture.floats());
}

// Any part of a resized picture that is computed by itself equals the same part of the whole.
RC_GTEST_PROP(ResizeProperty, APartEqualsThatPartOfTheWhole, ()) {
  const DrawnPicture picture = *any_picture();
  const PixelSize to = draw_size();
  const int rows = *rc::gen::inRange(1, to.height + 1), top = *rc::gen::inRange(0, to.height - rows + 1);
  const int columns = *rc::gen::inRange(1, to.width + 1), left = *rc::gen::inRange(0, to.width - columns + 1);
  const auto in = picture.bytes(), whole = resized(in, picture, to);
  AxisGeometry y = whole_axis(picture.height, to.height), x = whole_axis(picture.width, to.width);
  y.skip = top, y.out = rows;
  x.skip = left, x.out = columns;
  std::vector<uint8_t> part(size_t{3} * rows * columns);
  Resizer(y, x).run(view_of(in, picture.height, picture.width), part.data(), columns);
  for (int row = 0; row < rows; ++row) {
    const auto begin = whole.begin() + (ptrdiff_t{1} * (top + row) * to.width + left) * 3;
    RC_ASSERT(std::equal(begin, begin + ptrdiff_t{3} * columns, part.begin() + ptrdiff_t{3} * row * columns));
  }
}

// The weights of every output sum to 1 and reach no sample outside the picture, for any part of any axis.
RC_GTEST_PROP(ResizeProperty, WeightsAreAMeanOfSamplesInside, ()) {
  const int in = *rc::gen::inRange(1, 2000), full = *rc::gen::inRange(1, 2000);
  const int begin = *rc::gen::inRange(0, in), extent = *rc::gen::inRange(1, in - begin + 1);
  const ResampleAxis axis = make_resample_axis({in, begin * 1.0, extent * 1.0, full, 0, full});
  for (int i = 0; i < full; ++i) {
    const auto at = static_cast<size_t>(i);
    RC_ASSERT(axis.first[at] >= 0);
    RC_ASSERT(axis.count[at] >= 1);
    RC_ASSERT(axis.count[at] <= axis.taps);
    RC_ASSERT(axis.first[at] + axis.count[at] <= in);
    double sum = 0;
    for (int k = 0; k < axis.taps; ++k) {
      const double weight = axis.weights[at * static_cast<size_t>(axis.taps) + static_cast<size_t>(k)];
      RC_ASSERT(weight >= 0);
      sum += weight;
    }
    RC_ASSERT(std::abs(sum - 1) < 1e-12);
  }
}

rc::Gen<PreprocessConfig> any_rule() {
  using P = PreprocessConfig;
  return rc::gen::build<P>(rc::gen::set(&P::resize, rc::gen::element(Resize::kShortSide, Resize::kExact, Resize::kPad)),
                           rc::gen::set(&P::crop, rc::gen::element(Crop::kCenter, Crop::kNone)),
                           rc::gen::set(&P::scale, rc::gen::element(1.0 / 255, 1.0, 1 / 127.5)));
}

// The picture in rows with unused bytes at the end, stored from the top down or from the bottom up. `memory` owns it.
ImageView spread(const DrawnPicture& picture, bool upwards, std::vector<uint8_t>& memory) {
  const ptrdiff_t row = ptrdiff_t{3} * picture.width, stride = row + picture.room;
  memory.assign(static_cast<size_t>(stride * picture.height), 77);
  const auto bytes = picture.bytes();
  for (int y = 0; y < picture.height; ++y) {
    const int place = upwards ? picture.height - 1 - y : y;
    std::copy_n(bytes.begin() + y * row, row, memory.begin() + place * stride);
  }
  const uint8_t* first = memory.data() + (upwards ? (picture.height - 1) * stride : 0);
  return {first, PixelType::kU8, picture.height, picture.width, upwards ? -stride : stride};
}

// A picture of the model's size is only scaled, under every rule and with every layout of its rows.
RC_GTEST_PROP(PreprocessProperty, APictureOfTheModelsSizeIsOnlyScaled, ()) {
  const DrawnPicture picture = *any_picture();
  const PreprocessConfig rule = *any_rule();
  Preprocessor preprocess(rule, picture.height, picture.width);
  std::vector<uint8_t> memory;
  std::vector<float> out(picture.values()), want(picture.values());
  preprocess(spread(picture, *rc::gen::arbitrary<bool>(), memory), out);
  for (size_t i = 0; i < want.size(); ++i) want[i] = static_cast<float>(picture.at(i) * rule.scale);
  RC_ASSERT(out == want);
  const auto floats = picture.floats();
  preprocess(view_of(floats, picture.height, picture.width), out);
  RC_ASSERT(out == floats);
}

// A picture of any size becomes the model's input with colours in its own range, and black if it is padded; or it is
// refused because cropping is forbidden. A preprocessor that is used again gives the same result as a new one.
RC_GTEST_PROP(PreprocessProperty, AnyPictureFitsOrIsRefused, ()) {
  const PreprocessConfig rule = *any_rule();
  const PixelSize input = draw_size();
  Preprocessor kept(rule, input.height, input.width);
  for (const auto& picture : *rc::gen::container<std::vector<DrawnPicture>>(3, any_picture())) {
    std::vector<uint8_t> memory;
    const ImageView view = spread(picture, *rc::gen::arbitrary<bool>(), memory);
    std::vector<float> out(size_t{3} * input.height * input.width, -1.0f), again(out);
    try {
      kept(view, out);
    } catch (const Error& error) {
      RC_ASSERT(error.kind() == ErrorKind::kInput);
      RC_ASSERT(rule.crop == Crop::kNone);
      continue;
    }
    Preprocessor(rule, input.height, input.width)(view, again);
    RC_ASSERT(out == again);
    const auto bytes = picture.bytes();
    const auto [least, most] = std::minmax_element(bytes.begin(), bytes.end());
    const Placement placement = place(rule, {picture.height, picture.width}, input);
    for (int y = 0; y < input.height; ++y) {
      for (int x = 0; x < input.width; ++x) {
        const bool inside = y >= placement.top && y < placement.top + placement.rows.out && x >= placement.left &&
                            x < placement.left + placement.columns.out;
        const float low = inside ? static_cast<float>(*least * rule.scale) : 0;
        const float high = inside ? static_cast<float>(*most * rule.scale) : 0;
        for (int c = 0; c < 3; ++c) {
          const float value =
              out[(static_cast<size_t>(y) * static_cast<size_t>(input.width) + static_cast<size_t>(x)) * 3 +
                  static_cast<size_t>(c)];
          if (value < low || value > high) RC_FAIL("a pixel is out of range");
        }
      }
    }
  }
}

// The part of a picture that is kept lies inside the picture, and fills the input unless the picture is padded.
RC_GTEST_PROP(PreprocessProperty, PlacementsLieInside, ()) {
  const auto side = rc::gen::oneOf(rc::gen::inRange(1, 300), rc::gen::inRange(1, kMaxImageSide + 1));
  const PixelSize frame{*side, *side}, input{*side, *side};
  PreprocessConfig rule = *any_rule();
  rule.crop = Crop::kCenter;
  const Placement placement = place(rule, frame, input);
  const auto expect_inside = [&](const AxisGeometry& axis, int of_frame, int of_input, int offset) {
    RC_ASSERT(axis.in == of_frame);
    RC_ASSERT(axis.begin >= 0);
    RC_ASSERT(axis.begin + axis.extent <= of_frame);
    RC_ASSERT(axis.skip >= 0);
    RC_ASSERT(axis.skip <= axis.full - axis.out);
    RC_ASSERT(axis.out >= 1);
    RC_ASSERT(offset >= 0);
    RC_ASSERT(offset + axis.out <= of_input);
    if (rule.resize != Resize::kPad) RC_ASSERT(axis.out == of_input);
  };
  expect_inside(placement.rows, frame.height, input.height, placement.top);
  expect_inside(placement.columns, frame.width, input.width, placement.left);
}

}  // namespace
}  // namespace trecvit
