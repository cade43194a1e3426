// The single layers of tests/golden/layers.npz, computed by the plain loops or by fused kernels. Fixtures group the
// frames by row, [rows, frames, width]; every row has its own positions, so each row is processed separately.
#pragma once

#include <string>
#include <vector>

#include "engine/engine_test.h"
#include "support/golden.h"

namespace trecvit::test {

// The arrays of the file as vectors of any real type.
class LayerFile {
 public:
  template <class Real>
  std::vector<Real> values(const std::string& name) const {
    const HostTensor tensor = arrays_.read(name);
    std::vector<Real> out;
    const auto append = [&out](auto from) { out.assign(from.begin(), from.end()); };
    if (tensor.dtype() == DType::kF64) append(tensor.as<double>());
    if (tensor.dtype() == DType::kF32) append(tensor.as<float>());
    if (tensor.dtype() == DType::kI32) append(tensor.as<int32_t>());
    if (tensor.dtype() == DType::kI64) append(tensor.as<int64_t>());
    return out;
  }
  int64_t extent(const std::string& name, size_t axis) const { return arrays_.header(name).shape.at(axis); }
  bool contains(const std::string& name) const { return arrays_.contains(name); }

 private:
  NpzReader arrays_ = golden_arrays("layers.npz");
};

struct LayerOutputs {
  std::vector<double> outputs, memory;  // y; and what the layer carries to the next frame, if anything
};

}  // namespace trecvit::test
