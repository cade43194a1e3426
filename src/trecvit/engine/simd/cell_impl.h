// The recurrent cell of one head: one block of rows at a time, so that everything between x and h stays in the cache.
#pragma once

#include "trecvit/engine/simd/dense_impl.h"

namespace trecvit::simd {

// Rows per block. More rows make longer runs of state that the processor can prefetch; this many take 170 KB of scratch
// memory at a width of 128 with sixteen lanes, a part of the second-level cache.
template <class V>
inline constexpr int64_t kCellRows = 8 * V::kTileRows;

template <class V>
int64_t cell_scratch_floats(int64_t width) {
  return kCellRows<V> * (padded<V>(width) + padded<V>(2 * width));
}

// out[0, width) = the convolution at one token, whose oldest input is then replaced by the newest. kTaps is the number
// of taps, or 0 for any number. The history comes from memory, so the speed depends on how many loads are in flight:
// hence a short loop, unrolled over the usual number of taps, with its pointers in registers.
template <class V, int64_t kTaps>
void convolve_token(const CellCall& call, int64_t token, float* out) {
  const int64_t taps = kTaps > 0 ? kTaps : call.taps;
  const float *inputs[kTaps > 0 ? kTaps : kMaxTaps], *weights[kTaps > 0 ? kTaps : kMaxTaps];
  const float *newest = call.x + token * call.ldxy, *bias = call.conv_bias;
  for (int64_t i = 0; i < taps; ++i) {
    inputs[i] = i + 1 < taps ? call.history[i] + token * call.ldh : newest;
    weights[i] = call.conv_weight + i * call.ldw;
  }
  float* oldest = taps > 1 ? call.history[0] + token * call.ldh : nullptr;
  for_each_vector<V>(call.width, [&](int64_t j, auto lanes) {
    typename V::F sum = lanes.load(bias + j);
#pragma GCC unroll 4
    for (int64_t i = taps - 1; i >= 0; --i) sum = V::fma(lanes.load(weights[i] + j), lanes.load(inputs[i] + j), sum);
    if (oldest != nullptr) lanes.store(oldest + j, lanes.load(newest + j));
    lanes.store(out + j, sum);
  });
}

enum class Update { kFirst, kSqrt, kConvex };

// The new h, from the old h, ga times the decay, and gx * c.
template <class V, Update kUpdate>
[[gnu::always_inline]] inline typename V::F update(typename V::F h, typename V::F log_a, typename V::F input) {
  if constexpr (kUpdate == Update::kFirst) {
    return input;
  } else {
    const SplitExp<V> a = split_exp<V>(log_a);
    // 1 - a and 1 - a^2 = (1 - a)(1 + a) keep their digits if a is close to 1, that is, if memory is long.
    typename V::F scale = a.one_minus();
    if constexpr (kUpdate == Update::kSqrt) scale = V::sqrt(V::mul(scale, V::add(V::set(1.0f), a.exp())));
    return V::fma(a.exp(), h, V::mul(scale, input));
  }
}

// Overwrites gates [2 * width]. Two loops, because a vector's dependency chain from gate to h is longer than the
// processor's out-of-order window.
template <class V, Update kUpdate>
void update_token(const CellCall& call, int64_t token, const float* conv, float* gates) {
  using F = typename V::F;
  for_each_vector<V>(2 * call.width,
                     [=](int64_t j, auto lanes) { lanes.store(gates + j, sigmoid<V>(lanes.load(gates + j))); });
  const float *y = call.y + token * call.ldxy, *decay = call.decay, *gates_a = gates + call.width;
  float *h = call.h + token * call.ldh, *out = call.out + token * call.ldo;
  for_each_vector<V>(call.width, [=](int64_t j, auto lanes) {
    const F input = V::mul(lanes.load(gates + j), lanes.load(conv + j));
    const F log_a = V::mul(lanes.load(gates_a + j), lanes.load(decay + j));
    const F now = update<V, kUpdate>(lanes.load(h + j), log_a, input);
    lanes.store(h + j, now);
    lanes.store(out + j, V::mul(now, gelu<V>(lanes.load(y + j))));
  });
}

template <class V>
void cell(const CellCall& call) {
  const int64_t conv_ld = padded<V>(call.width), gates_ld = padded<V>(2 * call.width);
  float *conv = call.scratch, *gates = conv + kCellRows<V> * conv_ld;
  const auto update_rows = call.first    ? &update_token<V, Update::kFirst>
                           : call.convex ? &update_token<V, Update::kConvex>
                                         : &update_token<V, Update::kSqrt>;
  const auto convolve = call.taps == 4 ? &convolve_token<V, 4> : &convolve_token<V, 0>;
  for_each_row_block<V>(call.row_begin, call.row_end, kCellRows<V>, [&](int64_t token, int64_t rows) {
    for (int64_t i = 0; i < rows; ++i) convolve(call, token + i, conv + i * conv_ld);
    dense<V>({.a = conv,
              .lda = conv_ld,
              .row_begin = 0,
              .row_end = rows,
              .weights = call.gates,
              .panel_begin = 0,
              .panel_end = gates_ld / (2 * V::kWidth),
              .epilogue = Epilogue::kStore,
              .c = gates,
              .ldc = gates_ld});
    for (int64_t i = 0; i < rows; ++i) update_rows(call, token + i, conv + i * conv_ld, gates + i * gates_ld);
  });
}

}  // namespace trecvit::simd
