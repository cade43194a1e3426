// The filter table follows Pillow's rules (center of an output, rounding of the first and last tap, order of the
// operations in double), because equal bytes need equal weights to the last bit.
#include <algorithm>
#include <cmath>

#include "trecvit/base/error.h"
#include "trecvit/image/resize.h"

namespace trecvit {
namespace {

constexpr int kFixedBits = 22;  // of 32 bits this leaves 8 for the value and 2 of headroom

double triangle(double x) {
  x = std::abs(x);
  return x < 1.0 ? 1.0 - x : 0.0;
}

}  // namespace

AxisGeometry whole_axis(int in, int full) { return {in, 0.0, static_cast<double>(in), full, 0, full}; }

ResampleAxis make_resample_axis(const AxisGeometry& geometry) {
  const auto& [in, begin, extent, full, skip, out] = geometry;
  TRECVIT_CHECK(in >= 1 && in <= kMaxImageSide && out >= 1 && out <= kMaxImageSide);
  TRECVIT_CHECK(begin >= 0 && extent > 0 && begin + extent <= in);
  TRECVIT_CHECK(skip >= 0 && skip <= full - out);

  const double scale = extent / full;
  const double support = std::max(scale, 1.0);  // half the width of the triangle, in input samples
  ResampleAxis axis;
  axis.taps = static_cast<int>(std::ceil(support)) * 2 + 1;
  axis.first.resize(out);
  axis.count.resize(out);
  axis.weights.resize(static_cast<size_t>(out) * axis.taps);
  axis.fixed.resize(axis.weights.size());
  for (int i = 0; i < out; ++i) {
    const double center = begin + (skip + i + 0.5) * scale;
    const int first = std::max(static_cast<int>(center - support + 0.5), 0);
    const int count = std::min(static_cast<int>(center + support + 0.5), in) - first;
    double* weights = &axis.weights[static_cast<size_t>(i) * axis.taps];
    double sum = 0;
    for (int k = 0; k < count; ++k) sum += weights[k] = triangle((k + first - center + 0.5) * (1.0 / support));
    int32_t* fixed = &axis.fixed[static_cast<size_t>(i) * axis.taps];
    for (int k = 0; k < count; ++k) {
      weights[k] /= sum;
      fixed[k] = static_cast<int32_t>(0.5 + weights[k] * (1 << kFixedBits));
    }
    axis.first[i] = first;
    axis.count[i] = count;
  }
  return axis;
}

}  // namespace trecvit
