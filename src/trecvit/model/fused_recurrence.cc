#include "trecvit/model/fused_recurrence.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

#include "trecvit/base/float_mode.h"
#include "trecvit/model/recurrence_rows.h"

namespace trecvit::model {
namespace {

// Rows of a tile: enough for the gates' products to run at speed, few enough that a tile of all intermediates stays in the
// second-level cache.
constexpr int64_t kTileRows = 128;
// Tiles of a head whose parameter gradients are summed one after the other. Several, so that few heads still feed many
// threads; a constant, so that the sums do not depend on how many there are.
constexpr int64_t kGroups = 4;

struct Sizes {
  int64_t batch, frames, tokens, width, heads, head_width, taps, tile_tokens, tiles;

  static Sizes of(const Tensor& x, const Tensor& conv_w, const Tensor& gate_w) {
    Sizes s{x.size(0), x.size(1), x.size(2), x.size(3), gate_w.size(0), gate_w.size(1), conv_w.size(0), 0, 0};
    s.tile_tokens = std::clamp<int64_t>(kTileRows / s.frames, 1, s.tokens);
    s.tiles = (s.tokens + s.tile_tokens - 1) / s.tile_tokens;
    return s;
  }
  int64_t frame() const { return tokens * width; }
};

// c [m, n] += a b for row-major matrices given as [rows, columns], either of which may be read transposed. On the calling
// thread: inside a parallel region ATen's products do not spread out again.
template <class Real>
struct Matrix {
  const Real* data;
  int64_t rows, columns;
  bool transposed = false;

  Tensor view() const {
    const Tensor all = at::from_blob(const_cast<Real*>(data), {rows, columns}, at::CppTypeToScalarType<Real>::value);
    return transposed ? all.t() : all;
  }
};
template <class Real>
void add_matrix_product(const Matrix<Real>& a, const Matrix<Real>& b, Real* c) {
  const Tensor left = a.view(), right = b.view();
  at::from_blob(c, {left.size(0), right.size(1)}, left.scalar_type()).addmm_(left, right);
}

// Everything of the computation that does not change from tile to tile.
template <class Real>
struct Inputs {
  Sizes s;
  InputScale scale;
  const Real *x, *y;               // [B, T, N, R]
  const Real *conv_w, *conv_b;     // [K, R], [R]
  const Real *gate_w[2], *gate_b[2];  // input gate, a gate: [H, G, G], [H, G]
  const Real* decay;               // [R]
  const Real *h0, *history;        // [B, N, R], [B, K - 1, N, R]; null at position 0

  RowUpdate update(int64_t t) const {
    if (t == 0 && !h0) return RowUpdate::kFirst;
    return scale == InputScale::kConvex ? RowUpdate::kConvex : RowUpdate::kSqrt;
  }
};

// Which rows a tile covers: all frames of a few tokens, in the channels of one head.
struct Tile {
  int64_t batch, head, token, tokens;
};

template <class Real>
class Worker {
 public:
  explicit Worker(const Inputs<Real>& in)
      : in_(in), s_(in.s), rows_(recurrence_rows<Real>()), tile_rows_(s_.frames * s_.tile_tokens) {
    for (auto* buffer : {&conv_, &gates_[0], &gates_[1], &h_}) buffer->resize(size());
  }

  // Fills the scratch with c, both gates and h of all frames; with `out`, also h * gelu(y).
  void forward(const Tile& tile, Real* out, Real* h_last) {
    convolve(tile);
    for (int64_t g = 0; g < 2; ++g) product(tile, g);
    each_row(tile, [&](int64_t t, int64_t token, int64_t row) {
      const int64_t at = place(tile, t, token);
      rows_.forward({in_.update(t), s_.head_width, conv_.data() + row, gates_[0].data() + row, gates_[1].data() + row,
                     in_.decay + channel(tile), before(tile, t, token, row), h_.data() + row, in_.y + at,
                     out ? out + at : nullptr});
    });
    if (!h_last) return;
    for (int64_t i = 0; i < tile.tokens; ++i) {
      const Real* last = h_.data() + row_of(tile, s_.frames - 1, i);
      std::copy_n(last, s_.head_width, h_last + carried_place(tile, i));
    }
  }

