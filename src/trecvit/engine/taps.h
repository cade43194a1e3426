// Named intermediates of a computation, for dump, check and tests. A tap never changes which kernel runs.
#pragma once

#include <span>
#include <string_view>

#include "trecvit/config/tap_names.h"

namespace trecvit {

// Receives taps while a frame or a clip is computed. Called on the thread that called step or run.
class TapSink {
 public:
  virtual ~TapSink() = default;
  virtual bool wants(std::string_view name) const = 0;
  // values: one frame's tensor of this shape; frame: its index within the call.
  virtual void put(std::string_view name, int64_t frame, const Shape& shape, std::span<const float> values) = 0;
};

}  // namespace trecvit
