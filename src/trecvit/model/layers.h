// The small layers of the trainable model. Each registers the tensors of the published checkpoint under their published
// names and without transposing them, so that weights and gradients can be compared one to one.
//
// Layers without memory have a single forward for both clips and single frames: they only look at the last axes.
#pragma once

#include <torch/nn/module.h>

namespace trecvit::model {

using at::Tensor;

// y = x W + b. The first `input_axes` axes of the kernel are inputs, the others outputs; in x and y, inputs and outputs
// are each flattened to one axis: [..., inputs] -> [..., outputs].
class Dense : public torch::nn::Module {
 public:
  explicit Dense(at::IntArrayRef kernel_shape, int64_t input_axes = 1);
  Tensor forward(const Tensor& x) const;
  // The kernel as a matrix [inputs, outputs].
  Tensor matrix() const;

  Tensor kernel, bias;

 private:
  int64_t inputs_, outputs_;
};

// (x - mean) / sqrt(variance + 1e-6) * scale + bias over the last axis.
class LayerNorm : public torch::nn::Module {
 public:
  explicit LayerNorm(int64_t width);
  Tensor forward(const Tensor& x) const;

  Tensor scale, bias;
};

// x / sqrt(mean(x^2) + 1e-6) * (1 + scale) over the last axis.
class RmsNorm : public torch::nn::Module {
 public:
  explicit RmsNorm(int64_t width);
  Tensor forward(const Tensor& x) const;

  Tensor scale;
};

// x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
Tensor tanh_gelu(const Tensor& x);

}  // namespace trecvit::model
