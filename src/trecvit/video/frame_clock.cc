#include "trecvit/video/frame_clock.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "trecvit/base/checked.h"

namespace trecvit {
namespace {

constexpr double kLongestGap = 1e9;  // seconds; stamps farther ahead are garbage
constexpr double kNearAWrap = 10;
constexpr double kUnwatchedSteps = 0.5;  // frame lengths after the expected time
constexpr double kJitter = 0.9;          // frame lengths before the accepted time; a recording of two frames is longer
constexpr double kSlack = 1;             // seconds

}  // namespace

double FrameClock::length_of(const FrameStamp& stamp) const {
  const double own = static_cast<double>(stamp.duration_ticks) * options_.seconds_per_tick;
  if (own > 0 && own <= kLongestGap) return own;
  return options_.frame_seconds > 0 ? options_.frame_seconds : step_;
}

double FrameClock::since_origin(int64_t ticks) const {
  const auto exact = checked_add(ticks, -*origin_ticks_);
  const double difference =
      exact ? static_cast<double>(*exact) : static_cast<double>(ticks) - static_cast<double>(*origin_ticks_);
  return origin_seconds_ + difference * options_.seconds_per_tick;
}

std::optional<double> FrameClock::time_of(const FrameStamp& stamp) const {
  // The lowest number is FFmpeg's "no stamp", and it cannot be negated.
  if (!stamp.ticks || *stamp.ticks == std::numeric_limits<int64_t>::min()) return std::nullopt;
  if (!origin_ticks_) return expected_;
  const double time = since_origin(*stamp.ticks);
  if (time - origin_seconds_ > kLongestGap) return std::nullopt;
  if (options_.wrap_bits < 63) {
    const double range = std::ldexp(options_.seconds_per_tick, options_.wrap_bits);
    for (const double wrapped : {time + range, time - range}) {
      if (std::abs(wrapped - accepted_) <= kNearAWrap) return wrapped;
    }
  }
  return time;
}

void FrameClock::begin_at(int64_t ticks, double time) {
  origin_ticks_ = ticks;
  origin_seconds_ = accepted_ = time;
}

// The time of a later stamp that shows that the stamp at `time` is wrong.
std::optional<double> FrameClock::proof_against(const FrameStamp& stamp, double time, const Ahead& ahead) const {
  const double jump = expected_ - time;
  double since = length_of(stamp);  // from this frame to the one examined
  for (int k = 0; k < kLookAhead; ++k) {
    const auto next = ahead(k);
    if (!next) return std::nullopt;
    const auto later = time_of(*next);
    const double off = later ? *later - (expected_ + since) : 0;  // from where the clock would be then
    const bool between = later && *later > accepted_ && *later < time;
    const bool goes_on = later && *later > accepted_ && off > -jump / 2 && off <= std::max(jump / 2, kSlack);
    if (time > accepted_ ? between : goes_on) return later;
    since += length_of(*next);
  }
  return std::nullopt;
}

double FrameClock::place(const FrameStamp& stamp, double time, const Ahead& ahead) {
  if (time < accepted_ && time > accepted_ - kJitter * length_) return *last_;
  const bool unwatched = time >= accepted_ && time <= expected_ + kUnwatchedSteps * length_;
  if (!unwatched) {
    if (const auto proof = proof_against(stamp, time, ahead)) return std::min(expected_, *proof);
  }
  if (time < accepted_) {
    begin_at(*stamp.ticks, expected_);
    return expected_;
  }
  if (time != since_origin(*stamp.ticks)) begin_at(*stamp.ticks, time);  // it wrapped
  if (time > *last_) step_ = time - *last_;
  return accepted_ = time;
}

double FrameClock::next(const FrameStamp& stamp, const Ahead& ahead) {
  expected_ = last_ ? *last_ + length_ : 0.0;
  double time = expected_;
  if (const auto stamped = time_of(stamp)) {
    if (origin_ticks_) {
      time = std::max(place(stamp, *stamped, ahead), last_.value_or(0.0));
    } else {
      begin_at(*stamp.ticks, time);
    }
  }
  last_ = time;
  length_ = length_of(stamp);
  return time;
}

}  // namespace trecvit
