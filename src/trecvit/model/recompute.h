// Activation checkpointing: less memory for more computation.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace trecvit::model {

using at::Tensor;

// Returns function(x) and keeps only x for the backward pass, which calls the function again, adds gradients to the
// parameters that it uses, and returns the gradient of x. The function must give the same result both times and must
// not depend on any tensor of the graph other than parameters. Autocast is set as in the forward pass. Without
// gradients this is just function(x). x must require a gradient; otherwise the parameters get none.
Tensor recompute_in_backward(const std::function<Tensor(const Tensor&)>& function, const Tensor& x);

}  // namespace trecvit::model
