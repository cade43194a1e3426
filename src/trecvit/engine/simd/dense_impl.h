// Dense layers: a tile of sums in registers, walked over row blocks, panels and slices of the inputs.
#pragma once

#include "trecvit/base/simd/math_impl.h"
#include "trecvit/engine/kernels.h"

namespace trecvit::simd {

// The product of some rows with one slice of one panel; a, b and c point at its first elements.
template <class V>
struct PanelCall {
  const float* a;
  int64_t lda;
  int64_t rows;
  const float* b;  // [depth, 2 * kWidth]
  int64_t depth;
  const float* fetch;  // kFetch * depth floats to prefetch into the cache meanwhile
  float* c;
  int64_t ldc;
  int64_t columns;    // valid columns of c, at most 2 * kWidth
  const float* bias;  // null for none
  bool add;           // add to the contents of c
};

// One cache line is prefetched per four inputs, so that a few tiles fetch the whole next slice.
inline constexpr int64_t kFetch = 4;

// kRows <= kTileRows rows, both vectors of the panel. Every sum adds its products in the order of the inputs, whatever
// the tile, so that results do not depend on how rows are split.
template <class V, int kRows>
[[gnu::noinline]] void multiply_tile(const PanelCall<V>& call) {
  using F = typename V::F;
  F sums[kRows][2];
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) sums[i][0] = sums[i][1] = V::zero();

  const float *a = call.a, *b = call.b, *fetch = call.fetch;
  const int64_t lda = call.lda, depth = call.depth;
  for (int64_t k = 0; k < depth; ++k) {
    if (k % 4 == 0) __builtin_prefetch(fetch + kFetch * k, 0, 2);
    const F b0 = V::load(b + k * 2 * V::kWidth), b1 = V::load(b + k * 2 * V::kWidth + V::kWidth);
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const F x = V::set(a[i * lda + k]);
      sums[i][0] = V::fma(x, b0, sums[i][0]);
      sums[i][1] = V::fma(x, b1, sums[i][1]);
    }
  }

  const F bias0 = call.bias != nullptr ? V::load(call.bias) : V::zero();
  const F bias1 = call.bias != nullptr ? V::load(call.bias + V::kWidth) : V::zero();
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
    float* c = call.c + i * call.ldc;
    F c0 = V::add(sums[i][0], bias0), c1 = V::add(sums[i][1], bias1);
    if (call.add) {
      c0 = V::add(V::load(c), c0);
      c1 = V::add(V::load(c + V::kWidth), c1);
    }
    V::store(c, c0);
    V::store(c + V::kWidth, c1);
  }
}

template <class V, int kRows = V::kTileRows>
[[gnu::always_inline]] inline void multiply_rows(const PanelCall<V>& call) {
  if constexpr (kRows > 0) {
    if (call.rows == kRows) return multiply_tile<V, kRows>(call);
    multiply_rows<V, kRows - 1>(call);
  }
}

template <class V>
[[gnu::always_inline]] inline void copy_columns(const float* from, int64_t from_ld, float* to, int64_t to_ld,
                                                const PanelCall<V>& call) {
  for (int64_t i = 0; i < call.rows; ++i) {
    for_each_vector<V>(call.columns, [&](int64_t j, auto lanes) {
      lanes.store(to + i * to_ld + j, lanes.load(from + i * from_ld + j));
    });
  }
}

// The last panel of a layer may be wider than the remaining columns of c, so it goes through a separate tile.
template <class V>
[[gnu::noinline]] void multiply_narrow(PanelCall<V> call) {
  constexpr int64_t kTile = 2 * V::kWidth;
  alignas(64) float tile[V::kTileRows * kTile] = {};
  float* c = call.c;
  const int64_t ldc = call.ldc;
  if (call.add) copy_columns<V>(c, ldc, tile, kTile, call);
  call.c = tile;
  call.ldc = kTile;
  multiply_rows<V>(call);
  copy_columns<V>(tile, kTile, c, ldc, call);
}

// At most kTileRows rows.
template <class V>
[[gnu::always_inline]] inline void multiply(const PanelCall<V>& call) {
  if (call.columns == 2 * V::kWidth) {
    multiply_rows<V>(call);
  } else {
    multiply_narrow<V>(call);
  }
}

