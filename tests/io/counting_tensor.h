// A tensor whose values show where each of them belongs.
#pragma once

#include <numeric>

#include "trecvit/base/tensor.h"

namespace trecvit::test {

// Float32 values 0, 1, 2, ...
inline HostTensor counting_tensor(const Shape& shape) {
  HostTensor tensor(shape, DType::kF32);
  auto values = tensor.as<float>();
  std::iota(values.begin(), values.end(), 0.0f);
  return tensor;
}

}  // namespace trecvit::test
