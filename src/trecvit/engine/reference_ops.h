// Every operation of the network as plain loops written from its equation: the specification of the fast kernels, the
// oracle of their tests, and (with Real = double) a shadow computation in higher precision. docs/model.md lists the
// equations.
//
// Matrices are row-major and dense. T frames, M rows, N tokens, D width, R recurrent width, H heads, K conv taps.
// Functions that carry state over frames work on a whole clip (*_clip); recur is one step of the recurrence.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace trecvit::reference {

inline constexpr double kNormEpsilon = 1e-6;

// gelu(x) = x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
template <class Real>
Real gelu(Real x) {
  const Real inner = static_cast<Real>(0.7978845608028654) * (x + static_cast<Real>(0.044715) * x * x * x);
  return static_cast<Real>(0.5) * x * (1 + std::tanh(inner));
}

template <class Real>
Real sigmoid(Real x) {
  return 1 / (1 + std::exp(-x));
}

// decay = -8 softplus(a_param), softplus(x) = ln(1 + e^x) without overflow
template <class Real>
Real decay_of(Real a_param) {
  return -8 * (std::max(a_param, Real(0)) + std::log1p(std::exp(-std::abs(a_param))));
}

// y [M, outputs] = x [M, inputs] w [inputs, outputs] + b [outputs]
template <class Real>
void dense(const Real* x, int64_t rows, int64_t inputs, const Real* w, const Real* b, int64_t outputs, Real* y) {
  for (int64_t m = 0; m < rows; ++m) {
    Real* out = y + m * outputs;
    std::fill(out, out + outputs, Real(0));
    for (int64_t k = 0; k < inputs; ++k) {
      const Real a = x[m * inputs + k];
      const Real* row = w + k * outputs;
      for (int64_t n = 0; n < outputs; ++n) out[n] += a * row[n];
    }
    for (int64_t n = 0; n < outputs; ++n) out[n] += b[n];
  }
}

// mean [D] of tokens [N, D], summed in double
template <class Real>
void mean_token(const Real* tokens, int64_t count, int64_t width, Real* mean) {
  for (int64_t i = 0; i < width; ++i) {
    double sum = 0;
    for (int64_t n = 0; n < count; ++n) sum += static_cast<double>(tokens[n * width + i]);
    mean[i] = static_cast<Real>(sum / static_cast<double>(count));
  }
}

// y = (x - mean) / sqrt(variance + eps) * scale + bias, over the D numbers of each row
template <class Real>
void layer_norm(const Real* x, int64_t rows, int64_t width, const Real* scale, const Real* bias, Real* y) {
  for (int64_t m = 0; m < rows; ++m, x += width, y += width) {
    Real mean = 0, variance = 0;
    for (int64_t i = 0; i < width; ++i) mean += x[i];
    mean /= static_cast<Real>(width);
    for (int64_t i = 0; i < width; ++i) variance += (x[i] - mean) * (x[i] - mean);
    variance /= static_cast<Real>(width);
    const Real inverse = 1 / std::sqrt(variance + static_cast<Real>(kNormEpsilon));
    for (int64_t i = 0; i < width; ++i) y[i] = (x[i] - mean) * inverse * scale[i] + bias[i];
  }
}

// y = x / sqrt(mean(x^2) + eps) * (1 + scale)
template <class Real>
void rms_norm(const Real* x, int64_t rows, int64_t width, const Real* scale, Real* y) {
  for (int64_t m = 0; m < rows; ++m, x += width, y += width) {
    Real square = 0;
    for (int64_t i = 0; i < width; ++i) square += x[i] * x[i];
    const Real inverse = 1 / std::sqrt(square / static_cast<Real>(width) + static_cast<Real>(kNormEpsilon));
    for (int64_t i = 0; i < width; ++i) y[i] = x[i] * inverse * (1 + scale[i]);
  }
}

// The temporal convolution, depthwise and causal, of v [T, M, R] with w [K, R], b [R]:
//   c_t = b + sum_{s=0}^{K-1} w[K-1-s] v_{t-s}
// The inputs before the clip are history [K-1, M, R], oldest first. A frame t with starts[t] begins a new stream: no
// tap reaches back across it. starts [T].
template <class Real>
void causal_conv_clip(const Real* v, int64_t frames, int64_t rows, int64_t width, int64_t taps, const Real* w,
                      const Real* b, const Real* history, const uint8_t* starts, Real* c) {
  const int64_t frame = rows * width;
  for (int64_t t = 0; t < frames; ++t) {
    for (int64_t i = 0; i < frame; ++i) c[t * frame + i] = b[i % width];
    for (int64_t s = 0; s < taps; ++s) {
      const int64_t past = t - s;
      const Real* input = past >= 0 ? v + past * frame : history + (taps - 1 + past) * frame;
      for (int64_t i = 0; i < frame; ++i) c[t * frame + i] += w[(taps - 1 - s) * width + i % width] * input[i];
      if (past >= 0 && starts[past]) break;
    }
  }
}