 protected:
  int64_t size() const { return tile_rows_ * s_.head_width; }
  int64_t channel(const Tile& tile) const { return tile.head * s_.head_width; }
  // Of a token of the tile in [B, T, N, R], in [B, N, R], in [B, K - 1, N, R] and in the scratch.
  int64_t place(const Tile& tile, int64_t t, int64_t i) const {
    return (tile.batch * s_.frames + t) * s_.frame() + (tile.token + i) * s_.width + channel(tile);
  }
  int64_t carried_place(const Tile& tile, int64_t i) const {
    return tile.batch * s_.frame() + (tile.token + i) * s_.width + channel(tile);
  }
  int64_t history_place(const Tile& tile, int64_t slot, int64_t i) const {
    return (tile.batch * (s_.taps - 1) + slot) * s_.frame() + (tile.token + i) * s_.width + channel(tile);
  }
  int64_t row_of(const Tile& tile, int64_t t, int64_t i) const { return (t * tile.tokens + i) * s_.head_width; }

  const Real* before(const Tile& tile, int64_t t, int64_t i, int64_t row) const {
    if (t > 0) return h_.data() + row - tile.tokens * s_.head_width;
    return in_.h0 ? in_.h0 + carried_place(tile, i) : nullptr;
  }
  // The conv's input s frames before t; null where nothing came before.
  const Real* past(const Tile& tile, int64_t t, int64_t s, int64_t i) const {
    if (t >= s) return in_.x + place(tile, t - s, i);
    return in_.history ? in_.history + history_place(tile, s_.taps - 1 - (s - t), i) : nullptr;
  }

  template <class Body>
  void each_row(const Tile& tile, const Body& body) const {
    for (int64_t t = 0; t < s_.frames; ++t) {
      for (int64_t i = 0; i < tile.tokens; ++i) body(t, i, row_of(tile, t, i));
    }
  }

  void convolve(const Tile& tile) {
    each_row(tile, [&](int64_t t, int64_t token, int64_t row) {
      Real* c = conv_.data() + row;
      std::copy_n(in_.conv_b + channel(tile), s_.head_width, c);
      for (int64_t s = 0; s < s_.taps; ++s) {
        const Real* x = past(tile, t, s, token);
        if (x) rows_.add_product(s_.head_width, in_.conv_w + (s_.taps - 1 - s) * s_.width + channel(tile), x, c);
      }
    });
  }

  // gates[g] = c W + b
  void product(const Tile& tile, int64_t g) {
    const int64_t n = s_.head_width, m = s_.frames * tile.tokens;
    Real* out = gates_[g].data();
    for (int64_t row = 0; row < m; ++row) std::copy_n(in_.gate_b[g] + channel(tile), n, out + row * n);
    add_matrix_product<Real>({conv_.data(), m, n}, {in_.gate_w[g] + tile.head * n * n, n, n}, out);
  }

  const Inputs<Real>& in_;
  Sizes s_;
  const RecurrenceRows<Real>& rows_;
  int64_t tile_rows_;
  std::vector<Real> conv_, gates_[2], h_;  // [T * tile tokens, G]
};

// Gradients of the parameters, of one group of one head.
template <class Real>
struct GroupGradients {
  std::vector<Real> conv_w, conv_b, gate_w[2], gate_b[2], decay;

  explicit GroupGradients(const Sizes& s)
      : conv_w(static_cast<size_t>(s.taps * s.head_width)), conv_b(static_cast<size_t>(s.head_width)), decay(conv_b) {
    for (int g = 0; g < 2; ++g) {
      gate_w[g].resize(static_cast<size_t>(s.head_width * s.head_width));
      gate_b[g] = conv_b;
    }
  }
};

template <class Real>
struct Outputs {
  const Real *grad_out, *grad_h_last;           // [B, T, N, R]; [B, N, R], may be null
  Real *grad_x, *grad_y;                        // [B, T, N, R]; grad_x starts at zero
  Real *grad_h0, *grad_history;                 // may be null; grad_history starts at zero
};

template <class Real>
class BackwardWorker : public Worker<Real> {
  using Base = Worker<Real>;
  using Base::conv_, Base::gates_, Base::h_, Base::in_, Base::rows_, Base::s_;

