// Loops over a row, vector by vector, with a possibly partial last one; and over rows, block by block.
//
// The headers of this folder are compiled once per instruction set, into one program. Every function and type in them
// is a template over the vector class (or a member of it), so that no two sets ever share a symbol: the linker keeps
// one copy of an inline function, and a copy with AVX-512 in it must not be the one that an older processor runs. For
// the same reason nothing here may call an inline function of another header, the standard library's included.
#pragma once

#include <cstdint>

namespace trecvit::simd {

// body(column, lanes) for the vectors of a row of `width` floats.
template <class V, class Body>
[[gnu::always_inline]] inline void for_each_vector(int64_t width, const Body& body) {
  int64_t column = 0;
  for (; column + V::kWidth <= width; column += V::kWidth) body(column, typename V::All{});
  if (column < width) body(column, typename V::First(width - column));
}

// body(first row, rows) for blocks of nearly equal size, at most `most` rows each.
template <class V, class Body>
[[gnu::always_inline]] inline void for_each_row_block(int64_t begin, int64_t end, int64_t most, const Body& body) {
  for (int64_t blocks = (end - begin + most - 1) / most; blocks > 0; --blocks) {
    const int64_t rows = (end - begin + blocks - 1) / blocks;
    body(begin, rows);
    begin += rows;
  }
}

// Floats of a row padded to whole panels of two vectors.
template <class V>
constexpr int64_t padded(int64_t width) {
  return (width + 2 * V::kWidth - 1) / (2 * V::kWidth) * (2 * V::kWidth);
}

}  // namespace trecvit::simd
