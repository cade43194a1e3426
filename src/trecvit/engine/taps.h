// Named intermediates of a computation, for dump, check and tests. A tap never changes which kernel runs.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trecvit/base/shape.h"
#include "trecvit/config/model_config.h"

namespace trecvit {

// Receives taps while a frame or a clip is computed. Called on the thread that called step or run.
class TapSink {
 public:
  virtual ~TapSink() = default;
  virtual bool wants(std::string_view name) const = 0;
  // values: one frame's tensor of this shape; frame: its index within the call.
  virtual void put(std::string_view name, int64_t frame, const Shape& shape, std::span<const float> values) = 0;
};

struct TapInfo {
  std::string name;
  Shape shape;  // of one frame
};

// Taps every provider gives, in the order of the computation.
std::vector<TapInfo> outer_taps(const ModelConfig& config);
// Those and what happens inside the blocks; given by the reference provider.
std::vector<TapInfo> all_taps(const ModelConfig& config);

// "temporal.03" and "spatial.03".
std::string temporal_tap(int64_t block, std::string_view inner = {});
std::string spatial_tap(int64_t block, std::string_view inner = {});

}  // namespace trecvit
