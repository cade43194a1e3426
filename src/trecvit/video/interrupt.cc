#include "trecvit/video/interrupt.h"

#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/stop.h"

namespace trecvit {
namespace {

constexpr double kForever = 1e9;  // seconds; the clock cannot count much further

}  // namespace

Interrupt::Interrupt(std::stop_token stop, double seconds) : stop_(std::move(stop)), seconds_(seconds) { restart(); }

void Interrupt::restart() {
  const auto wait = std::chrono::duration<double>(seconds_);
  deadline_ =
      seconds_ > kForever ? Clock::time_point::max() : Clock::now() + std::chrono::duration_cast<Clock::duration>(wait);
  was_late_ = false;
}

bool Interrupt::is_due() {
  if (stop_.stop_requested()) return true;
  if (Clock::now() < deadline_.load()) return false;
  was_late_ = true;
  return true;
}

void Interrupt::rethrow(const std::string& name) const {
  throw_if_stopped(stop_);
  if (was_late_) fail_input(name, "expected data within {} s, got none; --timeout allows more", seconds_);
}

}  // namespace trecvit
