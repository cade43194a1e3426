// The recurrent cell of one head: block of rows by block of rows, so that everything between x and h stays in the
// cache.
#pragma once

#include "trecvit/engine/simd/dense_impl.h"

namespace trecvit::simd {

// Rows of a block: two tiles, so that each panel of the gates is read once for both.
template <class V>
inline constexpr int64_t kCellRows = 2 * V::kTileRows;

template <class V>
int64_t cell_scratch_floats(int64_t width) {
  return kCellRows<V> * (padded<V>(width) + padded<V>(2 * width));
}

// A head's part of a row is too short for the processor to see a pattern in it, and the state of a layer has left the
// caches since the last frame; so each row is asked for well before its turn.
template <class V>
void fetch_token(const CellCall& call, int64_t token) {
  constexpr int64_t kLine = 16;
  const float *x = call.x + token * call.ldxy, *y = call.y + token * call.ldxy, *h = call.h + token * call.ldh;
  for (int64_t j = 0; j < call.width; j += kLine) {
    __builtin_prefetch(x + j, 0, 3);
    __builtin_prefetch(y + j, 0, 3);
    __builtin_prefetch(h + j, 1, 3);
    for (int64_t i = 0; i < call.taps - 1; ++i) __builtin_prefetch(call.history[i] + token * call.ldh + j, i == 0, 3);
  }
}

// out[0, width) = the convolution at one token, whose oldest input then gives way to the newest.
template <class V>
void convolve_token(const CellCall& call, int64_t token, float* out) {
  using F = typename V::F;
  const float* x = call.x + token * call.ldxy;
  const int64_t old = call.taps - 1;  // inputs in the history
  for_each_vector<V>(call.width, [&](int64_t j, auto lanes) {
    const F newest = lanes.load(x + j);
    F sum = V::fma(lanes.load(call.conv_weight + old * call.ldw + j), newest, lanes.load(call.conv_bias + j));
    for (int64_t i = old - 1; i >= 0; --i) {
      const F input = lanes.load(call.history[i] + token * call.ldh + j);
      sum = V::fma(lanes.load(call.conv_weight + i * call.ldw + j), input, sum);
    }
    if (old > 0) lanes.store(call.history[0] + token * call.ldh + j, newest);
    lanes.store(out + j, sum);
  });
}

enum class Update { kFirst, kSqrt, kConvex };

// The new h, from the old one, ga times the decay, and gx * c.
template <class V, Update kUpdate>
[[gnu::always_inline]] inline typename V::F update(typename V::F h, typename V::F log_a, typename V::F input) {
  if constexpr (kUpdate == Update::kFirst) {
    return input;
  } else {
    const SplitExp<V> a = split_exp<V>(log_a);
    // 1 - a and 1 - a^2 = (1 - a)(1 + a) keep their digits where a is close to 1, which is where memory is long.
    typename V::F scale = a.one_minus();
    if constexpr (kUpdate == Update::kSqrt) scale = V::sqrt(V::mul(scale, V::add(V::set(1.0f), a.exp())));
    return V::fma(a.exp(), h, V::mul(scale, input));
  }
}

// gates [2 * width] is overwritten. Two loops, because a vector's way from gate to h is longer than the window in which
// the processor finds other work to do.
template <class V, Update kUpdate>
void update_token(const CellCall& call, int64_t token, const float* conv, float* gates) {
  using F = typename V::F;
  for_each_vector<V>(2 * call.width,
                     [&](int64_t j, auto lanes) { lanes.store(gates + j, sigmoid<V>(lanes.load(gates + j))); });
  const float* y = call.y + token * call.ldxy;
  float *h = call.h + token * call.ldh, *out = call.out + token * call.ldo;
  for_each_vector<V>(call.width, [&](int64_t j, auto lanes) {
    const F input = V::mul(lanes.load(gates + j), lanes.load(conv + j));
    const F log_a = V::mul(lanes.load(gates + call.width + j), lanes.load(call.decay + j));
    const F now = update<V, kUpdate>(lanes.load(h + j), log_a, input);
    lanes.store(h + j, now);
    lanes.store(out + j, V::mul(now, gelu<V>(lanes.load(y + j))));
  });
}

template <class V>
void cell(const CellCall& call) {
  const int64_t conv_ld = padded<V>(call.width), gates_ld = padded<V>(2 * call.width);
  const int64_t panels = gates_ld / (2 * V::kWidth);
  float *conv = call.scratch, *gates = conv + kCellRows<V> * conv_ld;
  const auto update_rows = call.first    ? &update_token<V, Update::kFirst>
                           : call.convex ? &update_token<V, Update::kConvex>
                                         : &update_token<V, Update::kSqrt>;
  for_each_row_block<V>(call.row_begin, call.row_end, kCellRows<V>, [&](int64_t token, int64_t rows) {
    for (int64_t i = 0; i < rows; ++i) convolve_token<V>(call, token + i, conv + i * conv_ld);
    for (int64_t p = 0; p < panels; ++p) {
      dense<V>({.a = conv,
                .lda = conv_ld,
                .row_begin = 0,
                .row_end = rows,
                .weights = call.gates,
                .panel_begin = p,
                .panel_end = p + 1,
                .epilogue = Epilogue::kStore,
                .c = gates,
                .ldc = gates_ld});
      // Spread over the panels, memory works while the tiles multiply.
      const int64_t next = token + rows;
      for (int64_t i = rows * p / panels; i < rows * (p + 1) / panels && next + i < call.row_end; ++i) {
        fetch_token<V>(call, next + i);
      }
    }
    for (int64_t i = 0; i < rows; ++i) update_rows(call, token + i, conv + i * conv_ld, gates + i * gates_ld);
  });
}

}  // namespace trecvit::simd
