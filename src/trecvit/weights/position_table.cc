#include "trecvit/weights/position_table.h"

#include <algorithm>
#include <cmath>

namespace trecvit {
namespace {

// Where a new entry lies between two old ones along an axis.
struct Between {
  int64_t low, high;
  double part;  // weight of `high`
};

Between between(int64_t index, int64_t from, int64_t to) {
  const auto last = static_cast<double>(from - 1);
  const double at = to == 1 ? last / 2 : static_cast<double>(index) * last / static_cast<double>(to - 1);
  const int64_t low = std::min(static_cast<int64_t>(at), from - 1);
  return {low, std::min(low + 1, from - 1), at - static_cast<double>(low)};
}

}  // namespace

std::optional<PatchGrid> square_grid(int64_t patches) {
  constexpr int64_t kSane = int64_t{1} << 40;  // an empty tensor may declare any shape
  if (patches < 1 || patches > kSane) return std::nullopt;
  const auto side = static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(patches))));
  if (side * side != patches) return std::nullopt;
  return PatchGrid{side, side};
}

HostTensor resize_positions(const HostTensor& table, PatchGrid from, PatchGrid to) {
  TRECVIT_CHECK(table.shape().size() == 3 && table.shape()[1] == from.rows * from.columns && table.count() > 0);
  const int64_t width = table.shape()[2];
  HostTensor resized({1, to.rows * to.columns, width}, DType::kF32);
  const auto old = table.as<float>();
  const auto out = resized.as<float>();
  const auto entry = [&](int64_t row, int64_t column) {
    return old.subspan(static_cast<size_t>((row * from.columns + column) * width), static_cast<size_t>(width));
  };
  for (int64_t i = 0; i < to.rows * to.columns; ++i) {
    const Between y = between(i / to.columns, from.rows, to.rows);
    const Between x = between(i % to.columns, from.columns, to.columns);
    const auto a = entry(y.low, x.low), b = entry(y.low, x.high), c = entry(y.high, x.low), d = entry(y.high, x.high);
    for (size_t k = 0; k < static_cast<size_t>(width); ++k) {
      const double above = (1 - x.part) * a[k] + x.part * b[k], below = (1 - x.part) * c[k] + x.part * d[k];
      out[static_cast<size_t>(i * width) + k] = static_cast<float>((1 - y.part) * above + y.part * below);
    }
  }
  return resized;
}

}  // namespace trecvit
