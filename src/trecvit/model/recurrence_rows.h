// The element-wise work of the fused recurrence, one token and head at a time: rows of `width` contiguous channels. No
// torch here: these are compiled once per instruction set.
#pragma once

#include <cstdint>

namespace trecvit::model {

// Maximum number of terms of weighted_sum and add_products.
inline constexpr int64_t kMostTerms = 16;

// The derivative 1 / (2 sqrt(z)) of the square root is bounded by 1000, its value at this z (as in the published code).
inline constexpr double kSmallestRadicand = 2.5e-7;

enum class RowUpdate {
  kFirst,   // position 0: h = i * c
  kSqrt,    // h = a h + sqrt(1 - a^2) (i * c)
  kConvex,  // h = a h + (1 - a) (i * c)
};

template <class Real>
struct ForwardRow {
  RowUpdate update;
  int64_t width;
  const Real* conv;  // c
  const Real *input_gate_bias, *a_gate_bias;
  Real* input_gate;      // in: before bias and sigmoid; out: i
  Real* a_gate;          // in: before bias and sigmoid; out: r
  const Real* decay;     // -8 softplus(a_param); log a = r * decay
  const Real* h_before;  // not read at position 0
  Real* h_after;
  const Real* y;  // before its GELU
  Real* out;      // h * gelu(y); null: not needed, and y is not read
};

template <class Real>
struct BackwardRow {
  RowUpdate update;
  int64_t width;
  const Real *conv, *input_gate, *a_gate, *decay, *h_before, *h_after, *y;  // as the forward pass left them
  const Real* grad_out;
  Real* grad_h;           // in: from the later frames; out: for the previous frame
  Real* grad_y;           // out
  Real* grad_conv;        // out: the part that does not pass through the gates
  Real* grad_input_gate;  // out: before the sigmoid
  Real* grad_a_gate;      // out: before the sigmoid
  Real* grad_decay;       // added to
};

template <class Real>
struct RecurrenceRows {
  const char* name;
  void (*forward)(const ForwardRow<Real>& row);
  void (*backward)(const BackwardRow<Real>& row);
  // out = start + sum of a[i] * b[i] over i < count, element by element; if start is null, from zero.
  void (*weighted_sum)(int64_t width, int64_t count, const Real* const* a, const Real* const* b, const Real* start,
                       Real* out);
  // out[i] += a[i] * b for all i < count.
  void (*add_products)(int64_t width, int64_t count, const Real* const* a, const Real* b, Real* const* out);
  // out += a.
  void (*add)(int64_t width, const Real* a, Real* out);
};

// Written from the equations: the specification of the other implementations.
const RecurrenceRows<float>& plain_rows_float();
const RecurrenceRows<double>& plain_rows_double();
// The rows for an instruction set; null if this build has none.
const RecurrenceRows<float>* avx2_rows();
const RecurrenceRows<float>* avx512_rows();

// The widest vectors that this processor supports; the plain rows for double.
template <class Real>
const RecurrenceRows<Real>& recurrence_rows();
template <>
const RecurrenceRows<float>& recurrence_rows<float>();
template <>
const RecurrenceRows<double>& recurrence_rows<double>();

}  // namespace trecvit::model
