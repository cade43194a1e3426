// The rows of recurrence_rows.h over a vector class. Included by one source file per instruction set;
// base/simd/vector_loop.h says what this file must not contain.
#pragma once

#include "trecvit/base/simd/math_impl.h"
#include "trecvit/model/recurrence_rows.h"

namespace trecvit::simd {

using model::BackwardRow;
using model::ForwardRow;
using model::RowUpdate;

// 1 - a^2 = (1 - a)(1 + a) stays accurate if a is close to 1.
template <class V>
[[gnu::always_inline]] inline typename V::F one_minus_square(const SplitExp<V>& a) {
  return V::mul(a.one_minus(), V::add(V::set(1.0f), a.exp()));
}

template <class V, RowUpdate kUpdate>
void forward_row(const ForwardRow<float>& row) {
  using F = typename V::F;
  for_each_vector<V>(row.width, [&](int64_t j, auto lanes) {
    const F i = sigmoid<V>(V::add(lanes.load(row.input_gate + j), lanes.load(row.input_gate_bias + j)));
    const F r = sigmoid<V>(V::add(lanes.load(row.a_gate + j), lanes.load(row.a_gate_bias + j)));
    lanes.store(row.input_gate + j, i);
    lanes.store(row.a_gate + j, r);
    F h = V::mul(i, lanes.load(row.conv + j));
    if constexpr (kUpdate != RowUpdate::kFirst) {
      const SplitExp<V> a = split_exp<V>(V::mul(r, lanes.load(row.decay + j)));
      const F scale = kUpdate == RowUpdate::kSqrt ? V::sqrt(one_minus_square(a)) : a.one_minus();
      h = V::fma(a.exp(), lanes.load(row.h_before + j), V::mul(scale, h));
    }
    lanes.store(row.h_after + j, h);
    if (row.out != nullptr) lanes.store(row.out + j, V::mul(h, gelu<V>(lanes.load(row.y + j))));
  });
}

template <class V, RowUpdate kUpdate>
void backward_row(const BackwardRow<float>& row) {
  using F = typename V::F;
  constexpr float kSlope = 1.5957691216f, kCubic = 0.044715f;
  const F one = V::set(1.0f);
  for_each_vector<V>(row.width, [&](int64_t j, auto lanes) {
    const F y = lanes.load(row.y + j), grad_out = lanes.load(row.grad_out + j), square = V::mul(y, y);
    // gelu(y) = y s, and its derivative s + y s (1 - s) slope.
    const F s = sigmoid<V>(V::mul(y, V::fma(square, V::set(kSlope * kCubic), V::set(kSlope))));
    const F slope = V::fma(square, V::set(3 * kSlope * kCubic), V::set(kSlope));
    const F ys = V::mul(y, s), derivative = V::fma(V::mul(ys, V::sub(one, s)), slope, s);
    lanes.store(row.grad_y + j, V::mul(V::mul(grad_out, lanes.load(row.h_after + j)), derivative));
    const F grad_h = V::fma(grad_out, ys, lanes.load(row.grad_h + j));
    const F i = lanes.load(row.input_gate + j), c = lanes.load(row.conv + j);
    F grad_input = grad_h, grad_log_a = V::zero(), grad_before = V::zero();
    const F r = lanes.load(row.a_gate + j), decay = lanes.load(row.decay + j);
    if constexpr (kUpdate != RowUpdate::kFirst) {
      const SplitExp<V> split = split_exp<V>(V::mul(r, decay));
      const F a = split.exp(), through_input = V::mul(grad_h, V::mul(i, c));
      grad_before = V::mul(grad_h, a);
      F slope_of_input;  // d beta / d log a, divided by -a
      if constexpr (kUpdate == RowUpdate::kSqrt) {
        const F z = one_minus_square(split);
        grad_input = V::mul(grad_h, V::sqrt(z));
        slope_of_input = V::div(a, V::sqrt(V::max(z, V::set(static_cast<float>(model::kSmallestRadicand)))));
      } else {
        grad_input = V::mul(grad_h, split.one_minus());
        slope_of_input = one;
      }
      grad_log_a = V::mul(a, V::fnma(through_input, slope_of_input, V::mul(grad_h, lanes.load(row.h_before + j))));
    }
    lanes.store(row.grad_h + j, grad_before);
    lanes.store(row.grad_conv + j, V::mul(grad_input, i));
    lanes.store(row.grad_input_gate + j, V::mul(V::mul(grad_input, c), V::mul(i, V::sub(one, i))));
    lanes.store(row.grad_a_gate + j, V::mul(V::mul(grad_log_a, decay), V::mul(r, V::sub(one, r))));
    lanes.store(row.grad_decay + j, V::fma(grad_log_a, r, lanes.load(row.grad_decay + j)));
  });
}

template <class V>
void forward_any(const ForwardRow<float>& row) {
  if (row.update == RowUpdate::kFirst) return forward_row<V, RowUpdate::kFirst>(row);
  if (row.update == RowUpdate::kSqrt) return forward_row<V, RowUpdate::kSqrt>(row);
  forward_row<V, RowUpdate::kConvex>(row);
}

template <class V>
void backward_any(const BackwardRow<float>& row) {
  if (row.update == RowUpdate::kFirst) return backward_row<V, RowUpdate::kFirst>(row);
  if (row.update == RowUpdate::kSqrt) return backward_row<V, RowUpdate::kSqrt>(row);
  backward_row<V, RowUpdate::kConvex>(row);
}

// The pointers are copied so that, for the usual number of taps, they stay in registers: the compiler cannot know that
// writing the sums does not overwrite them. kCount: number of products, or 0 for any number.
template <class V, int64_t kCount>
void weighted_sum_of(int64_t width, int64_t count, const float* const* a, const float* const* b, const float* start,
                     float* out) {
  constexpr int64_t kRoom = kCount > 0 ? kCount : model::kMostTerms;
  const int64_t terms = kCount > 0 ? kCount : count;
  const float *left[kRoom], *right[kRoom];
  for (int64_t i = 0; i < terms; ++i) {
    left[i] = a[i];
    right[i] = b[i];
  }
  for_each_vector<V>(width, [&](int64_t j, auto lanes) {
    typename V::F sum = start != nullptr ? lanes.load(start + j) : V::zero();
#pragma GCC unroll 4
    for (int64_t i = 0; i < terms; ++i) sum = V::fma(lanes.load(left[i] + j), lanes.load(right[i] + j), sum);
    lanes.store(out + j, sum);
  });
}

template <class V>
void weighted_sum_row(int64_t width, int64_t count, const float* const* a, const float* const* b, const float* start,
                      float* out) {
  (count == 4 ? &weighted_sum_of<V, 4> : &weighted_sum_of<V, 0>)(width, count, a, b, start, out);
}

template <class V, int64_t kCount>
void add_products_of(int64_t width, int64_t count, const float* const* a, const float* b, float* const* out) {
  constexpr int64_t kRoom = kCount > 0 ? kCount : model::kMostTerms;
  const int64_t terms = kCount > 0 ? kCount : count;
  const float* left[kRoom];
  float* sums[kRoom];
  for (int64_t i = 0; i < terms; ++i) {
    left[i] = a[i];
    sums[i] = out[i];
  }
  for_each_vector<V>(width, [&](int64_t j, auto lanes) {
    const typename V::F factor = lanes.load(b + j);
#pragma GCC unroll 4
    for (int64_t i = 0; i < terms; ++i)
      lanes.store(sums[i] + j, V::fma(lanes.load(left[i] + j), factor, lanes.load(sums[i] + j)));
  });
}

template <class V>
void add_products_row(int64_t width, int64_t count, const float* const* a, const float* b, float* const* out) {
  (count == 4 ? &add_products_of<V, 4> : &add_products_of<V, 0>)(width, count, a, b, out);
}

template <class V>
void add_row(int64_t width, const float* a, float* out) {
  for_each_vector<V>(
      width, [=](int64_t j, auto lanes) { lanes.store(out + j, V::add(lanes.load(a + j), lanes.load(out + j))); });
}

template <class V>
inline constexpr model::RecurrenceRows<float> kRecurrenceRows = {
    V::kName, &forward_any<V>, &backward_any<V>, &weighted_sum_row<V>, &add_products_row<V>, &add_row<V>};

}  // namespace trecvit::simd
