#include "trecvit/video/track_places.h"

#include <fmt/format.h>

#include <algorithm>

namespace trecvit {

void TrackPlaces::note(int track, int64_t place) {
  Span& span = spans_.try_emplace(track, Span{place, place}).first->second;
  span.first = std::min(span.first, place);
  span.last = std::max(span.last, place);
}

std::vector<int> TrackPlaces::within(int chosen) const {
  std::vector<int> tracks;
  const auto own = spans_.find(chosen);
  if (own == spans_.end()) return tracks;
  for (const auto& [track, other] : spans_) {
    const bool overlaps = other.first < own->second.last && other.last > own->second.first;
    if (track != chosen && overlaps) tracks.push_back(track);
  }
  return tracks;
}

std::string TrackPlaces::remark(int chosen) const {
  const auto own = spans_.find(chosen);
  if (own == spans_.end()) return "";
  for (const auto& [track, other] : spans_) {
    const bool follows = other.first > own->second.last, precedes = other.last < own->second.first;
    if (!follows && !precedes) continue;
    return fmt::format(
        "track {} {} track {}, as in recordings joined with cat, and is not read; ffmpeg -i FILE -map 0:{} -c copy "
        "PART.ts extracts it",
        track, follows ? "begins after the end of" : "ends before the beginning of", chosen, track);
  }
  return "";
}

}  // namespace trecvit
