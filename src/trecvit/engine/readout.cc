#include "trecvit/engine/readout.h"

#include <algorithm>
#include <cmath>

#include "trecvit/base/error.h"

namespace trecvit {

ReadoutSum::ReadoutSum(const Readout& rule, int64_t head_dim) : rule_(rule), head_dim_(head_dim) {
  now_.sum.resize(static_cast<size_t>(head_dim));
  next_ = now_;
  if (rule.kind != Readout::Kind::kWindow) return;
  if (!rule.fits_memory(head_dim)) {
    fail_usage("--readout", "expected a window that fits in memory, got {} seconds", rule.seconds);
  }
  // This reserves addresses only: physical memory is used when it is first written.
  const auto room = static_cast<size_t>(rule.window_frames());
  window_times_ = Array<double>(room);
  window_rows_ = Array<int32_t>(room);
  free_rows_ = Array<int32_t>(room);
  window_ = Array<float>(room * static_cast<size_t>(head_dim));
}

ReadoutSum::ReadoutSum(const ReadoutSum& other) : ReadoutSum(other.rule_, other.head_dim_) {
  restore(other.snapshot());
}

void ReadoutSum::reset() {
  std::fill(now_.sum.begin(), now_.sum.end(), 0.0);
  now_.weight = now_.last_time = now_.offset = 0;
  begin_ = count_ = rows_touched_ = rows_free_ = 0;
}

void ReadoutSum::add(std::span<const float> features, double time_seconds) {
  propose(features, time_seconds, {});
  accept(features);
}

void ReadoutSum::propose(std::span<const float> features, double time_seconds, std::span<float> value) {
  TRECVIT_CHECK(static_cast<int64_t>(features.size()) == head_dim_);
  const double shown = std::clamp(time_seconds, -kLatestSeconds, kLatestSeconds);
  next_.offset = now_.offset;
  if (now_.weight > 0 && shown + now_.offset < now_.last_time) next_.offset = now_.last_time - shown;
  next_.last_time = shown + next_.offset;
  double keep = 1;
  if (rule_.kind == Readout::Kind::kLast) keep = 0;
  if (rule_.kind == Readout::Kind::kEma && now_.weight > 0)
    keep = std::exp(-(next_.last_time - now_.last_time) / rule_.seconds);
  next_.weight = now_.weight;
  leaving_ = 0;
  const double* sum = now_.sum.data();
  if (rule_.kind == Readout::Kind::kWindow) {
    std::copy(now_.sum.begin(), now_.sum.end(), next_.sum.begin());
    sum = next_.sum.data();
    const double too_old = next_.last_time - rule_.seconds + kTimeRounding;
    while (leaving_ < count_ && window_times_[static_cast<size_t>(position(leaving_))] <= too_old) leave_window();
    if (count_ - leaving_ == window_capacity()) leave_window();
  }
  for (size_t i = 0; i < features.size(); ++i) next_.sum[i] = keep * sum[i] + static_cast<double>(features[i]);
  next_.weight = keep * next_.weight + 1;
  if (!value.empty()) value_of(next_, value);
}

void ReadoutSum::accept(std::span<const float> features) {
  if (rule_.kind == Readout::Kind::kWindow) move_window(features);
  std::swap(now_, next_);
}

void ReadoutSum::value_of(const Sum& sum, std::span<float> out) {
  TRECVIT_CHECK(sum.weight > 0 && out.size() == sum.sum.size());
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(sum.sum[i] / sum.weight);
}

// Removes one more frame from the window of the proposal.
void ReadoutSum::leave_window() {
  const float* oldest = features_of(leaving_);
  for (size_t i = 0; i < next_.sum.size(); ++i) next_.sum[i] -= static_cast<double>(oldest[i]);
  next_.weight -= 1;
  if (++leaving_ == count_) std::fill(next_.sum.begin(), next_.sum.end(), 0.0);
}

void ReadoutSum::move_window(std::span<const float> features) {
  for (int64_t i = 0; i < leaving_; ++i)
    free_rows_[static_cast<size_t>(rows_free_++)] = window_rows_[static_cast<size_t>(position(i))];
  begin_ = position(leaving_);
  count_ -= leaving_;
  const int64_t row = rows_free_ > 0 ? free_rows_[static_cast<size_t>(--rows_free_)] : rows_touched_++;
  const auto slot = static_cast<size_t>(position(count_++));
  window_rows_[slot] = static_cast<int32_t>(row);
  window_times_[slot] = next_.last_time;
  std::copy(features.begin(), features.end(), window_.data() + row * head_dim_);
}

ReadoutSum::Snapshot ReadoutSum::snapshot() const {
  Snapshot out{now_.sum, now_.weight, now_.last_time, now_.offset, {}, {}};
  for (int64_t i = 0; i < count_; ++i) {
    out.window_times.push_back(window_times_[static_cast<size_t>(position(i))]);
    out.window.insert(out.window.end(), features_of(i), features_of(i) + head_dim_);
  }
  return out;
}

void ReadoutSum::restore(const Snapshot& snapshot) {
  TRECVIT_CHECK(snapshot.sum.size() == now_.sum.size());
  TRECVIT_CHECK(snapshot.window.size() == snapshot.window_times.size() * now_.sum.size());
  TRECVIT_CHECK(snapshot.window_times.size() <= window_times_.size());
  now_ = {snapshot.sum, snapshot.weight, snapshot.last_time, snapshot.time_offset};
  begin_ = rows_free_ = 0;
  rows_touched_ = count_ = static_cast<int64_t>(snapshot.window_times.size());
  std::copy(snapshot.window_times.begin(), snapshot.window_times.end(), window_times_.data());
  for (int64_t i = 0; i < count_; ++i) window_rows_[static_cast<size_t>(i)] = static_cast<int32_t>(i);
  std::copy(snapshot.window.begin(), snapshot.window.end(), window_.data());
}

}  // namespace trecvit