template <class V>
void activate(Epilogue epilogue, const PanelCall<V>& call) {
  for (int64_t i = 0; i < call.rows; ++i) {
    float* c = call.c + i * call.ldc;
    for_each_vector<V>(call.columns, [&](int64_t j, auto lanes) {
      const typename V::F x = lanes.load(c + j);
      lanes.store(c + j, epilogue == Epilogue::kGelu ? gelu<V>(x) : tanh<V>(x));
    });
  }
}

// One slice of one panel for all rows of the call.
template <class V>
void multiply_panel(const DenseCall& call, PanelCall<V> slice, bool last) {
  const bool activated = last && (call.epilogue == Epilogue::kGelu || call.epilogue == Epilogue::kTanh);
  const float *a = slice.a, *fetch = slice.fetch, *fetch_end = fetch + slice.depth * 2 * V::kWidth;
  float* c = slice.c;
  for_each_row_block<V>(call.row_begin, call.row_end, V::kTileRows, [&](int64_t row, int64_t rows) {
    slice.rows = rows;
    slice.a = a + row * slice.lda;
    slice.c = c + row * slice.ldc;
    slice.fetch = fetch < fetch_end ? fetch : slice.b;
    fetch += kFetch * slice.depth;
    multiply<V>(slice);
    if (activated) activate<V>(call.epilogue, slice);
  });
}

// One slice of the inputs, for all rows, should stay in the second-level cache while the panels pass: 197 * 384 floats
// are 300 KB. Slicing also shortens the sums. The slices depend only on the number of inputs, so the same is true of
// the bits.
inline constexpr int64_t kMaxDepth = 384;

// A packed layer: panels of 2 * kWidth outputs, each [inputs, 2 * kWidth], the last one padded with zeros; then the
// bias [outputs rounded up to whole panels].
template <class V>
int64_t padded_outputs(int64_t outputs) {
  return (outputs + 2 * V::kWidth - 1) / (2 * V::kWidth) * (2 * V::kWidth);
}

template <class V>
size_t packed_bytes(int64_t inputs, int64_t outputs) {
  return static_cast<size_t>((inputs + 1) * padded_outputs<V>(outputs)) * sizeof(float);
}

template <class V>
void pack(const PackCall& call) {
  constexpr int64_t kPanel = 2 * V::kWidth;
  auto* panels = reinterpret_cast<float*>(call.packed);
  float* bias = panels + call.inputs * padded_outputs<V>(call.outputs) + call.first;
  for (int64_t column = 0; column < call.columns; ++column) {
    const int64_t target = call.first + column;
    float* out = panels + target / kPanel * call.inputs * kPanel + target % kPanel;
    for (int64_t i = 0; i < call.inputs; ++i) out[i * kPanel] = call.w[i * call.columns + column];
    bias[column] = call.bias[column];
  }
}

template <class V>
void dense(const DenseCall& call) {
  constexpr int64_t kPanel = 2 * V::kWidth;
  const PackedDense& weights = *call.weights;
  const auto* panels = reinterpret_cast<const float*>(weights.data);
  const float* bias = panels + weights.inputs * padded_outputs<V>(weights.outputs);
  const int64_t slices = (weights.inputs + kMaxDepth - 1) / kMaxDepth;
  const int64_t most = (weights.inputs + slices - 1) / slices;
  for (int64_t k = 0; k < weights.inputs; k += most) {
    const int64_t depth = weights.inputs - k < most ? weights.inputs - k : most;
    const bool last = k + depth == weights.inputs;
    for (int64_t p = call.panel_begin; p < call.panel_end; ++p) {
      const float* b = panels + (p * weights.inputs + k) * kPanel;
      const float* next = p + 1 < call.panel_end ? b + weights.inputs * kPanel
                          : last                 ? b
                                                 : panels + (call.panel_begin * weights.inputs + k + depth) * kPanel;
      const int64_t left = weights.outputs - p * kPanel;
      multiply_panel<V>(call,
                        {.a = call.a + k,
                         .lda = call.lda,
                         .rows = 0,
                         .b = b,
                         .depth = depth,
                         .fetch = next,
                         .c = call.c + p * kPanel,
                         .ldc = call.ldc,
                         .columns = left < kPanel ? left : kPanel,
                         .bias = last ? bias + p * kPanel : nullptr,
                         .add = k > 0 || call.epilogue == Epilogue::kResidual},
                        last);
    }
  }
}

}  // namespace trecvit::simd
