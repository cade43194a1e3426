// Presentation times from what decoders say, which may be missing, repeated, running backwards or far from zero.
#pragma once

#include <cstdint>
#include <optional>

namespace trecvit {

class FrameClock {
 public:
  // seconds_per_tick > 0. frame_seconds: the usual length of a frame, 0 when unknown.
  FrameClock(double seconds_per_tick, double frame_seconds)
      : seconds_per_tick_(seconds_per_tick), frame_seconds_(frame_seconds) {}

  // The time of the next frame in the order shown: 0 for the first, from then on its stamp relative to the first
  // stamp, never less than the time before. Without a stamp: the time before plus the length of that frame.
  double next(std::optional<int64_t> pts_ticks, int64_t duration_ticks);

  // What the last frame given says of its own length, else the usual one; 0 when unknown.
  double length_of_last() const { return length_; }

 private:
  std::optional<double> from_stamp(std::optional<int64_t> pts_ticks);

  double seconds_per_tick_, frame_seconds_;
  std::optional<int64_t> origin_ticks_;
  double origin_seconds_ = 0;  // the time that origin_ticks_ stands for
  std::optional<double> last_;
  double length_ = 0;
};

}  // namespace trecvit
