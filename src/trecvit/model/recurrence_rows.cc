#include "trecvit/model/recurrence_rows.h"

#include <algorithm>
#include <cmath>

#include "trecvit/base/cpu_features.h"

namespace trecvit::model {
namespace {

template <class Real>
Real sigmoid(Real x) {
  return 1 / (1 + std::exp(-x));
}

// gelu(x) = x sigmoid(u(x)), u = 2 sqrt(2 / pi) (x + 0.044715 x^3): the tanh form.
template <class Real>
Real gelu_argument(Real x) {
  return static_cast<Real>(1.5957691216057308) * (x + static_cast<Real>(0.044715) * x * x * x);
}
template <class Real>
Real gelu(Real x) {
  return x * sigmoid(gelu_argument(x));
}
template <class Real>
Real gelu_derivative(Real x) {
  const Real s = sigmoid(gelu_argument(x));
  const Real slope = static_cast<Real>(1.5957691216057308) * (1 + 3 * static_cast<Real>(0.044715) * x * x);
  return s + x * s * (1 - s) * slope;
}

template <class Real>
void forward(const ForwardRow<Real>& row) {
  for (int64_t j = 0; j < row.width; ++j) {
    const Real i = row.input_gate[j] = sigmoid(row.input_gate[j] + row.input_gate_bias[j]);
    const Real r = row.a_gate[j] = sigmoid(row.a_gate[j] + row.a_gate_bias[j]);
    const Real input = i * row.conv[j], log_a = r * row.decay[j];
    Real h = input;
    if (row.update == RowUpdate::kSqrt)
      h = std::exp(log_a) * row.h_before[j] + std::sqrt(-std::expm1(2 * log_a)) * input;
    if (row.update == RowUpdate::kConvex) h = std::exp(log_a) * row.h_before[j] - std::expm1(log_a) * input;
    row.h_after[j] = h;
    if (row.out) row.out[j] = h * gelu(row.y[j]);
  }
}

template <class Real>
void backward(const BackwardRow<Real>& row) {
  for (int64_t j = 0; j < row.width; ++j) {
    const Real i = row.input_gate[j], r = row.a_gate[j], c = row.conv[j], y = row.y[j];
    row.grad_y[j] = row.grad_out[j] * row.h_after[j] * gelu_derivative(y);
    const Real grad_h = row.grad_out[j] * gelu(y) + row.grad_h[j], input = i * c;
    Real grad_input = grad_h, grad_log_a = 0, grad_before = 0;
    if (row.update != RowUpdate::kFirst) {
      const Real log_a = r * row.decay[j], a = std::exp(log_a);
      grad_before = grad_h * a;
      grad_log_a = grad_h * row.h_before[j] * a;
      if (row.update == RowUpdate::kSqrt) {
        const Real z = -std::expm1(2 * log_a);
        const Real bounded = std::max(z, static_cast<Real>(kSmallestRadicand));
        grad_input = grad_h * std::sqrt(z);
        grad_log_a -= grad_h * input * a * a / std::sqrt(bounded);
      } else {
        grad_input = -grad_h * std::expm1(log_a);
        grad_log_a -= grad_h * input * a;
      }
    }
    row.grad_h[j] = grad_before;
    row.grad_conv[j] = grad_input * i;
    row.grad_input_gate[j] = grad_input * c * i * (1 - i);
    row.grad_a_gate[j] = grad_log_a * row.decay[j] * r * (1 - r);
    row.grad_decay[j] += grad_log_a * r;
  }
}

template <class Real>
void weighted_sum(int64_t width, int64_t count, const Real* const* a, const Real* const* b, const Real* start,
                  Real* out) {
  for (int64_t j = 0; j < width; ++j) {
    Real sum = start ? start[j] : Real(0);
    for (int64_t i = 0; i < count; ++i) sum += a[i][j] * b[i][j];
    out[j] = sum;
  }
}

template <class Real>
void add_products(int64_t width, int64_t count, const Real* const* a, const Real* b, Real* const* out) {
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t j = 0; j < width; ++j) out[i][j] += a[i][j] * b[j];
  }
}

template <class Real>
void add(int64_t width, const Real* a, Real* out) {
  for (int64_t j = 0; j < width; ++j) out[j] += a[j];
}

template <class Real>
constexpr RecurrenceRows<Real> kPlain = {
    "plain", &forward<Real>, &backward<Real>, &weighted_sum<Real>, &add_products<Real>, &add<Real>};

const RecurrenceRows<float>& widest() {
  const CpuFeatures features = cpu_features();
  if (features.avx512 && avx512_rows()) return *avx512_rows();
  if (features.avx2_fma && avx2_rows()) return *avx2_rows();
  return kPlain<float>;
}

}  // namespace

const RecurrenceRows<float>& plain_rows_float() { return kPlain<float>; }
const RecurrenceRows<double>& plain_rows_double() { return kPlain<double>; }

template <>
const RecurrenceRows<float>& recurrence_rows<float>() {
  static const RecurrenceRows<float>& rows = widest();
  return rows;
}
template <>
const RecurrenceRows<double>& recurrence_rows<double>() {
  return kPlain<double>;
}

}  // namespace trecvit::model
