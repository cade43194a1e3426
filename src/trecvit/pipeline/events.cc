#include "trecvit/pipeline/events.h"

#include <algorithm>

#include "trecvit/base/error.h"
#include "trecvit/engine/readout.h"

namespace trecvit {

EventRule changed(EventRule rule, const EventRuleChanges& changes) {
  rule.on = changes.on.value_or(rule.on);
  rule.off = changes.off.value_or(std::min(rule.off, rule.on));
  rule.min_seconds = changes.min_seconds.value_or(rule.min_seconds);
  rule.gap_seconds = changes.gap_seconds.value_or(rule.gap_seconds);
  return rule;
}

EventTracker::EventTracker(const EventRule& rule, int64_t labels) : rule_(rule), spans_(static_cast<size_t>(labels)) {
  if (!(rule.on > 0 && rule.on <= 1 && rule.off >= 0 && rule.off <= rule.on))
    fail_usage("events", "expected 0 <= off <= on <= 1 and on over 0, got off {} and on {}", rule.off, rule.on);
  if (!(rule.min_seconds >= 0 && rule.gap_seconds >= 0)) {
    fail_usage("events", "expected a shortest event and a longest gap of 0 s or more, got {} and {}", rule.min_seconds,
               rule.gap_seconds);
  }
  begun_.reserve(spans_.size());
  over_.reserve(spans_.size());
}

EventChanges EventTracker::add(const FrameTime& time, std::span<const float> probs) {
  TRECVIT_CHECK(probs.size() == spans_.size());
  begun_.clear();
  over_.clear();
  for (size_t label = 0; label < spans_.size(); ++label) {
    Span& span = spans_[label];
    const double prob = probs[label];
    if (span.is_open && (time.after_gap || is_dip_too_long(span, time, prob))) close(span);
    if (!span.is_open && prob >= rule_.on) {
      span = {};
      span.is_open = true;
      span.event = {.label = static_cast<int64_t>(label), .first_frame = time.frame, .start_seconds = time.seconds};
    }
    if (!span.is_open) continue;
    if (prob >= rule_.off) {
      extend(span, time, prob);
    } else {
      if (span.dip_frames++ == 0) span.dip_start = time.seconds;
      span.dip_sum += prob;
    }
  }
  return {begun_, over_};
}

// A frame below the rule's `off` is part of the dip until its end.
bool EventTracker::is_dip_too_long(const Span& span, const FrameTime& time, double prob) const {
  const bool is_low = prob < rule_.off;
  if (!is_low && span.dip_frames == 0) return false;
  const double start = span.dip_frames == 0 ? time.seconds : span.dip_start;
  const double end = is_low ? time.seconds + time.duration_seconds : time.seconds;
  return end - start > rule_.gap_seconds + kTimeRounding;
}

void EventTracker::extend(Span& span, const FrameTime& time, double prob) {
  Event& event = span.event;
  span.sum += span.dip_sum + prob;
  span.frames += span.dip_frames + 1;
  span.dip_sum = 0;
  span.dip_frames = 0;
  event.last_frame = time.frame;
  event.end_seconds = time.seconds + time.duration_seconds;
  event.peak = std::max(event.peak, prob);
  event.mean = span.sum / static_cast<double>(span.frames);
  if (span.is_certain || event.end_seconds - event.start_seconds + kTimeRounding < rule_.min_seconds) return;
  span.is_certain = true;
  begun_.push_back(event);
}

void EventTracker::close(Span& span) {
  if (span.is_certain) over_.push_back(span.event);
  span.is_open = false;
}

EventChanges EventTracker::end() {
  begun_.clear();
  over_.clear();
  for (Span& span : spans_) {
    if (span.is_open) close(span);
  }
  return {begun_, over_};
}

double EventTracker::earliest_start() const {
  double earliest = std::numeric_limits<double>::infinity();
  for (const Span& span : spans_) {
    if (span.is_open) earliest = std::min(earliest, span.event.start_seconds);
  }
  return earliest;
}

}  // namespace trecvit
