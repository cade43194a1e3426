// When probabilities that change from frame to frame become an event.
#pragma once

namespace trecvit {

// An event of a label begins with the first frame whose probability is at least `on`, goes on while it is at least
// `off`, and ends with the last such frame. Dips below `off` of at most gap_seconds are part of it. What lasts less
// than min_seconds is not an event.
struct EventRule {
  double on = 0.5, off = 0.4;  // probabilities, off <= on
  double min_seconds = 0.3, gap_seconds = 0.3;

  bool operator==(const EventRule&) const = default;
};

}  // namespace trecvit
