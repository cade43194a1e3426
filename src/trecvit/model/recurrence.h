// The recurrent core of a temporal block, for every token independently (De et al. 2024, "Griffin", section 2.4):
//
//   c_t = b + sum_s w[K-1-s] x_{t-s}                          causal convolution, s = 0 .. K-1
//   i_t = sigmoid(c_t Wi + bi),  r_t = sigmoid(c_t Wr + br)    gates, block-diagonal
//   log a_t = -8 r_t softplus(a_param)
//   h_t = a_t h_{t-1} + beta_t (i_t * c_t)                     beta = sqrt(1 - a^2), or 1 - a (convex)
//   out_t = h_t * gelu(y_t)
//
// At position 0 of a stream there is no past: the taps of the convolution do not reach back, and h = i * c.
// Sums over time are float32 whatever the type of the inputs, except that float64 inputs give float64 sums.
//
// B batch, T frames, N tokens, R recurrent width, H heads, G = R / H, K taps.
#pragma once

#include <ATen/core/Tensor.h>

#include "trecvit/config/model_config.h"

namespace trecvit::model {

using at::Tensor;

struct RecurrenceParameters {
  Tensor conv_w, conv_b;              // [K, R], [R]
  Tensor input_gate_w, input_gate_b;  // [H, G, G], [H, G]
  Tensor a_gate_w, a_gate_b;          // [H, G, G], [H, G]
  Tensor a_param;                     // [R]
};

// The state carried from one frame to the next.
struct RecurrenceState {
  Tensor h;     // [B, N, R]
  Tensor conv;  // [B, K - 1, N, R], the last inputs, oldest first
};

// The forward over a clip in plain operators, parallel over all frames except for h: the specification. First its
// parts.
//
// x [B, T, N, R]. history [B, K - 1, N, R], or undefined if there are no earlier frames. starts [B, T] bool: frames
// that are position 0 of another stream; undefined if there are none.
Tensor causal_conv(const Tensor& x, const Tensor& w, const Tensor& b, const Tensor& history, const Tensor& starts = {});
// sigmoid(c W + b), block by block: c [..., R] -> [..., R].
Tensor gate(const Tensor& c, const Tensor& w, const Tensor& b);
// h of all frames [B, T, N, R], from the output of the convolution and both gates. h0 [B, N, R]; undefined if the first
// frame is position 0. The derivative of the square root is bounded by 1000, as in the published code.
Tensor rg_lru(const Tensor& c, const Tensor& input_gate, const Tensor& a_gate, const Tensor& a_param, const Tensor& h0,
              InputScale scale, const Tensor& starts = {});

// Converted to the type of sums over time: float64 stays float64, all other types become float32.
Tensor accumulated(const Tensor& x);

// The last `kept` frames of history and x, [B, kept, N, R]: what the convolution of later frames reads.
Tensor kept_inputs(const Tensor& x, const Tensor& history, int64_t kept);

// Intermediates for taps; undefined if not requested.
struct RecurrenceInside {
  Tensor conv, input_gate, a_gate, h;  // [B, T, N, R]
};

// out [B, T, N, R] from x and y [B, T, N, R], y before its GELU. `state` undefined: the clip begins at position 0. It
// is updated to the state after the last frame, still attached to the graph.
Tensor plain_recurrence(const Tensor& x, const Tensor& y, const RecurrenceParameters& parameters, InputScale scale,
                        RecurrenceState& state, RecurrenceInside* inside = nullptr);

// One frame: x, y [B, N, R] -> out [B, N, R]. Shares the gates and the decay with the plain forward over a clip, but no
// code that carries state; shares nothing with the fused one.
Tensor recurrence_step(const Tensor& x, const Tensor& y, const RecurrenceParameters& parameters, InputScale scale,
                       RecurrenceState& state);

}  // namespace trecvit::model
