// Activation checkpointing: memory for time.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace trecvit::model {

using at::Tensor;

// function(x), of which only x is kept for the backward pass; there the function is computed again, and gradients are
// added to the parameters it uses and returned for x. The function must give the same result both times and must
// depend on no other tensor of the graph than parameters. Autocast is as it was in the forward pass. Without gradients
// it is just function(x). x must require a gradient, else the parameters get none.
Tensor recompute_in_backward(const std::function<Tensor(const Tensor&)>& function, const Tensor& x);

}  // namespace trecvit::model
