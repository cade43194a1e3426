// Presentation times from what decoders report: stamps may be missing, repeated, wrong, or begin anew in the middle.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

namespace trecvit {

// What a decoder reports about the time of one frame.
struct FrameStamp {
  std::optional<int64_t> ticks;  // when it is shown
  int64_t duration_ticks = 0;    // 0 or less: unknown
};

// Turns the stamps of a stream's frames, in display order, into times: 0 for the first frame, never less than the time
// before.
//
// The clock follows the stamps that it accepts. `expected` is the time of the frame before plus that frame's length:
// its own duration, else the usual one, else the last step. Stamps are compared as times, relative to the stamp that
// the clock began with.
//
// - No stamp, or one more than 1e9 s ahead of the first: the frame is at `expected`.
// - From the last accepted stamp up to `expected` plus half a length: accepted.
// - Later: accepted, unless one of the next kLookAhead stamps lies between the last accepted one and this one; then
//   this one is wrong. A pause that the following stamps confirm stays a pause.
// - Up to 0.9 of a frame's length before the last accepted stamp: the frame repeats the time of the frame before it,
//   and the clock does not move.
// - Earlier by more: wrong, if one of the next kLookAhead stamps continues from the last accepted one. Such a stamp is
//   later than the last accepted one; closer to where the clock would be by then than to where a recording that began
//   with the early stamp would be; and ahead of the clock by at most half the jump, or 1 s. If there is none, the
//   stamps begin anew: the frame is at `expected`, and the clock continues from there.
// - The frame of a wrong stamp is at `expected`, or at the time of the stamp that proved it wrong if that is earlier.
//
// A stamp of wrap_bits bits wrapped if adding the whole range of these bits brings it within 10 s of the last accepted
// one: time then goes on.
// So stamps that never decrease give exactly their differences, whatever their steps.
class FrameClock {
 public:
  struct Options {
    double seconds_per_tick;   // > 0
    double frame_seconds = 0;  // the usual length of a frame, 0 when unknown
    int wrap_bits = 64;        // 63 and more: never
  };
  static constexpr int kLookAhead = 8;
  // What the decoder reports about the frame k frames after the next one; nothing past the end. Called only if the rule
  // needs it, with k = 0, 1, ... in order.
  using Ahead = std::function<std::optional<FrameStamp>(int k)>;

  explicit FrameClock(const Options& options) : options_(options) {}

  // The time of the next frame in seconds.
  double next(const FrameStamp& stamp, const Ahead& ahead);

  // The length that the last frame given reports, else the usual one; 0 when unknown.
  double length_of_last() const { return length_; }

 private:
  double length_of(const FrameStamp& stamp) const;
  double since_origin(int64_t ticks) const;
  std::optional<double> time_of(const FrameStamp& stamp) const;
  double place(const FrameStamp& stamp, double time, const Ahead& ahead);
  std::optional<double> proof_against(const FrameStamp& stamp, double time, const Ahead& ahead) const;
  void begin_at(int64_t ticks, double time);

  Options options_;
  std::optional<int64_t> origin_ticks_;
  double origin_seconds_ = 0;  // the time that origin_ticks_ stands for
  double accepted_ = 0;        // time of the last accepted stamp
  std::optional<double> last_;
  double expected_ = 0, step_ = 0, length_ = 0;
};

}  // namespace trecvit
