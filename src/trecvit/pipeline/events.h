// Events: spans of time in which a label is probable, found frame by frame.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "trecvit/config/event_rule.h"

namespace trecvit {

// Settings that replace those of a rule; empty: as they are.
struct EventRuleChanges {
  std::optional<double> on = {}, off = {}, min_seconds = {}, gap_seconds = {};
};
// If only `on` is given and lies below `off`, `off` follows it.
EventRule changed(EventRule rule, const EventRuleChanges& changes);

// Frames are numbers in the source, times are seconds. The last frame belongs to the event, and end_seconds is the end
// of that frame.
struct Event {
  int64_t label = 0;  // index of the class
  int64_t first_frame = 0, last_frame = 0;
  double start_seconds = 0, end_seconds = 0;
  double peak = 0, mean = 0;  // of the probabilities from the first to the last frame
};

// What one frame told. Views, valid until the next call.
struct EventChanges {
  // Certain from now on: as long as the rule requires. What they hold is what is known so far.
  std::span<const Event> begun;
  // Over: they were among the ones begun in an earlier frame.
  std::span<const Event> over;
};

// The time of a frame in its source.
struct FrameTime {
  int64_t frame = 0;
  double seconds = 0, duration_seconds = 0;
  bool after_gap = false;  // of a live source, after a broken connection: whatever went on is over
};

// Events of any number of labels at a time. Causal: what it says of a frame does not depend on later ones. Memory does
// not grow with the stream.
class EventTracker {
 public:
  // Throws Error(kUsage) for a rule out of range.
  EventTracker(const EventRule& rule, int64_t labels);

  // probs: [labels]. Times must not decrease.
  EventChanges add(const FrameTime& time, std::span<const float> probs);
  // The end of the source: events that are certain are over.
  EventChanges end();
  // The start of the earliest event that may still come: of those that go on, certain or not; infinity if none does.
  double earliest_start() const;

 private:
  struct Span {
    Event event;
    // Up to the last frame of the event, and since then: frames, the sum of their probabilities.
    int64_t frames = 0, dip_frames = 0;
    double sum = 0, dip_sum = 0, dip_start = 0;
    bool is_open = false, is_certain = false;
  };
  bool is_dip_too_long(const Span& span, const FrameTime& time, double prob) const;
  void extend(Span& span, const FrameTime& time, double prob);
  void close(Span& span);

  EventRule rule_;
  std::vector<Span> spans_;  // one for each label
  std::vector<Event> begun_, over_;
};

}  // namespace trecvit