 public:
  explicit BackwardWorker(const Inputs<Real>& in) : Base(in) {
    for (auto* buffer : {&grad_conv_, &grad_gates_[0], &grad_gates_[1]}) buffer->resize(Base::size());
    grad_h_.resize(static_cast<size_t>(s_.tile_tokens * s_.head_width));
  }

  void backward(const Tile& tile, const Outputs<Real>& out, GroupGradients<Real>& group) {
    Base::forward(tile, nullptr, nullptr);
    through_time(tile, out, group);
    through_gates(tile, group);
    through_conv(tile, out, group);
  }

 private:
  void through_time(const Tile& tile, const Outputs<Real>& out, GroupGradients<Real>& group) {
    const int64_t n = s_.head_width;
    for (int64_t i = 0; i < tile.tokens; ++i) {
      Real* grad_h = grad_h_.data() + i * n;
      if (out.grad_h_last) {
        std::copy_n(out.grad_h_last + Base::carried_place(tile, i), n, grad_h);
      } else {
        std::fill_n(grad_h, n, Real(0));
      }
    }
    for (int64_t t = s_.frames - 1; t >= 0; --t) {
      for (int64_t i = 0; i < tile.tokens; ++i) {
        const int64_t row = Base::row_of(tile, t, i), at = Base::place(tile, t, i);
        rows_.backward({in_.update(t), n, conv_.data() + row, gates_[0].data() + row, gates_[1].data() + row,
                        in_.decay + Base::channel(tile), Base::before(tile, t, i, row), h_.data() + row, in_.y + at,
                        out.grad_out + at, grad_h_.data() + i * n, out.grad_y + at, grad_conv_.data() + row,
                        grad_gates_[0].data() + row, grad_gates_[1].data() + row, group.decay.data()});
      }
    }
    if (!out.grad_h0) return;
    for (int64_t i = 0; i < tile.tokens; ++i)
      std::copy_n(grad_h_.data() + i * n, n, out.grad_h0 + Base::carried_place(tile, i));
  }

  void through_gates(const Tile& tile, GroupGradients<Real>& group) {
    const int64_t n = s_.head_width, m = s_.frames * tile.tokens;
    for (int g = 0; g < 2; ++g) {
      const Real *w = in_.gate_w[g] + tile.head * n * n, *grad = grad_gates_[g].data();
      add_matrix_product<Real>({grad, m, n}, {w, n, n, true}, grad_conv_.data());
      add_matrix_product<Real>({conv_.data(), m, n, true}, {grad, m, n}, group.gate_w[g].data());
      for (int64_t row = 0; row < m; ++row) rows_.add(n, grad + row * n, group.gate_b[g].data());
    }
  }

  void through_conv(const Tile& tile, const Outputs<Real>& out, GroupGradients<Real>& group) {
    const int64_t n = s_.head_width;
    Base::each_row(tile, [&](int64_t t, int64_t token, int64_t row) {
      const Real* grad = grad_conv_.data() + row;
      rows_.add(n, grad, group.conv_b.data());
      for (int64_t s = 0; s < s_.taps; ++s) {
        const int64_t tap = s_.taps - 1 - s;
        const Real *x = Base::past(tile, t, s, token), *w = in_.conv_w + tap * s_.width + Base::channel(tile);
        if (!x) continue;
        rows_.add_product(n, x, grad, group.conv_w.data() + tap * n);
        if (t >= s) {
          rows_.add_product(n, w, grad, out.grad_x + Base::place(tile, t - s, token));
        } else if (out.grad_history) {
          rows_.add_product(n, w, grad, out.grad_history + Base::history_place(tile, s_.taps - 1 - (s - t), token));
        }
      }
    });
  }

