#include "trecvit/video/track_places.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace trecvit {
namespace {

TrackPlaces places(const std::vector<std::pair<int, int64_t>>& packets) {
  TrackPlaces all;
  for (const auto& [track, place] : packets) all.note(track, place);
  return all;
}

TEST(TrackPlaces, TracksAmongTheChosenOneAreNoOtherRecording) {
  const TrackPlaces both = places({{0, 0}, {1, 100}, {0, 200}, {1, 300}});
  EXPECT_EQ(both.within(0), std::vector<int>{1});
  EXPECT_EQ(both.remark(0), "");
  EXPECT_TRUE(both.within(7).empty()) << "a track without packets";
  EXPECT_EQ(both.remark(7), "");
}

TEST(TrackPlaces, ATrackBeforeOrAfterIsNamed) {
  const TrackPlaces joined = places({{0, 0}, {0, 100}, {1, 200}, {1, 300}});
  EXPECT_TRUE(joined.within(0).empty());
  EXPECT_NE(joined.remark(0).find("track 1 begins after the end of track 0"), std::string::npos);
  EXPECT_NE(joined.remark(1).find("track 0 ends before the beginning of track 1"), std::string::npos);
  EXPECT_NE(joined.remark(1).find("-map 0:0"), std::string::npos);
}

}  // namespace
}  // namespace trecvit
