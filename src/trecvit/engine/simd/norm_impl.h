// Layer norm and RMS norm, row by row.
#pragma once

#include "trecvit/base/simd/vector_loop.h"

namespace trecvit::simd {

// 1 / sqrt(mean + 1e-6) in every lane.
template <class V>
[[gnu::always_inline]] inline typename V::F inverse_root(float sum, float width) {
  return V::div(V::set(1.0f), V::sqrt(V::set(sum / width + 1e-6f)));
}

template <class V>
void layer_norm(const float* x, const float* scale, const float* bias, int64_t width, int64_t begin, int64_t end,
                float* out) {
  using F = typename V::F;
  const auto count = static_cast<float>(width);
  for (int64_t row = begin; row < end; ++row) {
    const float* in = x + row * width;
    float* to = out + row * width;
    F sum = V::zero(), squares = V::zero();
    for_each_vector<V>(width, [&](int64_t j, auto lanes) { sum = V::add(sum, lanes.load(in + j)); });
    const F mean = V::set(V::sum(sum) / count);
    for_each_vector<V>(width, [&](int64_t j, auto lanes) {
      const F centred = V::sub(lanes.load_or(in + j, mean), mean);
      squares = V::fma(centred, centred, squares);
    });
    const F inverse = inverse_root<V>(V::sum(squares), count);
    for_each_vector<V>(width, [&](int64_t j, auto lanes) {
      const F normal = V::mul(V::sub(lanes.load(in + j), mean), inverse);
      lanes.store(to + j, V::fma(normal, lanes.load(scale + j), lanes.load(bias + j)));
    });
  }
}

template <class V>
void rms_norm(const float* x, const float* scale, int64_t width, int64_t begin, int64_t end, float* out) {
  using F = typename V::F;
  for (int64_t row = begin; row < end; ++row) {
    const float* in = x + row * width;
    float* to = out + row * width;
    F squares = V::zero();
    for_each_vector<V>(width, [&](int64_t j, auto lanes) {
      const F v = lanes.load(in + j);
      squares = V::fma(v, v, squares);
    });
    const F inverse = inverse_root<V>(V::sum(squares), static_cast<float>(width));
    for_each_vector<V>(width, [&](int64_t j, auto lanes) {
      lanes.store(to + j, V::mul(V::mul(lanes.load(in + j), inverse), lanes.load(scale + j)));
    });
  }
}

}  // namespace trecvit::simd
