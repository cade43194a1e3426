#include "trecvit/engine/readout.h"

#include <algorithm>
#include <cmath>

#include "trecvit/base/error.h"

namespace trecvit {

ReadoutSum::ReadoutSum(const Readout& rule, int64_t head_dim)
    : rule_(rule), head_dim_(head_dim), sum_(static_cast<size_t>(head_dim)) {
  if (rule.kind != Readout::Kind::kWindow) return;
  if (!rule.fits_memory(head_dim)) {
    fail_usage("--readout", "expected a window that fits in memory, got {} seconds", rule.seconds);
  }
  window_times_.resize(static_cast<size_t>(rule.window_frames()));
  window_.resize(window_times_.size() * static_cast<size_t>(head_dim));
}

void ReadoutSum::reset() {
  std::fill(sum_.begin(), sum_.end(), 0.0);
  weight_ = last_time_ = offset_ = 0;
  begin_ = count_ = 0;
}

void ReadoutSum::add(std::span<const float> features, double time_seconds) {
  TRECVIT_CHECK(static_cast<int64_t>(features.size()) == head_dim_);
  if (weight_ > 0 && time_seconds + offset_ < last_time_) offset_ = last_time_ - time_seconds;
  const double time = time_seconds + offset_;
  double keep = 1;
  if (rule_.kind == Readout::Kind::kLast) keep = 0;
  if (rule_.kind == Readout::Kind::kEma && weight_ > 0) keep = std::exp(-(time - last_time_) / rule_.seconds);
  last_time_ = time;
  if (rule_.kind == Readout::Kind::kWindow) push_window(features, time);
  for (size_t i = 0; i < features.size(); ++i) sum_[i] = keep * sum_[i] + static_cast<double>(features[i]);
  weight_ = keep * weight_ + 1;
}

void ReadoutSum::value(std::span<float> out) const {
  TRECVIT_CHECK(weight_ > 0 && out.size() == sum_.size());
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(sum_[i] / weight_);
}

void ReadoutSum::push_window(std::span<const float> features, double time_seconds) {
  while (count_ > 0 && window_times_[static_cast<size_t>(begin_)] <= time_seconds - rule_.seconds) drop_oldest();
  if (count_ == static_cast<int64_t>(window_times_.size())) drop_oldest();
  const int64_t slot = (begin_ + count_) % static_cast<int64_t>(window_times_.size());
  std::copy(features.begin(), features.end(), window_.begin() + slot * head_dim_);
  window_times_[static_cast<size_t>(slot)] = time_seconds;
  ++count_;
}

void ReadoutSum::drop_oldest() {
  const float* oldest = window_.data() + begin_ * head_dim_;
  for (int64_t i = 0; i < head_dim_; ++i) sum_[static_cast<size_t>(i)] -= static_cast<double>(oldest[i]);
  weight_ -= 1;
  begin_ = (begin_ + 1) % static_cast<int64_t>(window_times_.size());
  if (--count_ == 0) std::fill(sum_.begin(), sum_.end(), 0.0);
}

ReadoutSum::Snapshot ReadoutSum::snapshot() const {
  Snapshot out{sum_, weight_, last_time_, offset_, {}, {}};
  for (int64_t i = 0; i < count_; ++i) {
    const int64_t slot = (begin_ + i) % static_cast<int64_t>(window_times_.size());
    out.window_times.push_back(window_times_[static_cast<size_t>(slot)]);
    const auto first = window_.begin() + slot * head_dim_;
    out.window.insert(out.window.end(), first, first + head_dim_);
  }
  return out;
}

void ReadoutSum::restore(const Snapshot& snapshot) {
  TRECVIT_CHECK(snapshot.sum.size() == sum_.size());
  TRECVIT_CHECK(snapshot.window.size() == snapshot.window_times.size() * sum_.size());
  TRECVIT_CHECK(snapshot.window_times.size() <= window_times_.size());
  sum_ = snapshot.sum;
  weight_ = snapshot.weight;
  last_time_ = snapshot.last_time;
  offset_ = snapshot.time_offset;
  begin_ = 0;
  count_ = static_cast<int64_t>(snapshot.window_times.size());
  std::copy(snapshot.window_times.begin(), snapshot.window_times.end(), window_times_.begin());
  std::copy(snapshot.window.begin(), snapshot.window.end(), window_.begin());
}

}  // namespace trecvit
