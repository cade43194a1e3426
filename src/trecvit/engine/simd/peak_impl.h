// Measures the most multiply-adds that a core can do: independent sums in registers, no memory.
#pragma once

#include <cstdint>

namespace trecvit::simd {

// Runs `rounds` rounds and returns the number of floating-point operations they took; `sink` keeps the sums from being
// removed.
template <class V>
double peak_rounds(int64_t rounds, float* sink) {
  constexpr int kSums = 12;  // hides a latency of four to six cycles at two per cycle
  typename V::F sums[kSums];
#pragma GCC unroll 12
  for (int i = 0; i < kSums; ++i) sums[i] = V::set(static_cast<float>(i));
  typename V::F factor = V::set(0.999f), term = V::set(0.001f);
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (auto& sum : sums) sum = V::fma(sum, factor, term);
  }
  typename V::F total = sums[0];
#pragma GCC unroll 12
  for (int i = 1; i < kSums; ++i) total = V::add(total, sums[i]);
  *sink = V::sum(total);
  return static_cast<double>(rounds) * kSums * V::kWidth * 2;
}

}  // namespace trecvit::simd
