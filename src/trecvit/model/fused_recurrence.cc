#include "trecvit/model/fused_recurrence.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

#include "trecvit/base/float_mode.h"
#include "trecvit/model/recurrence_tile.h"

namespace trecvit::model {
namespace {

// Groups of tiles per head; the parameter gradients of a group are summed one tile after the other. More than one, so
// that few heads still keep many threads busy; a constant, so that the sums do not depend on the number of threads.
constexpr int64_t kGroups = 4;

// body(worker, tile, group) for the tiles of every group of every head; the tiles of a group are processed one after
// the other, in order.
template <class AnyWorker, class Real, class Body>
void for_each_tile(const TileInputs<Real>& in, const Body& body) {
  const TileSizes& s = in.s;
  const int64_t all = s.batch * s.tiles;
  at::parallel_for(0, s.heads * kGroups, 1, [&](int64_t begin, int64_t end) {
    const FlushDenormals flush;
    const at::AutoDispatchBelowADInplaceOrView raw;  // these products are not part of the graph
    AnyWorker worker(in);
    for (int64_t task = begin; task < end; ++task) {
      const int64_t head = task / kGroups, group = task % kGroups;
      for (int64_t i = group * all / kGroups; i < (group + 1) * all / kGroups; ++i) {
        const int64_t token = i % s.tiles * s.tile_tokens;
        body(worker, RecurrenceTile{i / s.tiles, head, token, std::min(s.tile_tokens, s.tokens - token)}, task);
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
  TileInputs<Real> inputs(const Arguments& a) const {
    const auto data = [&a](Arguments::Index index) { return data_of<Real>(a[index]); };
    return {TileSizes::of(a[Arguments::kX], a[Arguments::kConvW], a[Arguments::kInputGateW]),
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
  const TileInputs<Real> in = prepared.inputs<Real>(arguments);
  for_each_tile<TileForward<Real>>(in, [&](TileForward<Real>& worker, const RecurrenceTile& tile, int64_t) {
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
void gather(const TileSizes& s, const std::vector<GroupGradients<Real>>& groups, const std::vector<Tensor>& gradients,
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
  const TileInputs<Real> in = prepared.inputs<Real>(arguments);
  std::vector<Tensor> gradients(Arguments::kCount);
  for (size_t i = 0; i < gradients.size(); ++i) {
    if (!arguments.tensors[i].defined()) continue;
    // TileGradients of parameters are accumulated, the others written once.
    const bool parameter = i >= Arguments::kConvW && i <= Arguments::kAParam;
    gradients[i] = parameter ? at::zeros_like(arguments.tensors[i]) : at::empty_like(arguments.tensors[i]);
  }
  const auto writable_gradient = [&](Arguments::Index index) { return writable<Real>(gradients[index]); };
  const TileGradients<Real> given{data_of<Real>(grad_out),           data_of<Real>(grad_h_last),
                                  writable_gradient(Arguments::kX),  writable_gradient(Arguments::kY),
                                  writable_gradient(Arguments::kH0), writable_gradient(Arguments::kHistory)};
  std::vector<GroupGradients<Real>> groups(static_cast<size_t>(in.s.heads * kGroups), GroupGradients<Real>(in.s));
  for_each_tile<TileBackward<Real>>(in, [&](TileBackward<Real>& worker, const RecurrenceTile& tile, int64_t task) {
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
