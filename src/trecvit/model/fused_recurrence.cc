#include "trecvit/model/fused_recurrence.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/base/float_mode.h"
#include "trecvit/model/recurrence_rows.h"

namespace trecvit::model {
namespace {

// Rows per tile: enough for the products of the gates to run at full speed, few enough that a tile of all intermediates
// stays in the L2 cache.
constexpr int64_t kTileRows = 128;
// Groups of tiles per head; the parameter gradients of a group are summed one tile after the other. More than one, so
// that few heads still keep many threads busy; a constant, so that the sums do not depend on the number of threads.
constexpr int64_t kGroups = 4;
static_assert(kMostTerms >= kMaxConvWidth);

struct Sizes {
  int64_t batch, frames, tokens, width, heads, head_width, taps, tile_tokens, tiles;

  static Sizes of(const Tensor& x, const Tensor& conv_w, const Tensor& gate_w) {
    TRECVIT_CHECK(x.dim() == 4 && x.numel() > 0 && conv_w.size(0) <= kMostTerms);
    Sizes s{x.size(0), x.size(1), x.size(2), x.size(3), gate_w.size(0), gate_w.size(1), conv_w.size(0), 0, 0};
    s.tile_tokens = std::clamp<int64_t>(kTileRows / s.frames, 1, s.tokens);
    s.tiles = (s.tokens + s.tile_tokens - 1) / s.tile_tokens;
    return s;
  }
  int64_t frame() const { return tokens * width; }
};

// c [m, n] = a b, and c += a b, for row-major matrices either of which may be read transposed. Runs on the calling
// thread: inside a parallel region, ATen does not parallelise its products again.
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
Tensor result_view(const Tensor& a, const Tensor& b, Real* c) {
  return at::from_blob(c, {a.size(0), b.size(1)}, a.scalar_type());
}
template <class Real>
void matrix_product(const Matrix<Real>& a, const Matrix<Real>& b, Real* c) {
  const Tensor left = a.view(), right = b.view();
  Tensor out = result_view(left, right, c);
  at::mm_out(out, left, right);
}
template <class Real>
void add_matrix_product(const Matrix<Real>& a, const Matrix<Real>& b, Real* c) {
  const Tensor left = a.view(), right = b.view();
  result_view(left, right, c).addmm_(left, right);
}

// The part of the computation that does not change from tile to tile.
template <class Real>
struct Inputs {
  Sizes s;
  InputScale scale;
  const Real *x, *y;                    // [B, T, N, R]
  const Real *conv_w, *conv_b;          // [K, R], [R]
  const Real* gates_w;                  // [H, G, 2 G], input gate and a gate side by side
  const Real *input_gate_b, *a_gate_b;  // [H, G]
  const Real* decay;                    // [R]
  const Real *h0, *history;             // [B, N, R], [B, K - 1, N, R]; null at position 0

  RowUpdate update(int64_t t) const {
    if (t == 0 && !h0) return RowUpdate::kFirst;
    return scale == InputScale::kConvex ? RowUpdate::kConvex : RowUpdate::kSqrt;
  }
};

// The rows that a worker processes: all frames of a few tokens, in the channels of one head.
struct Tile {
  int64_t batch, head, token, tokens;
};

// The scratch memory of one thread, and the forward pass through a tile.
template <class Real>
class Worker {
 public:
  explicit Worker(const Inputs<Real>& in) : in_(in), s_(in.s), rows_(recurrence_rows<Real>()) {
    conv_.resize(size());
    gates_.resize(2 * size());
    h_.resize(size());
  }

  // Fills the scratch memory with c, both gates and h of all frames; with `out`, also computes h * gelu(y).
  void forward(const Tile& tile, Real* out, Real* h_last) {
    const int64_t n = s_.head_width;
    convolve(tile);
    matrix_product<Real>({conv_.data(), s_.frames * tile.tokens, n}, {in_.gates_w + tile.head * 2 * n * n, n, 2 * n},
                         gates_.data());
    each_row(tile, [&](int64_t t, int64_t token, int64_t row) {
      const int64_t at = place(tile, t, token), head = channel(tile);
      Real* gates = gates_.data() + 2 * row;
      rows_.forward({in_.update(t), n, conv_.data() + row, in_.input_gate_b + head, in_.a_gate_b + head, gates,
                     gates + n, in_.decay + head, before(tile, t, token, row), h_.data() + row, in_.y + at,
                     out ? out + at : nullptr});
    });
    for (int64_t i = 0; h_last && i < tile.tokens; ++i)
      std::copy_n(h_.data() + row_of(tile, s_.frames - 1, i), n, h_last + carried_place(tile, i));
  }

