// Combines the features of the frames, tanh(pre_logits) [head_dim] each, into the features that a prediction is made
// of. Kept as running sums in double, so that the result after a million frames is as exact as after one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trecvit/base/buffer.h"
#include "trecvit/config/model_config.h"

namespace trecvit {

// Times further from 0 count as this limit, 30 million years. Differences of such times are finite, whatever they are
// added to.
inline constexpr double kLatestSeconds = 1e15;
// Tolerance for decimal fractions in times: frame 30 at 25 fps must not count as earlier than 1 s + 0.2 s. Seconds.
inline constexpr double kTimeRounding = 1e-6;
// Upper bound of |features|: tanh, with rounding.
inline constexpr double kMostFeature = 1.001;

class ReadoutSum {
 public:
  ReadoutSum(const Readout& rule, int64_t head_dim);
  ReadoutSum(const ReadoutSum& other);
  ReadoutSum(ReadoutSum&&) = default;
  ReadoutSum& operator=(ReadoutSum&&) = default;

  void reset();
  // Adds the features [head_dim] of the next frame with presentation timestamp `time_seconds`, which only window and
  // ema use. A time that jumps back, as at the start of another file, counts as 0 seconds after the previous frame, and
  // time continues from there.
  void add(std::span<const float> features, double time_seconds);
  // The same in two calls: propose() writes what value() would be after add(), and accept() then adds the frame.
  // Without accept(), nothing is added.
  void propose(std::span<const float> features, double time_seconds, std::span<float> value);
  void accept(std::span<const float> features);
  // The combined features [head_dim]; at least one frame must have been added.
  void value(std::span<float> out) const { value_of(now_, out); }
  const Readout& rule() const { return rule_; }
  int64_t head_dim() const { return head_dim_; }
  // Number of frames that a window has room for (Readout::window_frames); of a faster stream it keeps the newest ones.
  int64_t window_capacity() const { return static_cast<int64_t>(window_times_.size()); }

  // Everything to save except the rule.
  struct Snapshot {
    std::vector<double> sum;  // [head_dim]
    double weight = 0, last_time = 0, time_offset = 0;
    std::vector<double> window_times;  // oldest first
    std::vector<float> window;         // [window_times, head_dim]
  };
  Snapshot snapshot() const;
  // The caller must have checked that the sizes fit.
  void restore(const Snapshot& snapshot);

 private:
  // The sum over the frames added so far.
  struct Sum {
    std::vector<double> sum;  // [head_dim], weighted
    double weight = 0;        // the divisor of sum
    double last_time = 0;
    double offset = 0;  // added to times since they last jumped back
  };
  static void value_of(const Sum& sum, std::span<float> out);
  int64_t position(int64_t frame) const { return (begin_ + frame) % window_capacity(); }
  const float* features_of(int64_t frame) const {
    return window_.data() + int64_t{window_rows_[static_cast<size_t>(position(frame))]} * head_dim_;
  }
  void leave_window();
  void move_window(std::span<const float> features);

  Readout rule_;
  int64_t head_dim_;
  Sum now_, next_;
  int64_t leaving_ = 0;  // number of frames that the proposal removes from the window
  // The frames inside the window: a ring of times and of row numbers of `window_`. Freed rows are reused before new
  // ones are touched, so that the window uses memory only for the most frames it ever held at once, not for its whole
  // capacity.
  Array<double> window_times_;
  Array<int32_t> window_rows_, free_rows_;
  int64_t rows_touched_ = 0, rows_free_ = 0;
  Array<float> window_;  // [capacity, head_dim]
  int64_t begin_ = 0, count_ = 0;
};

}  // namespace trecvit
