// The arithmetic of one frame as a table of functions, one table per instruction set. The walk over layers
// (fused_encoder.cc) is written once on top of it; the plain versions of all these functions are in reference_ops.h.
//
// Every function computes only the part of the output that the call names, so that a caller can split work between
// threads; the results are the same bits however the work is split. No function allocates. Matrices are row-major
// float32; ld* is the distance between two rows in floats. Columns beyond a width are never written.
#pragma once

#include <cstddef>
#include <cstdint>

#include "trecvit/base/simd/vector_function.h"

namespace trecvit {

// A dense layer [inputs -> outputs] in a form that only the kernels that packed it can read (Kernels::pack).
struct PackedDense {
  int64_t inputs = 0, outputs = 0;
  const std::byte* data = nullptr;  // Kernels::packed_bytes bytes, aligned to 64
};

// Columns of a dense layer to pack. A packed layer may consist of several layers side by side that share their inputs.
struct PackCall {
  const float* w = nullptr;         // [inputs, columns]
  const float* bias = nullptr;      // [columns]
  int64_t inputs = 0, columns = 0;  // of w
  int64_t outputs = 0, first = 0;   // of the whole packed layer, and where in it the columns go
  std::byte* packed = nullptr;      // Kernels::packed_bytes(inputs, outputs), all zeros before the first call
};

enum class Epilogue {
  kStore,     // c = a w + bias
  kGelu,      // c = gelu(a w + bias), tanh form
  kTanh,      // c = tanh(a w + bias)
  kResidual,  // c = c + a w + bias
};

struct DenseCall {
  const float* a = nullptr;  // [rows, inputs]
  int64_t lda = 0;
  int64_t row_begin = 0, row_end = 0;
  const PackedDense* weights = nullptr;
  int64_t panel_begin = 0, panel_end = 0;
  Epilogue epilogue = Epilogue::kStore;
  float* c = nullptr;  // [rows, outputs]
  int64_t ldc = 0;
};

// conv -> gates -> RG-LRU -> times gelu(y), for one head (a block of `width` = R/H channels) and some tokens of one
// frame. All row pointers already point at the head's first channel. For token n and channel j of the head:
//
// clang-format off
//   c    = conv_bias + sum_{s=0}^{K-1} conv_weight[K-1-s] * v_s        v_0 = x[n, j], v_s = the input s frames ago
//   gx   = sigmoid(sum_i c_i Wx[i, j] + bx[j])                         ga likewise
//   a    = exp(decay[j] * ga)                                          decay = -8 softplus(a_param), precomputed
//   m    = sqrt(1 - a^2)  (input_scale sqrt)   or   1 - a  (convex)
//   h    = a h + m gx c                                                on the first frame h = gx c
//   out  = h * gelu(y)
// clang-format on
//
// Afterwards the oldest history slot holds x (the caller rotates the slots).
struct CellCall {
  int64_t row_begin = 0, row_end = 0;
  int64_t width = 0;         // channels of the head
  const float* x = nullptr;  // [N, ...] linear_x of this frame
  const float* y = nullptr;  // [N, ...] linear_y of this frame, before gelu
  int64_t ldxy = 0;
  int64_t taps = 0;                    // K, 1 to kMaxTaps
  float* const* history = nullptr;     // K - 1 slots [N, R], oldest first
  int64_t ldh = 0;                     // distance between rows in history and h
  const float* conv_weight = nullptr;  // [K, ...] rows ldw apart
  int64_t ldw = 0;
  const float* conv_bias = nullptr;    // [width]
  const PackedDense* gates = nullptr;  // [width -> 2 * width]: input gate, then decay gate
  const float* decay = nullptr;        // [width]
  bool first = false;                  // position 0 of the stream
  bool convex = false;
  float* h = nullptr;    // [N, ...] in and out
  float* out = nullptr;  // [N, ...]
  int64_t ldo = 0;
  float* scratch = nullptr;  // cell_scratch_floats(width)
};
inline constexpr int64_t kMaxTaps = 16;

// softmax(q k^T / sqrt(width)) v for one head. Keys and values of all tokens are packed first, then any rows of queries
// are computed.
struct AttentionCall {
  int64_t tokens = 0, width = 0;  // N, D/H
  const float* q = nullptr;       // [N, ...] the head's first column; k and v likewise
  const float* k = nullptr;
  const float* v = nullptr;
  int64_t ldqkv = 0;
  int64_t row_begin = 0, row_end = 0;  // queries to compute
  float* out = nullptr;                // [N, ...]
  int64_t ldo = 0;
  float* scratch = nullptr;  // attention_scratch_floats(tokens, width)
};

// Kernels own no memory. One that needs some, as a dense layer that quantises its inputs would, gets it through its
// call, sized by a function here, from FusedWorkspace, which holds scratch memory for each thread. A cell also computes
// a dense layer, its gates, and so passes on some of its own.
struct Kernels {
  // Number of outputs of a dense layer that are computed together, a panel; threads split work in whole panels.
  int64_t panel_columns;
  size_t (*packed_bytes)(int64_t inputs, int64_t outputs);
  void (*pack)(const PackCall& call);
  void (*dense)(const DenseCall& call);
  // out = (x - mean) / sqrt(variance + 1e-6) * scale + bias, rows [begin, end) of [N, width], two-pass variance.
  void (*layer_norm)(const float* x, const float* scale, const float* bias, int64_t width, int64_t begin, int64_t end,
                     float* out);
  // out = x / sqrt(mean(x^2) + 1e-6) * scale; scale already holds 1 + the stored scale.
  void (*rms_norm)(const float* x, const float* scale, int64_t width, int64_t begin, int64_t end, float* out);
  void (*cell)(const CellCall& call);
  int64_t (*cell_scratch_floats)(int64_t width);
  void (*attention)(const AttentionCall& call);
  int64_t (*attention_scratch_floats)(int64_t tokens, int64_t width);
  // Applies a function element by element; for tests of its accuracy and for small vectors.
  void (*apply)(VectorFunction function, const float* in, int64_t count, float* out);
  // Runs rounds of independent multiply-adds in registers; returns the number of floating-point operations. For
  // measuring the peak rate.
  double (*peak_rounds)(int64_t rounds, float* sink);
};

// The tables of this machine's architecture; null if the compiler could not build one. cpu_features.h tells whether the
// processor has the instructions.
const Kernels* avx2_kernels();
const Kernels* avx512_kernels();

constexpr int64_t panel_count(int64_t outputs, int64_t panel_columns) {
  return (outputs + panel_columns - 1) / panel_columns;
}

}  // namespace trecvit