 protected:
  size_t size() const { return static_cast<size_t>(s_.frames * s_.tile_tokens * s_.head_width); }
  int64_t channel(const Tile& tile) const { return tile.head * s_.head_width; }
  // Offset of a token of the tile in [B, T, N, R], in [B, N, R], in [B, K - 1, N, R] and in the scratch memory.
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
  // The input of the convolution s frames before t, and its weight; null if there is no such frame.
  const Real* past(const Tile& tile, int64_t t, int64_t s, int64_t i) const {
    if (t >= s) return in_.x + place(tile, t - s, i);
    return in_.history ? in_.history + history_place(tile, s_.taps - 1 - (s - t), i) : nullptr;
  }
  const Real* weight(const Tile& tile, int64_t s) const {
    return in_.conv_w + (s_.taps - 1 - s) * s_.width + channel(tile);
  }

  template <class Body>
  void each_row(const Tile& tile, const Body& body) const {
    for (int64_t t = 0; t < s_.frames; ++t) {
      for (int64_t i = 0; i < tile.tokens; ++i) body(t, i, row_of(tile, t, i));
    }
  }

  void convolve(const Tile& tile) {
    each_row(tile, [&](int64_t t, int64_t token, int64_t row) {
      const Real *weights[kMostTerms], *inputs[kMostTerms];
      int64_t count = 0;
      for (int64_t s = 0; s < s_.taps; ++s) {
        inputs[count] = past(tile, t, s, token);
        weights[count] = weight(tile, s);
        count += inputs[count] != nullptr;
      }
      rows_.weighted_sum(s_.head_width, count, weights, inputs, in_.conv_b + channel(tile), conv_.data() + row);
    });
  }

  const Inputs<Real>& in_;
  Sizes s_;
  const RecurrenceRows<Real>& rows_;
  std::vector<Real> conv_, gates_, h_;  // [T * tile tokens, G], gates [T * tile tokens, 2 G]: input gate, then a gate
};

// Gradients of the parameters, for one group of one head.
template <class Real>
struct GroupGradients {
  std::vector<Real> conv_w, conv_b, gates_w, gates_b, decay;  // [K, G], [G], [G, 2 G], [2 G], [G]

  explicit GroupGradients(const Sizes& s)
      : conv_w(static_cast<size_t>(s.taps * s.head_width)),
        conv_b(static_cast<size_t>(s.head_width)),
        gates_w(2 * conv_b.size() * conv_b.size()),
        gates_b(2 * conv_b.size()),
        decay(conv_b) {}
};

template <class Real>
struct Gradients {
  const Real *out, *h_last;  // given: [B, T, N, R]; [B, N, R], may be null
  Real *x, *y;               // [B, T, N, R]
  Real *h0, *history;        // may be null
};

template <class Real>
class BackwardWorker : public Worker<Real> {
  using Base = Worker<Real>;
  using Base::conv_, Base::gates_, Base::h_, Base::in_, Base::rows_, Base::s_;

 public:
  explicit BackwardWorker(const Inputs<Real>& in) : Base(in) {
    grad_conv_.resize(Base::size());
    grad_gates_.resize(2 * Base::size());
    grad_h_.resize(static_cast<size_t>(s_.tile_tokens * s_.head_width));
  }

  void backward(const Tile& tile, const Gradients<Real>& gradients, GroupGradients<Real>& group) {
    Base::forward(tile, nullptr, nullptr);
    through_time(tile, gradients, group);
    through_gates(tile, group);
    through_conv(tile, gradients, group);
  }

