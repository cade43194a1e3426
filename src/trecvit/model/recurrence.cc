#include "trecvit/model/recurrence.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "trecvit/model/autocast.h"
#include "trecvit/model/layers.h"
#include "trecvit/model/recurrence_rows.h"

namespace trecvit::model {
namespace {

constexpr double kDecay = -8;

class BoundedSqrt : public torch::autograd::Function<BoundedSqrt> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x) {
    context->save_for_backward({x});
    return at::sqrt(x);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const Tensor x = context->get_saved_variables()[0];
    return {gradients[0] * 0.5 * at::rsqrt(at::clamp_min(x, kSmallestRadicand))};
  }
};

// The factor beta of the input, from log a.
Tensor input_factor(const Tensor& log_a, InputScale scale) {
  if (scale == InputScale::kConvex) return -at::expm1(log_a);
  return BoundedSqrt::apply(-at::expm1(2 * log_a));
}

Tensor log_decay(const Tensor& a_gate, const Tensor& a_param) { return kDecay * a_gate * at::softplus(a_param); }

}  // namespace

Tensor accumulated(const Tensor& x) { return x.scalar_type() == at::kDouble ? x : x.to(at::kFloat); }

Tensor causal_conv(const Tensor& x, const Tensor& w, const Tensor& b, const Tensor& history, const Tensor& starts) {
  const int64_t frames = x.size(1), taps = w.size(0);
  const Tensor past =
      history.defined() ? history.to(x.dtype()) : at::zeros({x.size(0), taps - 1, x.size(2), x.size(3)}, x.options());
  const Tensor padded = at::cat({past, x}, 1);
  Tensor stream;  // [B, K - 1 + T], the index of the stream that each frame belongs to
  if (starts.defined()) stream = at::constant_pad_nd(starts.to(at::kLong).cumsum(1), {taps - 1, 0});
  Tensor c = b.expand_as(x);
  for (int64_t s = 0; s < taps; ++s) {
    const int64_t begin = taps - 1 - s;
    Tensor term = w[taps - 1 - s] * padded.narrow(1, begin, frames);
    if (starts.defined()) {
      const Tensor same = stream.narrow(1, begin, frames) == stream.narrow(1, taps - 1, frames);
      term = term * same.view({x.size(0), frames, 1, 1});
    }
    c = c + term;
  }
  return c;
}

Tensor gate(const Tensor& c, const Tensor& w, const Tensor& b) {
  const Autocast exact({c.device().type()});  // like the fused form, whose gates ignore autocast
  const int64_t heads = w.size(0), width = w.size(1);
  const Tensor rows = accumulated(c).reshape({-1, heads, width}).transpose(0, 1);  // [H, M, G]
  return at::sigmoid(at::baddbmm(accumulated(b).unsqueeze(1), rows, accumulated(w))).transpose(0, 1).reshape(c.sizes());
}

Tensor rg_lru(const Tensor& c, const Tensor& input_gate, const Tensor& a_gate, const Tensor& a_param, const Tensor& h0,
              InputScale scale, const Tensor& starts) {
  const Tensor log_a = log_decay(accumulated(a_gate), accumulated(a_param));
  Tensor a = at::exp(log_a), beta = input_factor(log_a, scale);
  if (starts.defined()) {
    const Tensor first = starts.view({starts.size(0), starts.size(1), 1, 1});
    a = at::where(first, 0.0, a);
    beta = at::where(first, 1.0, beta);
  }
  const Tensor gated = accumulated(input_gate) * accumulated(c), input = beta * gated;
  std::vector<Tensor> all;
  Tensor h = h0;
  for (int64_t t = 0; t < c.size(1); ++t) {
    h = h.defined() ? a.select(1, t) * h + input.select(1, t) : gated.select(1, t);
    all.push_back(h);
  }
  return at::stack(all, 1);
}

Tensor kept_inputs(const Tensor& x, const Tensor& history, int64_t kept) {
  if (x.size(1) >= kept) return x.narrow(1, x.size(1) - kept, kept).clone();
  const Tensor past = history.defined() ? history : at::zeros({x.size(0), kept, x.size(2), x.size(3)}, x.options());
  return at::cat({past, x}, 1).narrow(1, x.size(1), kept);
}

Tensor plain_recurrence(const Tensor& x, const Tensor& y, const RecurrenceParameters& p, InputScale scale,
                        RecurrenceState& state, RecurrenceInside* inside) {
  const Tensor conv = causal_conv(accumulated(x), p.conv_w, p.conv_b, state.conv);
  const Tensor input_gate = gate(conv, p.input_gate_w, p.input_gate_b), a_gate = gate(conv, p.a_gate_w, p.a_gate_b);
  const Tensor h = rg_lru(conv, input_gate, a_gate, p.a_param, state.h, scale);
  if (inside) *inside = {conv, input_gate, a_gate, h};
  state.h = h.select(1, -1);
  state.conv = kept_inputs(accumulated(x), state.conv, p.conv_w.size(0) - 1);
  return h * tanh_gelu(accumulated(y));
}

Tensor recurrence_step(const Tensor& x, const Tensor& y, const RecurrenceParameters& p, InputScale scale,
                       RecurrenceState& state) {
  const Tensor newest = accumulated(x);
  const int64_t kept = p.conv_w.size(0) - 1;
  const bool begins = !state.h.defined();
  Tensor c = at::addcmul(p.conv_b, p.conv_w[kept], newest);
  for (int64_t i = 0; i < kept && !begins; ++i) c = at::addcmul(c, p.conv_w[i], state.conv.select(1, i));
  const Tensor gated = accumulated(gate(c, p.input_gate_w, p.input_gate_b)) * c;
  if (begins) {
    state.h = gated;
    state.conv = at::zeros({x.size(0), kept, x.size(1), x.size(2)}, newest.options());
  } else {
    const Tensor log_a = log_decay(accumulated(gate(c, p.a_gate_w, p.a_gate_b)), accumulated(p.a_param));
    state.h = at::exp(log_a) * state.h + input_factor(log_a, scale) * gated;
  }
  if (kept > 0) state.conv = at::cat({state.conv.narrow(1, 1, kept - 1), newest.unsqueeze(1)}, 1);
  return state.h * tanh_gelu(accumulated(y));
}

}  // namespace trecvit::model
