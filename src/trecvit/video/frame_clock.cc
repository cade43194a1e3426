#include "trecvit/video/frame_clock.h"

#include <algorithm>
#include <limits>

#include "trecvit/base/checked.h"

namespace trecvit {

std::optional<double> FrameClock::from_stamp(std::optional<int64_t> pts_ticks) {
  // The lowest number is FFmpeg's "no stamp", and has no negative.
  if (!pts_ticks || *pts_ticks == std::numeric_limits<int64_t>::min()) return std::nullopt;
  if (!origin_ticks_) {
    origin_ticks_ = pts_ticks;
    origin_seconds_ = last_ ? *last_ + length_ : 0.0;
  }
  const auto since = checked_add(*pts_ticks, -*origin_ticks_);
  if (!since) return std::nullopt;
  return origin_seconds_ + static_cast<double>(*since) * seconds_per_tick_;
}

double FrameClock::next(std::optional<int64_t> pts_ticks, int64_t duration_ticks) {
  const double expected = last_ ? *last_ + length_ : 0.0;
  const double time = std::max(from_stamp(pts_ticks).value_or(expected), last_.value_or(0.0));
  last_ = time;
  length_ = duration_ticks > 0 ? static_cast<double>(duration_ticks) * seconds_per_tick_ : frame_seconds_;
  return time;
}

}  // namespace trecvit
