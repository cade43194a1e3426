#include "trecvit/model/recompute.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <memory>

#include "trecvit/base/error.h"

namespace trecvit::model {
namespace {

using torch::autograd::variable_list;

// What the backward pass needs beside x; autograd carries opaque values as capsules.
struct Again : public torch::CustomClassHolder {
  std::function<Tensor(const Tensor&)> function;
  at::DeviceType device = at::kCPU;
  bool autocast = false;
  at::ScalarType type = at::kFloat;
};

// The state of autocast for a while.
class AutocastGuard {
 public:
  explicit AutocastGuard(const Again& wanted)
      : device_(wanted.device), before_(at::autocast::is_autocast_enabled(device_)) {
    at::autocast::set_autocast_enabled(device_, wanted.autocast);
    if (wanted.autocast) at::autocast::set_autocast_dtype(device_, wanted.type);
  }
  ~AutocastGuard() {
    at::autocast::set_autocast_enabled(device_, before_);
    at::autocast::clear_cache();  // of weights that the next step changes
  }
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  at::DeviceType device_;
  bool before_;
};

class Recompute : public torch::autograd::Function<Recompute> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x,
                        const c10::intrusive_ptr<Again>& again) {
    context->save_for_backward({x});
    context->saved_data["again"] = at::IValue::make_capsule(again);
    const at::NoGradGuard no_grad;
    return again->function(x);
  }

  static variable_list backward(torch::autograd::AutogradContext* context, const variable_list& grads) {
    const auto again = c10::static_intrusive_pointer_cast<Again>(context->saved_data["again"].toCapsule());
    Tensor x = context->get_saved_variables()[0].detach();
    x.requires_grad_(true);
    Tensor out;
    {
      const at::AutoGradMode with_grad(true);
      const AutocastGuard autocast(*again);
      out = again->function(x);
    }
    torch::autograd::backward({out}, {grads[0]});
    return {x.grad(), Tensor()};
  }
};

}  // namespace

Tensor recompute_in_backward(const std::function<Tensor(const Tensor&)>& function, const Tensor& x) {
  if (!at::GradMode::is_enabled()) return function(x);
  TRECVIT_CHECK(x.requires_grad());
  auto again = c10::make_intrusive<Again>();
  again->function = function;
  again->device = x.device().type();
  again->autocast = at::autocast::is_autocast_enabled(again->device);
  if (again->autocast) again->type = at::autocast::get_autocast_dtype(again->device);
  return Recompute::apply(x, again);
}

}  // namespace trecvit::model
