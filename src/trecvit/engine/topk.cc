#include "trecvit/engine/topk.h"

#include <algorithm>
#include <cmath>

#include "trecvit/base/error.h"

namespace trecvit {

void top_k(std::span<const float> values, std::span<int64_t> indices) {
  TRECVIT_CHECK(indices.size() <= values.size());
  const auto value = [values](int64_t index) { return values[static_cast<size_t>(index)]; };
  // NaN is smaller than everything else, so that the order is total.
  const auto larger = [](float a, float b) { return a > b || (std::isnan(b) && !std::isnan(a)); };
  size_t found = 0;
  for (int64_t i = 0; i < static_cast<int64_t>(values.size()); ++i) {
    size_t place = found;
    while (place > 0 && larger(value(i), value(indices[place - 1]))) --place;
    if (place == indices.size()) continue;
    found = std::min(found + 1, indices.size());
    for (size_t j = found - 1; j > place; --j) indices[j] = indices[j - 1];
    indices[place] = i;
  }
}

}  // namespace trecvit
