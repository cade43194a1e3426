// Sixteen floats of AVX-512 (F, BW, DQ, VL). Same interface as vec_avx2.h; the kernels are templates over it.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace trecvit::simd {

struct Avx512 {
  using F = __m512;
  static constexpr const char* kName = "avx512";
  static constexpr int64_t kWidth = 16;
  // Rows of the register tile: 2 * 14 sums, 2 weights and 1 broadcast are 31 of the 32 registers.
  static constexpr int kTileRows = 14;

  // A choice of lanes to load and store: all, or the first few.
  struct All {
    [[gnu::always_inline]] F load(const float* p) const { return _mm512_loadu_ps(p); }
    [[gnu::always_inline]] F load_or(const float* p, F) const { return _mm512_loadu_ps(p); }
    [[gnu::always_inline]] void store(float* p, F v) const { _mm512_storeu_ps(p, v); }
  };
  struct First {
    __mmask16 mask;
    // Any count: none below 1, all from kWidth on.
    [[gnu::always_inline]] explicit First(int64_t count)
        : mask(static_cast<__mmask16>(count <= 0        ? 0
                                      : count >= kWidth ? 0xffff
                                                        : (1 << count) - 1)) {}
    // Lanes not loaded are zero, or those of `otherwise`.
    [[gnu::always_inline]] F load(const float* p) const { return _mm512_maskz_loadu_ps(mask, p); }
    [[gnu::always_inline]] F load_or(const float* p, F otherwise) const {
      return _mm512_mask_loadu_ps(otherwise, mask, p);
    }
    [[gnu::always_inline]] void store(float* p, F v) const { _mm512_mask_storeu_ps(p, mask, v); }
  };

  [[gnu::always_inline]] static F zero() { return _mm512_setzero_ps(); }
  [[gnu::always_inline]] static F set(float x) { return _mm512_set1_ps(x); }
  [[gnu::always_inline]] static F load(const float* p) { return _mm512_loadu_ps(p); }
  [[gnu::always_inline]] static void store(float* p, F v) { _mm512_storeu_ps(p, v); }
  [[gnu::always_inline]] static F add(F a, F b) { return _mm512_add_ps(a, b); }
  [[gnu::always_inline]] static F sub(F a, F b) { return _mm512_sub_ps(a, b); }
  [[gnu::always_inline]] static F mul(F a, F b) { return _mm512_mul_ps(a, b); }
  [[gnu::always_inline]] static F div(F a, F b) { return _mm512_div_ps(a, b); }
  [[gnu::always_inline]] static F sqrt(F a) { return _mm512_sqrt_ps(a); }
  // If either is not a number, the result is b.
  [[gnu::always_inline]] static F min(F a, F b) { return _mm512_min_ps(a, b); }
  [[gnu::always_inline]] static F max(F a, F b) { return _mm512_max_ps(a, b); }
  // a b + c and c - a b, rounded once.
  [[gnu::always_inline]] static F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
  [[gnu::always_inline]] static F fnma(F a, F b, F c) { return _mm512_fnmadd_ps(a, b, c); }
  // The low eight bits of each lane become the exponent of a float.
  [[gnu::always_inline]] static F low_bits_to_exponent(F a) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(a), 23));
  }
  [[gnu::always_inline]] static float sum(F a) { return _mm512_reduce_add_ps(a); }
  [[gnu::always_inline]] static float largest(F a) { return _mm512_reduce_max_ps(a); }

  // Rows to columns of a 16 x 16 square.
  [[gnu::always_inline]] static void transpose(F (&m)[kWidth]) {
    F t[kWidth];
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += 4) {  // 4 x 4 squares inside every 128 bits
      const __m512d a = _mm512_castps_pd(_mm512_unpacklo_ps(m[i], m[i + 1]));
      const __m512d b = _mm512_castps_pd(_mm512_unpackhi_ps(m[i], m[i + 1]));
      const __m512d c = _mm512_castps_pd(_mm512_unpacklo_ps(m[i + 2], m[i + 3]));
      const __m512d d = _mm512_castps_pd(_mm512_unpackhi_ps(m[i + 2], m[i + 3]));
      t[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, c));
      t[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, c));
      t[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(b, d));
      t[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(b, d));
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {  // then exchange whole squares
      const F a = _mm512_shuffle_f32x4(t[i], t[i + 4], 0x88), b = _mm512_shuffle_f32x4(t[i], t[i + 4], 0xdd);
      const F c = _mm512_shuffle_f32x4(t[i + 8], t[i + 12], 0x88), d = _mm512_shuffle_f32x4(t[i + 8], t[i + 12], 0xdd);
      m[i] = _mm512_shuffle_f32x4(a, c, 0x88);
      m[i + 8] = _mm512_shuffle_f32x4(a, c, 0xdd);
      m[i + 4] = _mm512_shuffle_f32x4(b, d, 0x88);
      m[i + 12] = _mm512_shuffle_f32x4(b, d, 0xdd);
    }
  }
};

}  // namespace trecvit::simd
