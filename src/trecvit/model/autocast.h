// Temporarily computes products in a narrower type, with LibTorch's autocast; sums and numerically sensitive operations
// stay in float32.
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

// Sets the wanted state for the lifetime of this object and then restores the previous one. Affects the calling thread.
class Autocast {
 public:
  explicit Autocast(const AutocastState& wanted) : before_(AutocastState::current(wanted.device)) { wanted.set(); }
  ~Autocast() {
    before_.set();
    at::autocast::clear_cache();  // it holds weights that the next step changes
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  AutocastState before_;
};

}  // namespace trecvit::model