  std::vector<Real> grad_conv_, grad_gates_[2], grad_h_;
};

// body(worker, tile, group) for the tiles of every group of every head; a group's tiles come one after the other, in order.
template <class AnyWorker, class Real, class Body>
void for_each_tile(const Inputs<Real>& in, const Body& body) {
  const Sizes& s = in.s;
  const int64_t all = s.batch * s.tiles;
  at::parallel_for(0, s.heads * kGroups, 1, [&](int64_t begin, int64_t end) {
    const FlushDenormals flush;
    const at::AutoDispatchBelowADInplaceOrView raw;  // these products are no part of a graph
    AnyWorker worker(in);
    for (int64_t task = begin; task < end; ++task) {
      const int64_t head = task / kGroups, group = task % kGroups;
      for (int64_t i = group * all / kGroups; i < (group + 1) * all / kGroups; ++i) {
        const int64_t token = i % s.tiles * s.tile_tokens;
        body(worker, Tile{i / s.tiles, head, token, std::min(s.tile_tokens, s.tokens - token)}, task);
      }
    }
  });
}

template <class Real>
const Real* data_of(const Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr<Real>() : nullptr;
}
template <class Real>
Real* writable(const Tensor& tensor) {
  return tensor.defined() ? tensor.mutable_data_ptr<Real>() : nullptr;
}

// Contiguous tensors of one type in the order of the autograd function's arguments.
struct Arguments {
  enum Index { kX, kY, kConvW, kConvB, kInputGateW, kInputGateB, kAGateW, kAGateB, kAParam, kH0, kHistory, kCount };
  std::vector<Tensor> tensors;
  InputScale scale;

  const Tensor& operator[](Index index) const { return tensors[index]; }
  template <class Real>
  Inputs<Real> inputs(const Tensor& decay) const {
    const auto data = [this](Index index) { return data_of<Real>(tensors[index]); };
    return {Sizes::of(tensors[kX], tensors[kConvW], tensors[kInputGateW]),
            scale,
            data(kX),
            data(kY),
            data(kConvW),
            data(kConvB),
            {data(kInputGateW), data(kAGateW)},
            {data(kInputGateB), data(kAGateB)},
            data_of<Real>(decay),
            data(kH0),
            data(kHistory)};
  }
};

Tensor decay_of(const Tensor& a_param) { return -8 * at::softplus(a_param); }

template <class Real>
void compute_forward(const Arguments& arguments, const Tensor& out, const Tensor& h_last) {
  const Tensor decay = decay_of(arguments[Arguments::kAParam]);
  const Inputs<Real> in = arguments.inputs<Real>(decay);
  for_each_tile<Worker<Real>>(in, [&](Worker<Real>& worker, const Tile& tile, int64_t) {
    worker.forward(tile, writable<Real>(out), writable<Real>(h_last));
  });
}

// Sums the groups of each head, in order, into the gradients of the parameters.
template <class Real>
void gather(const Sizes& s, const std::vector<GroupGradients<Real>>& groups, std::vector<Tensor>& gradients,
            const Tensor& grad_decay) {
  const auto add = [](const std::vector<Real>& from, Real* to) {
    for (size_t i = 0; i < from.size(); ++i) to[i] += from[i];
  };
  const int64_t n = s.head_width;
  for (int64_t task = 0; task < s.heads * kGroups; ++task) {
    const GroupGradients<Real>& group = groups[static_cast<size_t>(task)];
    const int64_t head = task / kGroups, channel = head * n;
    for (int64_t tap = 0; tap < s.taps; ++tap) {
      Real* row = writable<Real>(gradients[Arguments::kConvW]) + tap * s.width + channel;
      for (int64_t j = 0; j < n; ++j) row[j] += group.conv_w[static_cast<size_t>(tap * n + j)];
    }
    add(group.conv_b, writable<Real>(gradients[Arguments::kConvB]) + channel);
    add(group.gate_w[0], writable<Real>(gradients[Arguments::kInputGateW]) + head * n * n);
    add(group.gate_b[0], writable<Real>(gradients[Arguments::kInputGateB]) + channel);
    add(group.gate_w[1], writable<Real>(gradients[Arguments::kAGateW]) + head * n * n);
    add(group.gate_b[1], writable<Real>(gradients[Arguments::kAGateB]) + channel);
    add(group.decay, writable<Real>(grad_decay) + channel);
  }
}

template <class Real>
std::vector<Tensor> compute_backward(const Arguments& arguments, const Tensor& grad_out, const Tensor& grad_h_last) {
  const Tensor& a_param = arguments[Arguments::kAParam];
  const Tensor decay = decay_of(a_param), grad_decay = at::zeros_like(a_param);
  const Inputs<Real> in = arguments.inputs<Real>(decay);
  std::vector<Tensor> gradients(Arguments::kCount);
  for (size_t i = 0; i < gradients.size(); ++i) {
    if (arguments.tensors[i].defined()) gradients[i] = at::zeros_like(arguments.tensors[i]);
  }
  const Outputs<Real> out{data_of<Real>(grad_out),
                          data_of<Real>(grad_h_last),
                          writable<Real>(gradients[Arguments::kX]),
                          writable<Real>(gradients[Arguments::kY]),
                          writable<Real>(gradients[Arguments::kH0]),
                          writable<Real>(gradients[Arguments::kHistory])};
  std::vector<GroupGradients<Real>> groups(static_cast<size_t>(in.s.heads * kGroups), GroupGradients<Real>(in.s));
  for_each_tile<BackwardWorker<Real>>(in, [&](BackwardWorker<Real>& worker, const Tile& tile, int64_t task) {
    worker.backward(tile, out, groups[static_cast<size_t>(task)]);
  });
  gather(in.s, groups, gradients, grad_decay);
  gradients[Arguments::kAParam] = -8 * grad_decay * at::sigmoid(a_param);  // softplus' = sigmoid
  return gradients;
}

class FusedRecurrence : public torch::autograd::Function<FusedRecurrence> {
 public:
  using Variables = torch::autograd::variable_list;

