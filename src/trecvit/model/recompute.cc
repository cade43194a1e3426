#include "trecvit/model/recompute.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <memory>

#include "trecvit/base/error.h"
#include "trecvit/model/autocast.h"

namespace trecvit::model {
namespace {

using torch::autograd::variable_list;

// What the backward pass needs besides x; autograd carries opaque values as capsules.
struct Again : public torch::CustomClassHolder {
  std::function<Tensor(const Tensor&)> function;
  AutocastState autocast;
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
      const Autocast autocast(again->autocast);
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
  again->autocast = AutocastState::current(x.device().type());
  return Recompute::apply(x, again);
}

}  // namespace trecvit::model
