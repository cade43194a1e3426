// Attention of one head: keys and values packed as panels of a dense layer, then scores, softmax and the weighted mean
// of the values for as many queries at a time as a register tile has rows.
#pragma once

#include "trecvit/engine/simd/dense_impl.h"

namespace trecvit::simd {

template <class V>
int64_t attention_scratch_floats(int64_t tokens, int64_t width) {
  return padded<V>(tokens) * width + padded<V>(width) * tokens + V::kTileRows * padded<V>(tokens);
}

// Packs keys [tokens, width] as the panels of a layer [width -> tokens]. Tokens beyond the last one are zero.
template <class V>
void pack_keys(const AttentionCall& call, float* panels) {
  constexpr int64_t kPanel = 2 * V::kWidth;
  for (int64_t token = 0; token < padded<V>(call.tokens); token += V::kWidth) {
    float* panel = panels + token / kPanel * kPanel * call.width + token % kPanel;
    for (int64_t j = 0; j < call.width; j += V::kWidth) {
      typename V::F square[V::kWidth];
      const typename V::First lanes(call.width - j);
#pragma GCC unroll 16
      for (int64_t i = 0; i < V::kWidth; ++i) {
        square[i] = token + i < call.tokens ? lanes.load(call.k + (token + i) * call.ldqkv + j) : V::zero();
      }
      V::transpose(square);
      for (int64_t i = 0; i < V::kWidth && j + i < call.width; ++i) V::store(panel + (j + i) * kPanel, square[i]);
    }
  }
}

// Packs values [tokens, width] as the panels of a layer [tokens -> width].
template <class V>
void pack_values(const AttentionCall& call, float* panels) {
  constexpr int64_t kPanel = 2 * V::kWidth;
  for (int64_t j = 0; j < call.width; j += kPanel) {
    const typename V::First low(call.width - j), high(call.width - j - V::kWidth);
    for (int64_t token = 0; token < call.tokens; ++token) {
      const float* v = call.v + token * call.ldqkv + j;
      float* to = panels + j * call.tokens + token * kPanel;
      V::store(to, low.load(v));
      V::store(to + V::kWidth, high.load(v + V::kWidth));
    }
  }
}

// scores = e^(scale (scores - max)) in place; returns their sum.
template <class V>
float softmax_numerators(float* scores, int64_t tokens, float scale) {
  using F = typename V::F;
  // A lane beyond the last token counts as the lowest score: it is never the maximum, and adds 1e-38 to a sum of 1 or
  // more.
  const F lowest = V::set(-3.4e38f), factor = V::set(scale);
  F highest = lowest, sum = V::zero();
  for_each_vector<V>(tokens,
                     [&](int64_t j, auto lanes) { highest = V::max(highest, lanes.load_or(scores + j, lowest)); });
  highest = V::set(V::largest(highest));
  for_each_vector<V>(tokens, [&](int64_t j, auto lanes) {
    const F e = exp<V>(V::mul(V::sub(lanes.load_or(scores + j, lowest), highest), factor));
    sum = V::add(sum, e);
    lanes.store(scores + j, e);
  });
  return V::sum(sum);
}

// Multiplies the rows of `a`, at most kTileRows, by panels [depth -> outputs].
template <class V>
void multiply_panels(PanelCall<V> call, int64_t outputs) {
  constexpr int64_t kPanel = 2 * V::kWidth;
  for (int64_t j = 0; j < outputs; j += kPanel) {
    call.columns = outputs - j < kPanel ? outputs - j : kPanel;
    call.fetch = call.b;
    multiply<V>(call);
    call.b += kPanel * call.depth;
    call.c += kPanel;
  }
}

template <class V>
void attention(const AttentionCall& call) {
  const int64_t tokens = call.tokens, width = call.width, scores_ld = padded<V>(tokens);
  float *keys = call.scratch, *values = keys + scores_ld * width, *scores = values + padded<V>(width) * tokens;
  pack_keys<V>(call, keys);
  pack_values<V>(call, values);
  const float scale = 1.0f / __builtin_sqrtf(static_cast<float>(width));
  for_each_row_block<V>(call.row_begin, call.row_end, V::kTileRows, [&](int64_t row, int64_t rows) {
    PanelCall<V> product = {.a = call.q + row * call.ldqkv,
                            .lda = call.ldqkv,
                            .rows = rows,
                            .b = keys,
                            .depth = width,
                            .fetch = keys,
                            .c = scores,
                            .ldc = scores_ld,
                            .columns = 0,
                            .bias = nullptr,
                            .add = false};
    multiply_panels<V>(product, scores_ld);
    float sums[V::kTileRows];
    for (int64_t i = 0; i < rows; ++i) sums[i] = softmax_numerators<V>(scores + i * scores_ld, tokens, scale);

    float* out = call.out + row * call.ldo;
    product.a = scores, product.lda = scores_ld;
    product.b = values, product.depth = tokens;
    product.c = out, product.ldc = call.ldo;
    multiply_panels<V>(product, width);
    for (int64_t i = 0; i < rows; ++i) {
      const typename V::F inverse = V::set(1.0f / sums[i]);
      for_each_vector<V>(width, [&](int64_t j, auto lanes) {
        float* to = out + i * call.ldo + j;
        lanes.store(to, V::mul(lanes.load(to), inverse));
      });
    }
  });
}

}  // namespace trecvit::simd