 private:
  void through_time(const Tile& tile, const Gradients<Real>& gradients, GroupGradients<Real>& group) {
    const int64_t n = s_.head_width;
    std::fill(grad_h_.begin(), grad_h_.end(), Real(0));
    for (int64_t i = 0; gradients.h_last && i < tile.tokens; ++i)
      std::copy_n(gradients.h_last + Base::carried_place(tile, i), n, grad_h_.data() + i * n);
    for (int64_t t = s_.frames - 1; t >= 0; --t) {
      for (int64_t i = 0; i < tile.tokens; ++i) {
        const int64_t row = Base::row_of(tile, t, i), at = Base::place(tile, t, i);
        const Real* gates = gates_.data() + 2 * row;
        Real* grad_gates = grad_gates_.data() + 2 * row;
        rows_.backward({in_.update(t), n, conv_.data() + row, gates, gates + n, in_.decay + Base::channel(tile),
                        Base::before(tile, t, i, row), h_.data() + row, in_.y + at, gradients.out + at,
                        grad_h_.data() + i * n, gradients.y + at, grad_conv_.data() + row, grad_gates, grad_gates + n,
                        group.decay.data()});
      }
    }
    for (int64_t i = 0; gradients.h0 && i < tile.tokens; ++i)
      std::copy_n(grad_h_.data() + i * n, n, gradients.h0 + Base::carried_place(tile, i));
  }

  // grad c += grad gates W^T, and grad W += c^T grad gates.
  void through_gates(const Tile& tile, GroupGradients<Real>& group) {
    const int64_t n = s_.head_width, m = s_.frames * tile.tokens;
    const Real* grad = grad_gates_.data();
    add_matrix_product<Real>({grad, m, 2 * n}, {in_.gates_w + tile.head * 2 * n * n, n, 2 * n, true},
                             grad_conv_.data());
    add_matrix_product<Real>({conv_.data(), m, n, true}, {grad, m, 2 * n}, group.gates_w.data());
    for (int64_t row = 0; row < m; ++row) rows_.add(2 * n, grad + row * 2 * n, group.gates_b.data());
  }

  void through_conv(const Tile& tile, const Gradients<Real>& gradients, GroupGradients<Real>& group) {
    const int64_t n = s_.head_width;
    Base::each_row(tile, [&](int64_t t, int64_t token, int64_t row) {
      const Real *grad = grad_conv_.data() + row, *inputs[kMostTerms];
      Real* sums[kMostTerms];
      int64_t count = 0;
      for (int64_t s = 0; s < s_.taps; ++s) {
        inputs[count] = Base::past(tile, t, s, token);
        sums[count] = group.conv_w.data() + (s_.taps - 1 - s) * n;
        count += inputs[count] != nullptr;
      }
      rows_.add_products(n, count, inputs, grad, sums);
      rows_.add(n, grad, group.conv_b.data());
      gradient_of_input(tile, t, token, gradients.x + Base::place(tile, t, token));
    });
    for (int64_t slot = 0; gradients.history && slot < s_.taps - 1; ++slot) {  // the slot of frame slot - (K - 1)
      for (int64_t i = 0; i < tile.tokens; ++i)
        gradient_of_input(tile, slot - (s_.taps - 1), i, gradients.history + Base::history_place(tile, slot, i));
    }
  }

  // The conv's input at frame t, which may lie before the clip, is read by the frames t to t + K - 1.
  void gradient_of_input(const Tile& tile, int64_t t, int64_t token, Real* out) const {
    const Real *weights[kMostTerms], *gradients[kMostTerms];
    int64_t count = 0;
    for (int64_t s = std::max<int64_t>(-t, 0); s < s_.taps && t + s < s_.frames; ++s) {
      weights[count] = Base::weight(tile, s);
      gradients[count++] = grad_conv_.data() + Base::row_of(tile, t + s, token);
    }
    rows_.weighted_sum(s_.head_width, count, weights, gradients, nullptr, out);
  }

