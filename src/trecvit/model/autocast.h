// Products in a narrower type for a while, as LibTorch's autocast has it; sums and what is sensitive stay float32.
#pragma once

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>

namespace trecvit::model {

struct AutocastState {
  at::DeviceType device = at::kCPU;
  bool enabled = false;
  at::ScalarType type = at::kBFloat16;

  static AutocastState current(at::DeviceType device) {
    return {device, at::autocast::is_autocast_enabled(device), at::autocast::get_autocast_dtype(device)};
  }
  void set() const {
    at::autocast::set_autocast_dtype(device, type);
    at::autocast::set_autocast_enabled(device, enabled);
  }
};

// The wanted state while it lives, what was before after that. Of the calling thread.
class Autocast {
 public:
  explicit Autocast(const AutocastState& wanted) : before_(AutocastState::current(wanted.device)) { wanted.set(); }
  ~Autocast() {
    before_.set();
    at::autocast::clear_cache();  // of weights that the next step changes
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  AutocastState before_;
};

}  // namespace trecvit::model
