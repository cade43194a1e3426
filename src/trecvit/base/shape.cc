#include "trecvit/base/shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "trecvit/base/checked.h"

namespace trecvit {

std::optional<int64_t> element_count(const Shape& shape) {
  // An empty tensor may have any other extents, as long as their product fits, so that strides fit too.
  int64_t count = 1;
  bool empty = false;
  for (int64_t extent : shape) {
    if (extent < 0) return std::nullopt;
    if (extent == 0) {
      empty = true;
      continue;
    }
    auto product = checked_mul(count, extent);
    if (!product) return std::nullopt;
    count = *product;
  }
  return empty ? 0 : count;
}

std::string to_string(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

}  // namespace trecvit
