// From the features of each frame, tanh(pre_logits) [head_dim], to the features a prediction is made of. Kept as
// running sums in double, so that the answer after a million frames is as exact as after one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trecvit/config/model_config.h"

namespace trecvit {

class ReadoutSum {
 public:
  ReadoutSum(const Readout& rule, int64_t head_dim);

  void reset();
  // features [head_dim] of the next frame at presentation time `time_seconds`; only window and ema look at it. A time
  // that jumps back, as at the start of another file, comes 0 seconds after the frame before, and time goes on from
  // there.
  void add(std::span<const float> features, double time_seconds);
  // The combined features [head_dim]; at least one frame must have been added.
  void value(std::span<float> out) const;
  const Readout& rule() const { return rule_; }
  int64_t head_dim() const { return head_dim_; }
  // Frames that a window has room for (Readout::window_frames); of a faster stream it keeps the newest.
  int64_t window_capacity() const { return static_cast<int64_t>(window_times_.size()); }

  // Everything there is to save, apart from the rule.
  struct Snapshot {
    std::vector<double> sum;  // [head_dim]
    double weight = 0, last_time = 0, time_offset = 0;
    std::vector<double> window_times;  // oldest first
    std::vector<float> window;         // [window_times, head_dim]
  };
  Snapshot snapshot() const;
  // Sizes must fit; the caller has checked them.
  void restore(const Snapshot& snapshot);

 private:
  void push_window(std::span<const float> features, double time_seconds);
  void drop_oldest();

  Readout rule_;
  int64_t head_dim_;
  std::vector<double> sum_;  // [head_dim], weighted
  double weight_ = 0;        // what sum_ is to be divided by
  double last_time_ = 0;
  double offset_ = 0;  // added to times since they last jumped back
  // The frames inside the window, a ring.
  std::vector<float> window_;  // [capacity, head_dim]
  std::vector<double> window_times_;
  int64_t begin_ = 0, count_ = 0;
};

}  // namespace trecvit
