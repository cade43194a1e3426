// Shapes: the extent of each axis, outermost first (row-major, C order). A scalar has no axes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace trecvit {

using Shape = std::vector<int64_t>;

// Product of the extents; nullopt when an extent is negative or the product does not fit.
std::optional<int64_t> element_count(const Shape& shape);

// "[4, 197, 768]"
std::string to_string(const Shape& shape);

}  // namespace trecvit