  std::vector<Real> grad_conv_, grad_gates_, grad_h_;
};

// body(worker, tile, group) for the tiles of every group of every head; the tiles of a group are processed one after
// the other, in order.
template <class AnyWorker, class Real, class Body>
void for_each_tile(const Inputs<Real>& in, const Body& body) {
  const Sizes& s = in.s;
  const int64_t all = s.batch * s.tiles;
  at::parallel_for(0, s.heads * kGroups, 1, [&](int64_t begin, int64_t end) {
    const FlushDenormals flush;
    const at::AutoDispatchBelowADInplaceOrView raw;  // these products are not part of the graph
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

// Contiguous tensors of one type, in the order of the autograd function's arguments.
struct Arguments {
  enum Index { kX, kY, kConvW, kConvB, kInputGateW, kInputGateB, kAGateW, kAGateB, kAParam, kH0, kHistory, kCount };
  std::vector<Tensor> tensors;
  InputScale scale;

  const Tensor& operator[](Index index) const { return tensors[index]; }
};

// Parameters in the form that the workers read.
struct Prepared {
  explicit Prepared(const Arguments& a)
      : decay(-8 * at::softplus(a[Arguments::kAParam])),
        gates_w(at::cat({a[Arguments::kInputGateW], a[Arguments::kAGateW]}, 2)) {}

  template <class Real>
  Inputs<Real> inputs(const Arguments& a) const {
    const auto data = [&a](Arguments::Index index) { return data_of<Real>(a[index]); };
    return {Sizes::of(a[Arguments::kX], a[Arguments::kConvW], a[Arguments::kInputGateW]),
            a.scale,
            data(Arguments::kX),
            data(Arguments::kY),
            data(Arguments::kConvW),
            data(Arguments::kConvB),
            data_of<Real>(gates_w),
            data(Arguments::kInputGateB),
            data(Arguments::kAGateB),
            data_of<Real>(decay),
            data(Arguments::kH0),
            data(Arguments::kHistory)};
  }

  Tensor decay, gates_w;  // [R], [H, G, 2 G]
};

template <class Real>
void compute_forward(const Arguments& arguments, const Tensor& out, const Tensor& h_last) {
  const Prepared prepared(arguments);
  const Inputs<Real> in = prepared.inputs<Real>(arguments);
  for_each_tile<Worker<Real>>(in, [&](Worker<Real>& worker, const Tile& tile, int64_t) {
    worker.forward(tile, writable<Real>(out), writable<Real>(h_last));
  });
}

template <class Real>
void add_to(Real* to, const std::vector<Real>& from) {
  for (size_t i = 0; i < from.size(); ++i) to[i] += from[i];
}
// Splits rows [rows, 2 n] into two matrices [rows, n], the left and the right halves.
template <class Real>
void add_halves_to(Real* left, Real* right, const std::vector<Real>& both, int64_t n) {
  const int64_t rows = static_cast<int64_t>(both.size()) / (2 * n);
  for (int64_t row = 0; row < rows; ++row) {
    const Real* from = both.data() + row * 2 * n;
    for (int64_t j = 0; j < n; ++j) {
      left[row * n + j] += from[j];
      right[row * n + j] += from[n + j];
    }
  }
}

// Sums the groups of each head, in order, into the gradients of the parameters.
template <class Real>
void gather(const Sizes& s, const std::vector<GroupGradients<Real>>& groups, const std::vector<Tensor>& gradients,
            const Tensor& grad_decay) {
  const auto to = [&](Arguments::Index index) { return writable<Real>(gradients[index]); };
  const int64_t n = s.head_width;
  for (int64_t task = 0; task < s.heads * kGroups; ++task) {
    const GroupGradients<Real>& group = groups[static_cast<size_t>(task)];
    const int64_t head = task / kGroups, channel = head * n;
    for (int64_t tap = 0; tap < s.taps; ++tap) {
      Real* row = to(Arguments::kConvW) + tap * s.width + channel;
      for (int64_t j = 0; j < n; ++j) row[j] += group.conv_w[static_cast<size_t>(tap * n + j)];
    }
    add_to(to(Arguments::kConvB) + channel, group.conv_b);
    add_halves_to(to(Arguments::kInputGateW) + head * n * n, to(Arguments::kAGateW) + head * n * n, group.gates_w, n);
    add_halves_to(to(Arguments::kInputGateB) + channel, to(Arguments::kAGateB) + channel, group.gates_b, n);
    add_to(writable<Real>(grad_decay) + channel, group.decay);
  }
}

template <class Real>
std::vector<Tensor> compute_backward(const Arguments& arguments, const Tensor& grad_out, const Tensor& grad_h_last) {
  const Tensor& a_param = arguments[Arguments::kAParam];
  const Tensor grad_decay = at::zeros_like(a_param);
  const Prepared prepared(arguments);
  const Inputs<Real> in = prepared.inputs<Real>(arguments);
  std::vector<Tensor> gradients(Arguments::kCount);
  for (size_t i = 0; i < gradients.size(); ++i) {
    if (!arguments.tensors[i].defined()) continue;
    // Gradients of parameters are accumulated, the others written once.
    const bool parameter = i >= Arguments::kConvW && i <= Arguments::kAParam;
    gradients[i] = parameter ? at::zeros_like(arguments.tensors[i]) : at::empty_like(arguments.tensors[i]);
  }
  const auto writable_gradient = [&](Arguments::Index index) { return writable<Real>(gradients[index]); };
  const Gradients<Real> given{data_of<Real>(grad_out),           data_of<Real>(grad_h_last),
                              writable_gradient(Arguments::kX),  writable_gradient(Arguments::kY),
                              writable_gradient(Arguments::kH0), writable_gradient(Arguments::kHistory)};
  std::vector<GroupGradients<Real>> groups(static_cast<size_t>(in.s.heads * kGroups), GroupGradients<Real>(in.s));
  for_each_tile<BackwardWorker<Real>>(in, [&](BackwardWorker<Real>& worker, const Tile& tile, int64_t task) {
    worker.backward(tile, given, groups[static_cast<size_t>(task)]);
  });
  gather(in.s, groups, gradients, grad_decay);
  gradients[Arguments::kAParam] = -8 * grad_decay * at::sigmoid(a_param);  // the derivative of softplus is the sigmoid
  return gradients;
}

class FusedRecurrence : public torch::autograd::Function<FusedRecurrence> {
 public:
  using Variables = torch::autograd::variable_list;

  static Variables forward(torch::autograd::AutogradContext* context, const Tensor& x, const Tensor& y,
                           const Tensor& conv_w, const Tensor& conv_b, const Tensor& input_gate_w,
                           const Tensor& input_gate_b, const Tensor& a_gate_w, const Tensor& a_gate_b,
                           const Tensor& a_param, const std::optional<Tensor>& h0, const std::optional<Tensor>& history,
                           int64_t scale) {
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
    TORCH_CHECK(
        !at::GradMode::is_enabled(),
        "[fused recurrence] expected a first derivative, got a request for a second; the plain operators have more");
    const Arguments arguments{context->get_saved_variables(),
                              static_cast<InputScale>(context->saved_data["scale"].toInt())};
    const Tensor& x = arguments[Arguments::kX];
    const Tensor grad_out = gradients[0].defined() ? gradients[0].contiguous() : at::zeros_like(x);
    const Tensor grad_h_last = gradients[1].defined() ? gradients[1].contiguous() : Tensor();
    Variables out = x.scalar_type() == at::kDouble ? compute_backward<double>(arguments, grad_out, grad_h_last)
                                                   : compute_backward<float>(arguments, grad_out, grad_h_last);
    out.emplace_back();  // for the scale, which is not a tensor
    return out;
  }
};

// The autograd engine does not accept undefined tensors.
std::optional<Tensor> if_defined(const Tensor& tensor) {
  return tensor.defined() ? std::optional<Tensor>(tensor) : std::nullopt;
}

}  // namespace

bool has_fused_recurrence(const Tensor& x) { return x.device().is_cpu() && x.scalar_type() != at::kHalf; }

Tensor fused_recurrence(const Tensor& x, const Tensor& y, const RecurrenceParameters& p, InputScale scale,
                        RecurrenceState& state) {
  const at::ScalarType type = x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  const Tensor inputs = x.to(type);
  const auto results = FusedRecurrence::apply(inputs, y.to(type), p.conv_w, p.conv_b, p.input_gate_w, p.input_gate_b,
                                              p.a_gate_w, p.a_gate_b, p.a_param, if_defined(state.h),
                                              if_defined(state.conv), static_cast<int64_t>(scale));
  state.conv = kept_inputs(inputs, state.conv, p.conv_w.size(0) - 1);
  state.h = results[1];
  return results[0];
}

}  // namespace trecvit::model
