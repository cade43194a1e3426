#include "trecvit/image/resize.h"

#include <algorithm>
#include <span>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

// How samples of one type are weighted, summed and written back.
struct ByteMath {
  using Sample = uint8_t;
  using Weight = int32_t;
  using Sum = int32_t;
  static constexpr Sum kStart = 1 << 21;  // half a unit, for rounding
  static uint8_t finish(Sum sum) { return static_cast<uint8_t>(std::min(sum >> 22, 255)); }
  static const std::vector<Weight>& weights(const ResampleAxis& axis) { return axis.fixed; }
};

struct FloatMath {
  using Sample = float;
  using Weight = double;
  using Sum = double;
  static constexpr Sum kStart = 0;
  static float finish(Sum sum) { return static_cast<float>(sum); }
  static const std::vector<Weight>& weights(const ResampleAxis& axis) { return axis.weights; }
};

template <class Math>
void filter_row(const typename Math::Sample* in, const ResampleAxis& axis, typename Math::Sample* out) {
  const auto* weights = Math::weights(axis).data();
  for (size_t x = 0; x < axis.first.size(); ++x, weights += axis.taps, out += 3) {
    const auto* pixel = in + static_cast<ptrdiff_t>(axis.first[x]) * 3;
    typename Math::Sum red = Math::kStart, green = Math::kStart, blue = Math::kStart;
    for (int k = 0; k < axis.count[x]; ++k, pixel += 3) {
      red += weights[k] * pixel[0];
      green += weights[k] * pixel[1];
      blue += weights[k] * pixel[2];
    }
    out[0] = Math::finish(red);
    out[1] = Math::finish(green);
    out[2] = Math::finish(blue);
  }
}

template <class Sample>
struct Output {
  Sample* pixels;
  ptrdiff_t stride;  // samples
};

// rows: [.., sums.size()], the first of them is input row `base`.
template <class Math>
void filter_columns(const typename Math::Sample* rows, int base, const ResampleAxis& axis,
                    std::span<typename Math::Sum> sums, Output<typename Math::Sample> out) {
  const size_t width = sums.size();
  for (size_t y = 0; y < axis.first.size(); ++y) {
    std::fill(sums.begin(), sums.end(), Math::kStart);
    for (int k = 0; k < axis.count[y]; ++k) {
      const auto weight = Math::weights(axis)[y * axis.taps + k];
      const auto* row = rows + (axis.first[y] + k - base) * width;
      for (size_t i = 0; i < width; ++i) sums[i] += weight * row[i];
    }
    auto* out_row = out.pixels + static_cast<ptrdiff_t>(y) * out.stride;
    for (size_t i = 0; i < width; ++i) out_row[i] = Math::finish(sums[i]);
  }
}

template <class Math>
struct Scratch {
  std::vector<typename Math::Sample>& rows;
  std::vector<typename Math::Sum>& sums;
};

template <class Math>
void resize(const ImageView& frame, const ResampleAxis& rows, const ResampleAxis& columns, Scratch<Math> scratch,
            Output<typename Math::Sample> out) {
  const int begin = rows.first.front(), end = rows.first.back() + rows.count.back();
  const size_t width = columns.first.size() * 3;
  scratch.rows.resize(static_cast<size_t>(end - begin) * width);
  scratch.sums.resize(width);
  for (int y = begin; y < end; ++y) {
    filter_row<Math>(frame.row<typename Math::Sample>(y), columns, &scratch.rows[(y - begin) * width]);
  }
  filter_columns<Math>(scratch.rows.data(), begin, rows, scratch.sums, out);
}

}  // namespace

Resizer::Resizer(const AxisGeometry& rows, const AxisGeometry& columns)
    : in_height_(rows.in),
      in_width_(columns.in),
      rows_(make_resample_axis(rows)),
      columns_(make_resample_axis(columns)) {}

void Resizer::run(const ImageView& frame, uint8_t* out, int out_stride_pixels) {
  TRECVIT_CHECK(frame.type == PixelType::kU8 && frame.height == in_height_ && frame.width == in_width_);
  resize<ByteMath>(frame, rows_, columns_, {scratch_u8_, sums_u8_}, {out, ptrdiff_t{3} * out_stride_pixels});
}

void Resizer::run(const ImageView& frame, float* out, int out_stride_pixels) {
  TRECVIT_CHECK(frame.type == PixelType::kF32 && frame.height == in_height_ && frame.width == in_width_);
  resize<FloatMath>(frame, rows_, columns_, {scratch_f32_, sums_f32_}, {out, ptrdiff_t{3} * out_stride_pixels});
}

}  // namespace trecvit
