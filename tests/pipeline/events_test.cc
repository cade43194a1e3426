#include "trecvit/pipeline/events.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "support/errors.h"

namespace trecvit::test {
namespace {

constexpr double kFrame = 0.1;  // seconds

struct Seen {
  std::vector<Event> begun, over;
  std::vector<int64_t> begun_at, over_at;  // frames; -1: at the end
};

void note_changes(Seen& seen, const EventChanges& changes, int64_t frame) {
  for (const Event& event : changes.begun) {
    seen.begun.push_back(event);
    seen.begun_at.push_back(frame);
  }
  for (const Event& event : changes.over) {
    seen.over.push_back(event);
    seen.over_at.push_back(frame);
  }
}

// One label, frames of a tenth of a second.
Seen track(const EventRule& rule, const std::vector<float>& probs) {
  EventTracker tracker(rule, 1);
  Seen seen;
  for (size_t i = 0; i < probs.size(); ++i) {
    const auto frame = static_cast<int64_t>(i);
    note_changes(seen, tracker.add({frame, kFrame * static_cast<double>(i), kFrame}, std::span(&probs[i], 1)), frame);
  }
  note_changes(seen, tracker.end(), -1);
  return seen;
}

TEST(Events, BeginHighGoOnLowerAndEndWithTheLastSuchFrame) {
  const EventRule rule{.on = 0.6, .off = 0.3, .min_seconds = 0, .gap_seconds = 0};
  const Seen seen = track(rule, {0.5F, 0.6F, 0.4F, 0.3F, 0.2F, 0.5F});
  ASSERT_EQ(seen.over.size(), 1U);
  const Event& event = seen.over[0];
  EXPECT_EQ(event.first_frame, 1);
  EXPECT_EQ(event.last_frame, 3);
  EXPECT_DOUBLE_EQ(event.start_seconds, 0.1);
  EXPECT_DOUBLE_EQ(event.end_seconds, 0.4);
  EXPECT_FLOAT_EQ(static_cast<float>(event.peak), 0.6F);
  EXPECT_FLOAT_EQ(static_cast<float>(event.mean), 1.3F / 3);
  EXPECT_EQ(seen.begun_at, std::vector<int64_t>{1});
  EXPECT_EQ(seen.over_at, std::vector<int64_t>{4}) << "in the first frame that is not part of it";
}

TEST(Events, AreCertainOnceTheyLastLongEnough) {
  const EventRule rule{.on = 0.5, .off = 0.5, .min_seconds = 0.3, .gap_seconds = 0};
  EXPECT_TRUE(track(rule, {0.9F, 0.9F, 0.1F}).begun.empty());
  EXPECT_TRUE(track(rule, {0.9F, 0.9F, 0.1F}).over.empty());
  const Seen seen = track(rule, {0.0F, 0.9F, 0.9F, 0.9F, 0.9F});
  EXPECT_EQ(seen.begun_at, std::vector<int64_t>{3});
  EXPECT_EQ(seen.begun[0].first_frame, 1);
  EXPECT_EQ(seen.over_at, std::vector<int64_t>{-1});
  EXPECT_EQ(seen.over[0].last_frame, 4);
}

TEST(Events, ShortDipsArePartOfThem) {
  const EventRule rule{.on = 0.5, .off = 0.5, .min_seconds = 0, .gap_seconds = 0.2};
  const Seen bridged = track(rule, {0.8F, 0.2F, 0.2F, 0.8F, 0.2F});
  ASSERT_EQ(bridged.over.size(), 1U);
  EXPECT_EQ(bridged.over[0].last_frame, 3) << "the dip at the end is no part";
  EXPECT_FLOAT_EQ(static_cast<float>(bridged.over[0].mean), 2.0F / 4);
  const Seen parted = track(rule, {0.8F, 0.2F, 0.2F, 0.2F, 0.8F});
  ASSERT_EQ(parted.over.size(), 2U);
  EXPECT_EQ(parted.over_at[0], 3) << "as soon as the dip is too long";
  EXPECT_EQ(parted.over[0].last_frame, 0);
  EXPECT_EQ(parted.over[1].first_frame, 4);
}

// Frames that were skipped are not dips; a broken connection ends what went on.
TEST(Events, SkippedFramesAreNoDipsButABrokenConnectionIs) {
  const EventRule rule{.on = 0.5, .off = 0.5, .min_seconds = 0, .gap_seconds = 0.1};
  for (const bool after_gap : {false, true}) {
    EventTracker tracker(rule, 1);
    const float high = 0.9F;
    tracker.add({0, 0, kFrame}, std::span(&high, 1));
    const EventChanges changes = tracker.add({50, 5, kFrame, after_gap}, std::span(&high, 1));
    EXPECT_EQ(changes.over.size(), after_gap ? 1U : 0U);
    EXPECT_EQ(changes.begun.size(), after_gap ? 1U : 0U) << "and another one begins";
  }
}

TEST(Events, OfSeveralLabelsAreIndependent) {
  EventTracker tracker({.on = 0.5, .off = 0.5, .min_seconds = 0, .gap_seconds = 0}, 3);
  const std::vector<std::vector<float>> frames = {{0.9F, 0.0F, 0.7F}, {0.9F, 0.8F, 0.0F}};
  Seen seen;
  for (int64_t i = 0; i < 2; ++i) {
    note_changes(seen, tracker.add({i, kFrame * static_cast<double>(i), kFrame}, frames[static_cast<size_t>(i)]), i);
    EXPECT_EQ(tracker.earliest_start(), 0);
  }
  note_changes(seen, tracker.end(), -1);
  EXPECT_TRUE(std::isinf(tracker.earliest_start()));
  ASSERT_EQ(seen.over.size(), 3U);
  EXPECT_EQ(seen.over[0].label, 2);
  EXPECT_EQ(seen.over[1].label, 0);
  EXPECT_EQ(seen.over[1].last_frame, 1);
  EXPECT_EQ(seen.over[2].label, 1);
  EXPECT_EQ(seen.over[2].first_frame, 1);
}

TEST(Events, SettingsReplaceThoseOfARule) {
  const EventRule rule{.on = 0.5, .off = 0.4, .min_seconds = 1, .gap_seconds = 2};
  EXPECT_EQ(changed(rule, {}), rule);
  EXPECT_EQ(changed(rule, {.on = 0.3}), (EventRule{0.3, 0.3, 1, 2})) << "off is never over on";
  EXPECT_EQ(changed(rule, {.on = 0.9, .off = 0.1, .min_seconds = 0, .gap_seconds = 3}), (EventRule{0.9, 0.1, 0, 3}));
}

TEST(Events, WrongRulesAreRefused) {
  const auto refused = [](const EventRule& rule, const std::string& word) {
    expect_error(ErrorKind::kUsage, {"[events]", word}, [&] { EventTracker(rule, 1); });
  };
  refused({.on = 0.5, .off = 0.6}, "off <= on");
  refused({.on = 0, .off = 0}, "on over 0");
  refused({.on = 1.5}, "on <= 1");
  refused({.min_seconds = -1}, "0 s or more");
  refused({.gap_seconds = std::nan("")}, "0 s or more");
}

// The same events, computed from the whole list of probabilities.
std::vector<Event> whole_events(const EventRule& rule, const std::vector<float>& probs) {
  std::vector<Event> events;
  const auto frames = static_cast<int64_t>(probs.size());
  const auto most = static_cast<int64_t>(std::lround(rule.gap_seconds / kFrame));
  const auto least = static_cast<int64_t>(std::lround(rule.min_seconds / kFrame));
  for (int64_t i = 0; i < frames;) {
    if (probs[static_cast<size_t>(i)] < static_cast<float>(rule.on)) {
      ++i;
      continue;
    }
    int64_t last = i;
    for (int64_t j = i + 1; j < frames && j - last <= most + 1; ++j) {
      if (probs[static_cast<size_t>(j)] >= static_cast<float>(rule.off)) last = j;
    }
    if (last - i + 1 >= least) events.push_back({0, i, last, 0, 0, 0, 0});
    i = last + 1;
    // Frames of the dip that ended the event cannot begin another one: they are below `off`.
  }
  return events;
}

RC_GTEST_PROP(EventProperty, StepEqualsWhole, ()) {
  const auto tenths = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 11));
  std::vector<float> probs;
  for (const int tenth : tenths) probs.push_back(static_cast<float>(tenth) / 10);
  const EventRule rule{.on = 0.65,
                       .off = 0.35,
                       .min_seconds = kFrame * *rc::gen::inRange(0, 5),
                       .gap_seconds = kFrame * *rc::gen::inRange(0, 4)};
  const Seen seen = track(rule, probs);
  const auto expected = whole_events(rule, probs);
  RC_ASSERT(seen.over.size() == expected.size());
  RC_ASSERT(seen.begun.size() == expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    RC_ASSERT(seen.over[i].first_frame == expected[i].first_frame);
    RC_ASSERT(seen.over[i].last_frame == expected[i].last_frame);
    RC_ASSERT(seen.begun[i].first_frame == expected[i].first_frame);
  }
}

}  // namespace
}  // namespace trecvit::test
