// Eight floats of AVX2 with FMA. Same interface as vec_avx512.h; the kernels are templates over it.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace trecvit::simd {

struct Avx2 {
  using F = __m256;
  static constexpr const char* kName = "avx2";
  static constexpr int64_t kWidth = 8;
  // Rows of the register tile: 2 * 6 sums, 2 weights and 1 broadcast are 15 of the 16 registers.
  static constexpr int kTileRows = 6;

  // A choice of lanes to load and store: all, or the first few.
  struct All {
    [[gnu::always_inline]] F load(const float* p) const { return _mm256_loadu_ps(p); }
    [[gnu::always_inline]] F load_or(const float* p, F) const { return _mm256_loadu_ps(p); }
    [[gnu::always_inline]] void store(float* p, F v) const { _mm256_storeu_ps(p, v); }
  };
  struct First {
    __m256i mask;
    // Any count: none below 1, all from kWidth on.
    [[gnu::always_inline]] explicit First(int64_t count)
        : mask(_mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count < 0        ? 0
                                                                     : count > kWidth ? kWidth
                                                                                      : count)),
                                  _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))) {}
    // Lanes not loaded are zero, or those of `otherwise`.
    [[gnu::always_inline]] F load(const float* p) const { return _mm256_maskload_ps(p, mask); }
    [[gnu::always_inline]] F load_or(const float* p, F otherwise) const {
      return _mm256_blendv_ps(otherwise, load(p), _mm256_castsi256_ps(mask));
    }
    [[gnu::always_inline]] void store(float* p, F v) const { _mm256_maskstore_ps(p, mask, v); }
  };

  [[gnu::always_inline]] static F zero() { return _mm256_setzero_ps(); }
  [[gnu::always_inline]] static F set(float x) { return _mm256_set1_ps(x); }
  [[gnu::always_inline]] static F load(const float* p) { return _mm256_loadu_ps(p); }
  [[gnu::always_inline]] static void store(float* p, F v) { _mm256_storeu_ps(p, v); }
  [[gnu::always_inline]] static F add(F a, F b) { return _mm256_add_ps(a, b); }
  [[gnu::always_inline]] static F sub(F a, F b) { return _mm256_sub_ps(a, b); }
  [[gnu::always_inline]] static F mul(F a, F b) { return _mm256_mul_ps(a, b); }
  [[gnu::always_inline]] static F div(F a, F b) { return _mm256_div_ps(a, b); }
  [[gnu::always_inline]] static F sqrt(F a) { return _mm256_sqrt_ps(a); }
  // If either is not a number, the result is b.
  [[gnu::always_inline]] static F min(F a, F b) { return _mm256_min_ps(a, b); }
  [[gnu::always_inline]] static F max(F a, F b) { return _mm256_max_ps(a, b); }
  // a b + c and c - a b, rounded once.
  [[gnu::always_inline]] static F fma(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
  [[gnu::always_inline]] static F fnma(F a, F b, F c) { return _mm256_fnmadd_ps(a, b, c); }
  // The low eight bits of each lane become the exponent of a float.
  [[gnu::always_inline]] static F low_bits_to_exponent(F a) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(a), 23));
  }
  [[gnu::always_inline]] static float sum(F a) {
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
  }
  [[gnu::always_inline]] static float largest(F a) {
    const __m128 four = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
  }

  // Rows to columns of an 8 x 8 square.
  [[gnu::always_inline]] static void transpose(F (&m)[kWidth]) {
    F t[kWidth];
#pragma GCC unroll 2
    for (int i = 0; i < 8; i += 4) {  // 4 x 4 squares inside both halves
      const __m256d a = _mm256_castps_pd(_mm256_unpacklo_ps(m[i], m[i + 1]));
      const __m256d b = _mm256_castps_pd(_mm256_unpackhi_ps(m[i], m[i + 1]));
      const __m256d c = _mm256_castps_pd(_mm256_unpacklo_ps(m[i + 2], m[i + 3]));
      const __m256d d = _mm256_castps_pd(_mm256_unpackhi_ps(m[i + 2], m[i + 3]));
      t[i] = _mm256_castpd_ps(_mm256_unpacklo_pd(a, c));
      t[i + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(a, c));
      t[i + 2] = _mm256_castpd_ps(_mm256_unpacklo_pd(b, d));
      t[i + 3] = _mm256_castpd_ps(_mm256_unpackhi_pd(b, d));
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {  // then exchange whole squares
      m[i] = _mm256_permute2f128_ps(t[i], t[i + 4], 0x20);
      m[i + 4] = _mm256_permute2f128_ps(t[i], t[i + 4], 0x31);
    }
  }
};

}  // namespace trecvit::simd
