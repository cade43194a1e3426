#include "trecvit/model/layers.h"

#include <ATen/ATen.h>

#include <numeric>
#include <string>

#include "trecvit/model/vector_maths.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit::model {
namespace {

constexpr double kNormEpsilon = 1e-6;

int64_t product(at::IntArrayRef extents) {
  return std::accumulate(extents.begin(), extents.end(), int64_t{1}, std::multiplies<>());
}

}  // namespace

Dense::Dense(at::IntArrayRef kernel_shape, int64_t input_axes)
    : inputs_(product(kernel_shape.slice(0, static_cast<size_t>(input_axes)))),
      outputs_(product(kernel_shape.slice(static_cast<size_t>(input_axes)))) {
  ready_vector_maths();
  kernel = register_parameter(std::string(kKernelName), at::zeros(kernel_shape));
  bias = register_parameter(std::string(kBiasName), at::zeros(kernel_shape.slice(static_cast<size_t>(input_axes))));
}

Tensor Dense::matrix() const { return kernel.view({inputs_, outputs_}); }

Tensor Dense::forward(const Tensor& x) const { return at::linear(x, matrix().t(), bias.view({outputs_})); }

LayerNorm::LayerNorm(int64_t width) {
  scale = register_parameter(std::string(kScaleName), at::ones({width}));
  bias = register_parameter(std::string(kBiasName), at::zeros({width}));
}

Tensor LayerNorm::forward(const Tensor& x) const { return at::layer_norm(x, scale.sizes(), scale, bias, kNormEpsilon); }

RmsNorm::RmsNorm(int64_t width) { scale = register_parameter(std::string(kScaleName), at::zeros({width})); }

Tensor RmsNorm::forward(const Tensor& x) const { return at::rms_norm(x, scale.sizes(), 1 + scale, kNormEpsilon); }

Tensor tanh_gelu(const Tensor& x) { return at::gelu(x, "tanh"); }

}  // namespace trecvit::model