// The gates of RG-LRU: block-diagonal products of c [M, R] with w [H, R/H, R/H], b [H, R/H], then sigmoid
template <class Real>
void gate(const Real* c, int64_t rows, int64_t width, int64_t heads, const Real* w, const Real* b, Real* g) {
  const int64_t block = width / heads;
  for (int64_t m = 0; m < rows; ++m) {
    for (int64_t h = 0; h < heads; ++h) {
      const Real* in = c + m * width + h * block;
      Real* out = g + m * width + h * block;
      std::copy(b + h * block, b + (h + 1) * block, out);
      for (int64_t i = 0; i < block; ++i) {
        for (int64_t j = 0; j < block; ++j) out[j] += in[i] * w[(h * block + i) * block + j];
      }
      for (int64_t j = 0; j < block; ++j) out[j] = sigmoid(out[j]);
    }
  }
}

// One step of the recurrence for one number:
//   log a = decay ga;  m = sqrt(1 - exp(2 log a)) or 1 - a (convex);  h = a h + m gx c
// and at position 0, where there is no past, h = gx c.
template <class Real>
Real recur(Real h, Real c, Real gx, Real ga, Real decay, bool start, bool convex) {
  if (start) return gx * c;
  const Real log_a = decay * ga;
  const Real a = std::exp(log_a);
  const Real scale = convex ? 1 - a : std::sqrt(1 - std::exp(2 * log_a));
  return a * h + scale * (gx * c);
}

// Scans c, gx, ga [T, M, R] over T with decay [R], starting from h [M, R], which receives the last value; h_t goes into
// y [T, M, R].
template <class Real>
void rg_lru_clip(const Real* c, const Real* gx, const Real* ga, int64_t frames, int64_t rows, int64_t width,
                 const Real* decay, const uint8_t* starts, bool convex, Real* h, Real* y) {
  const int64_t frame = rows * width;
  for (int64_t i = 0; i < frame; ++i) {  // every channel of every token is a sequence of its own
    for (int64_t t = 0; t < frames; ++t) {
      const int64_t at = t * frame + i;
      h[i] = recur(h[i], c[at], gx[at], ga[at], decay[i % width], starts[t] != 0, convex);
      y[at] = h[i];
    }
  }
}

// softmax(q k^T / sqrt(Dh)) v per head; k, v [N, H, Dh]; q, out [queries, H, Dh], for all tokens or some; scores is
// scratch [N]
template <class Real>
void attention(const Real* q, int64_t queries, const Real* k, const Real* v, int64_t tokens, int64_t heads,
               int64_t width, Real* scores, Real* out) {
  const int64_t row = heads * width;
  const Real scale = 1 / std::sqrt(static_cast<Real>(width));
  for (int64_t h = 0; h < heads; ++h) {
    for (int64_t n = 0; n < queries; ++n) {
      Real largest = -INFINITY, sum = 0;
      for (int64_t m = 0; m < tokens; ++m) {
        Real score = 0;
        for (int64_t i = 0; i < width; ++i) score += q[n * row + h * width + i] * scale * k[m * row + h * width + i];
        scores[m] = score;
        largest = std::max(largest, score);
      }
      for (int64_t m = 0; m < tokens; ++m) sum += scores[m] = std::exp(scores[m] - largest);
      Real* to = out + n * row + h * width;
      std::fill(to, to + width, Real(0));
      for (int64_t m = 0; m < tokens; ++m) {
        for (int64_t i = 0; i < width; ++i) to[i] += scores[m] / sum * v[m * row + h * width + i];
      }
    }
  }
}

// Fixed positions of a grid of rows x columns, [rows * columns, D], D a multiple of 4:
//   [sin x o, cos x o, sin y o, cos y o], x the column, y the row, o_i = 10000^(-i / (D/4 - 1)), i < D/4
template <class Real>
std::vector<Real> sincos2d(int64_t rows, int64_t columns, int64_t width) {
  const int64_t quarter = width / 4;
  std::vector<Real> table(static_cast<size_t>(rows * columns * width));
  for (int64_t y = 0; y < rows; ++y) {
    for (int64_t x = 0; x < columns; ++x) {
      Real* out = table.data() + (y * columns + x) * width;
      for (int64_t i = 0; i < quarter; ++i) {
        const double omega = std::pow(10000.0, -static_cast<double>(i) / static_cast<double>(quarter - 1));
        const double angle_x = static_cast<double>(x) * omega, angle_y = static_cast<double>(y) * omega;
        out[i] = static_cast<Real>(std::sin(angle_x));
        out[quarter + i] = static_cast<Real>(std::cos(angle_x));
        out[2 * quarter + i] = static_cast<Real>(std::sin(angle_y));
        out[3 * quarter + i] = static_cast<Real>(std::cos(angle_y));
      }
    }
  }
  return table;
}

}  // namespace trecvit::reference
