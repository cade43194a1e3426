// What the parts of the reference share: weights as plain vectors, products in pieces that can be stopped in between,
// and taps.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "trecvit/base/stop.h"
#include "trecvit/engine/reference_ops.h"
#include "trecvit/engine/taps.h"
#include "trecvit/engine/workspace.h"
#include "trecvit/weights/tensor_table.h"
#include "trecvit/weights/weight_source.h"

namespace trecvit::reference {

using Values = std::vector<float>;

struct Dense {
  Values w, b;
};
struct Norm {
  Values scale, bias;
};

// Reads tensors as plain vectors and counts their bytes.
class Reader {
 public:
  explicit Reader(const WeightSource& source) : source_(source) {}
  Values values(const std::string& name) {
    const HostTensor tensor = source_.read(name);
    bytes_ += tensor.bytes();
    return {tensor.as<float>().begin(), tensor.as<float>().end()};
  }
  Values single(Layer layer, int64_t block = 0) { return values(names_of(layer, block).weight); }
  Dense dense(Layer layer, int64_t block = 0) {
    const LayerNames names = names_of(layer, block);
    return {values(names.weight), values(names.bias)};
  }
  Norm norm(Layer layer, int64_t block = 0) {
    const LayerNames names = names_of(layer, block);
    return {values(names.weight), values(names.bias)};
  }
  size_t bytes() const { return bytes_; }

 private:
  const WeightSource& source_;
  size_t bytes_ = 0;
};

// Passes the frames of a [T, ...] array to the sink if it wants them.
inline void tap(TapSink* sink, const std::string& name, const Shape& shape, const Values& values, int64_t frames) {
  if (!sink || !sink->wants(name)) return;
  const auto size = static_cast<size_t>(element_count(shape).value());
  for (int64_t t = 0; t < frames; ++t) {
    sink->put(name, t, shape, std::span(values).subspan(static_cast<size_t>(t) * size, size));
  }
}

// Calls part(begin, end) for one piece of `rows` after another. Throws Stopped.
template <class Part>
void in_pieces(const Workspace& workspace, int64_t rows, double operations_per_row, Part part) {
  constexpr double kSlower = 8;  // factor compared with kernels
  const int64_t most = workspace.rows_of_piece(kSlower * operations_per_row);
  for (int64_t begin = 0; begin < rows; begin += most) {
    if (workspace.stopping()) throw Stopped{};
    part(begin, std::min(begin + most, rows));
  }
}

// y [rows, outputs] = x [rows, inputs] w + b, in pieces.
inline void dense(const Workspace& workspace, const float* x, int64_t rows, int64_t inputs, const Dense& layer,
                  int64_t outputs, float* y) {
  const double operations = static_cast<double>(inputs) * static_cast<double>(outputs);
  in_pieces(workspace, rows, operations, [&](int64_t begin, int64_t end) {
    dense(x + begin * inputs, end - begin, inputs, layer.w.data(), layer.b.data(), outputs, y + begin * outputs);
  });
}

}  // namespace trecvit::reference
