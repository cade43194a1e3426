// The recurrent core of a temporal block, for every token by itself (De et al. 2024, "Griffin", section 2.4):
//
//   c_t = b + sum_s w[K-1-s] x_{t-s}                          causal convolution, s = 0 .. K-1
//   i_t = sigmoid(c_t Wi + bi),  r_t = sigmoid(c_t Wr + br)    gates, block-diagonal
//   log a_t = -8 r_t softplus(a_param)
//   h_t = a_t h_{t-1} + beta_t (i_t * c_t)                     beta = sqrt(1 - a^2), or 1 - a (convex)
//   out_t = h_t * gelu(y_t)
//
// At position 0 of a stream nothing comes before: the taps of the convolution do not reach back, and h = i * c.
// Sums over time are float32 whatever the type of the inputs (float64 for float64).
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

// What goes from one frame to the next.
struct RecurrenceState {
  Tensor h;     // [B, N, R]
  Tensor conv;  // [B, K - 1, N, R], the last inputs, oldest first
};

// The clip walk in plain operators, over all frames but for h: the specification. Pieces first.
//
// x [B, T, N, R]. history [B, K - 1, N, R], or undefined where nothing came before. starts [B, T] bool: frames that are
// position 0 of another stream; or undefined where there are none.
Tensor causal_conv(const Tensor& x, const Tensor& w, const Tensor& b, const Tensor& history, const Tensor& starts = {});
// sigmoid(c W + b), block by block: c [..., R] -> [..., R].
Tensor gate(const Tensor& c, const Tensor& w, const Tensor& b);
// h of all frames [B, T, N, R], from the conv's output and both gates. h0 [B, N, R], or undefined: the first frame is
// position 0. The square root's derivative is bounded by 1000, as in the published code.
Tensor rg_lru(const Tensor& c, const Tensor& input_gate, const Tensor& a_gate, const Tensor& a_param, const Tensor& h0,
              InputScale scale, const Tensor& starts = {});

// In the type of sums over time: float64 as it is, all else float32.
Tensor accumulated(const Tensor& x);

// The last `kept` frames of history and x, [B, kept, N, R]: what the conv reads of later frames.
Tensor kept_inputs(const Tensor& x, const Tensor& history, int64_t kept);

// What is inside, for taps; undefined where nobody asked.
struct RecurrenceInside {
  Tensor conv, input_gate, a_gate, h;  // [B, T, N, R]
};

// out [B, T, N, R] of x and y [B, T, N, R], y before its GELU. `state` undefined: the clip begins at position 0. It is
// left as after the last frame, attached to the graph.
Tensor plain_recurrence(const Tensor& x, const Tensor& y, const RecurrenceParameters& parameters, InputScale scale,
                        RecurrenceState& state, RecurrenceInside* inside = nullptr);

// One frame: x, y [B, N, R] -> out [B, N, R]. Shares gates and decay with the clip walk in plain operators, but
// nothing that carries state; with the fused one, nothing.
Tensor recurrence_step(const Tensor& x, const Tensor& y, const RecurrenceParameters& parameters, InputScale scale,
                       RecurrenceState& state);

}  // namespace trecvit::model