  static Variables forward(torch::autograd::AutogradContext* context, const Tensor& x, const Tensor& y,
                           const Tensor& conv_w, const Tensor& conv_b, const Tensor& input_gate_w,
                           const Tensor& input_gate_b, const Tensor& a_gate_w, const Tensor& a_gate_b,
                           const Tensor& a_param, const std::optional<Tensor>& h0,
                           const std::optional<Tensor>& history, int64_t scale) {
    Arguments arguments{{x, y, conv_w, conv_b, input_gate_w, input_gate_b, a_gate_w, a_gate_b, a_param,
                         h0.value_or(Tensor()), history.value_or(Tensor())},
                        static_cast<InputScale>(scale)};
    for (auto& tensor : arguments.tensors) {
      if (tensor.defined()) tensor = tensor.contiguous();
    }
    context->save_for_backward(arguments.tensors);
    context->saved_data["scale"] = scale;
    context->set_materialize_grads(false);
    const Tensor out = at::empty_like(arguments[Arguments::kX]);
    const Tensor h_last = at::empty({x.size(0), x.size(2), x.size(3)}, x.options());
    if (x.scalar_type() == at::kDouble) {
      compute_forward<double>(arguments, out, h_last);
    } else {
      compute_forward<float>(arguments, out, h_last);
    }
    return {out, h_last};
  }

  static Variables backward(torch::autograd::AutogradContext* context, Variables gradients) {
    Arguments arguments{context->get_saved_variables(),
                        static_cast<InputScale>(context->saved_data["scale"].toInt())};
    const Tensor& x = arguments[Arguments::kX];
    const Tensor grad_out = gradients[0].defined() ? gradients[0].contiguous() : at::zeros_like(x);
    const Tensor grad_h_last = gradients[1].defined() ? gradients[1].contiguous() : Tensor();
    Variables out = x.scalar_type() == at::kDouble ? compute_backward<double>(arguments, grad_out, grad_h_last)
                                                   : compute_backward<float>(arguments, grad_out, grad_h_last);
    out.emplace_back();  // scale
    return out;
  }
};

}  // namespace

bool has_fused_recurrence(const Tensor& x) { return x.device().is_cpu() && x.scalar_type() != at::kHalf; }

Tensor fused_recurrence(const Tensor& x, const Tensor& y, const RecurrenceParameters& p, InputScale scale,
                        RecurrenceState& state) {
  const at::ScalarType type = x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  const auto if_defined = [](const Tensor& tensor) {  // the autograd engine takes no undefined ones
    return tensor.defined() ? std::optional<Tensor>(tensor) : std::nullopt;
  };
  const Tensor inputs = x.to(type);
  const auto results =
      FusedRecurrence::apply(inputs, y.to(type), p.conv_w, p.conv_b, p.input_gate_w, p.input_gate_b, p.a_gate_w,
                             p.a_gate_b, p.a_param, if_defined(state.h), if_defined(state.conv),
                             static_cast<int64_t>(scale));
  const int64_t kept = p.conv_w.size(0) - 1;
  state.conv = kept_inputs(inputs, state.conv, kept);
  state.h = results[1];
  return results[0];
}

}  // namespace trecvit::model
