// Properties of the order of samples and of the choice of frames, for sets, videos and seeds of every size.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "data/loader_test.h"
#include "data/sample_order_test.h"
#include "trecvit/data/clip_sampling.h"
#include "trecvit/data/sample_order.h"

namespace trecvit::test {
namespace {

// The label of each sample of a set, and the options that determine its order.
struct DrawnSet {
  std::vector<int> labels = {0};
  uint64_t seed = 1;
  int64_t views = 1;

  int64_t size() const { return std::ssize(labels); }
  // The classes that occur.
  std::map<int64_t, std::set<int64_t>> members() const {
    std::map<int64_t, std::set<int64_t>> all;
    for (size_t i = 0; i < labels.size(); ++i) all[labels[i]].insert(static_cast<int64_t>(i));
    return all;
  }
};
std::ostream& operator<<(std::ostream& out, const DrawnSet& set) {
  out << "seed " << set.seed << ", " << set.views << " views, labels";
  for (const int label : set.labels) out << " " << label;
  return out;
}

constexpr int kClasses = 6;

rc::Gen<DrawnSet> any_set() {
  using S = DrawnSet;
  return rc::gen::build<S>(
      rc::gen::set(&S::labels, rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, kClasses)))),
      rc::gen::set(&S::seed), rc::gen::set(&S::views, rc::gen::inRange<int64_t>(1, 4)));
}

// The set must outlive the data set.
void describe(const DrawnSet& set, FakeDataset& dataset) {
  dataset.label = [&set](int64_t index) { return set.labels[static_cast<size_t>(index)]; };
  dataset.views_in_testing = set.views;
}

rc::Gen<Order> any_order() { return rc::gen::element(Order::kShuffled, Order::kBalanced, Order::kInTurn); }
rc::Gen<Order> any_endless_order() { return rc::gen::element(Order::kShuffled, Order::kBalanced); }

// Every epoch of the shuffled order holds every sample once, in an order of its own.
RC_GTEST_PROP(OrderProperty, EveryEpochHoldsEverySampleOnce, ()) {
  const DrawnSet set = *any_set();
  const auto epoch = *rc::gen::inRange<int64_t>(0, 1000);
  const FakeDataset dataset(set.size());
  SampleOrder order(dataset, Order::kShuffled, set.seed);
  RC_ASSERT(order.length() == set.size());
  auto items = indices_of(order, epoch * set.size(), set.size());
  std::sort(items.begin(), items.end());
  for (int64_t i = 0; i < set.size(); ++i) {
    RC_ASSERT(items[static_cast<size_t>(i)] == i);
    RC_ASSERT(order.at(epoch * set.size() + i).draw.epoch == epoch);
    RC_ASSERT(order.at(epoch * set.size() + i).draw.seed == set.seed);
  }
}

// The order for testing holds every view of every sample once.
RC_GTEST_PROP(OrderProperty, TestingHoldsEveryViewOnce, ()) {
  const DrawnSet set = *any_set();
  FakeDataset dataset(set.size());
  describe(set, dataset);
  SampleOrder order(dataset, Order::kInTurn, set.seed);
  RC_ASSERT(order.length() == set.size() * set.views);
  std::set<std::pair<int64_t, int64_t>> seen;
  for (int64_t position = 0; position < order.length(); ++position) {
    const Choice choice = order.at(position);
    RC_ASSERT(seen.emplace(choice.index, choice.draw.view).second);
    RC_ASSERT(choice.index >= 0);
    RC_ASSERT(choice.index < set.size());
    RC_ASSERT(choice.draw.view >= 0);
    RC_ASSERT(choice.draw.view < set.views);
  }
}

// Every round of the balanced order holds every class that occurs once. While a class goes through its samples, each of
// them comes once, and no clip ever comes twice.
RC_GTEST_PROP(OrderProperty, EveryRoundHoldsEveryClassOnce, ()) {
  const DrawnSet set = *any_set();
  FakeDataset dataset(set.size(), kClasses);
  describe(set, dataset);
  SampleOrder order(dataset, Order::kBalanced, set.seed);
  const auto members = set.members();
  const auto classes = std::ssize(members);
  std::map<int64_t, std::vector<int64_t>> taken;  // of each class, in order
  std::set<std::pair<int64_t, int64_t>> clips;    // sample and epoch
  for (int64_t round = 0; round < set.size(); ++round) {
    std::set<int64_t> labels;
    for (int64_t i = 0; i < classes; ++i) {
      const Choice choice = order.at(round * classes + i);
      const int64_t label = dataset.info(choice.index).label;
      labels.insert(label);
      taken[label].push_back(choice.index);
      RC_ASSERT(clips.emplace(choice.index, choice.draw.epoch).second);
    }
    RC_ASSERT(std::ssize(labels) == classes);
  }
  for (const auto& [label, items] : taken) {
    const auto& all = members.at(label);
    for (size_t at = 0; at + all.size() <= items.size(); at += all.size()) {
      const auto begin = items.begin() + static_cast<ptrdiff_t>(at);
      RC_ASSERT(std::set<int64_t>(begin, begin + std::ssize(all)) == all);
    }
  }
}

bool same_choice(const Choice& a, const Choice& b) {
  return a.index == b.index && a.draw.seed == b.draw.seed && a.draw.epoch == b.draw.epoch && a.draw.view == b.draw.view;
}

// A position gives the same sample whether it is read by itself, in sequence, or in any order with others.
RC_GTEST_PROP(OrderProperty, AnyPositionByItself, ()) {
  const DrawnSet set = *any_set();
  FakeDataset dataset(set.size(), kClasses);
  describe(set, dataset);
  const Order kind = *any_order();
  SampleOrder inturn(dataset, kind, set.seed), jumping(dataset, kind, set.seed);
  std::vector<Choice> all;
  const int64_t length = kind == Order::kInTurn ? inturn.length() : 3 * inturn.length();
  for (int64_t position = 0; position < length; ++position) all.push_back(inturn.at(position));
  const auto asked = *rc::gen::container<std::vector<int64_t>>(rc::gen::inRange<int64_t>(0, length));
  for (const int64_t position : asked) {
    SampleOrder alone(dataset, kind, set.seed);
    RC_ASSERT(same_choice(alone.at(position), all[static_cast<size_t>(position)]));
    RC_ASSERT(same_choice(jumping.at(position), all[static_cast<size_t>(position)]));
  }
}

bool same_batch(const Batch& a, const Batch& b) {
  return a.clips == b.clips && a.index == b.index && a.label == b.label && a.pixels == b.pixels &&
         a.targets == b.targets && a.motion == b.motion;
}

// The loaders of a group take the batches in turn: together they give each batch once, wherever they begin and with any
// number of workers.
RC_GTEST_PROP(OrderProperty, PartsOfAGroupShareTheBatches, ()) {
  const DrawnSet set = *any_set();
  FakeDataset dataset(set.size(), kClasses);
  describe(set, dataset);
  LoaderOptions options = options_of(*any_endless_order(), *rc::gen::inRange<int64_t>(1, 9), 0);
  options.seed = set.seed;
  const auto parts = *rc::gen::inRange<int64_t>(1, 5), first = *rc::gen::inRange<int64_t>(0, 5);
  const auto workers = *rc::gen::inRange<int64_t>(0, 3);
  constexpr int64_t kEach = 3;
  const auto all = take(dataset, options, (first + kEach) * parts);
  for (int64_t part = 0; part < parts; ++part) {
    LoaderOptions own = options;
    own.part = part;
    own.parts = parts;
    own.first_batch = first;
    own.workers = workers;
    const auto batches = take(dataset, own, kEach);
    RC_ASSERT(std::ssize(batches) == kEach);
    for (int64_t i = 0; i < kEach; ++i)
      RC_ASSERT(same_batch(batches[static_cast<size_t>(i)], all[static_cast<size_t>((first + i) * parts + part)]));
  }
}

// The choice of a clip from a video.
struct DrawnClip {
  int64_t video = 1;  // in frames
  ClipConfig clip;
  uint64_t seed = 1;
  bool training = false;
  int64_t view = 0;  // less than clip.views

  FrameDraw draw() const { return {training, RandomStream(seed, "frames"), view % clip.views}; }
  int64_t reach() const { return 1 + (clip.frames - 1) * clip.stride; }  // with kStride
};
std::ostream& operator<<(std::ostream& out, const DrawnClip& any) {
  return out << any.clip.frames << " of " << any.video << " frames, "
             << (any.clip.sampling == Sampling::kStride ? "stride " : "span ") << any.clip.stride << "/"
             << any.clip.least_span << ", " << (any.training ? "training, seed " : "testing, seed ") << any.seed
             << ", view " << any.view << " of " << any.clip.views;
}

rc::Gen<DrawnClip> any_clip() {
  using D = DrawnClip;
  using C = ClipConfig;
  const auto frames = rc::gen::oneOf(rc::gen::inRange<int64_t>(1, 400), rc::gen::inRange<int64_t>(1, int64_t{1} << 40));
  const auto clip = rc::gen::build<C>(
      rc::gen::set(&C::frames, rc::gen::inRange<int64_t>(1, 65)),
      rc::gen::set(&C::sampling, rc::gen::element(Sampling::kStride, Sampling::kSpan)),
      rc::gen::set(&C::stride, rc::gen::inRange<int64_t>(1, 17)),
      rc::gen::set(&C::least_span, rc::gen::map(rc::gen::inRange(1, 101), [](int part) { return part / 100.0; })),
      rc::gen::set(&C::views, rc::gen::inRange<int64_t>(1, 11)));
  return rc::gen::build<D>(rc::gen::set(&D::video, frames), rc::gen::set(&D::clip, clip), rc::gen::set(&D::seed),
                           rc::gen::set(&D::training), rc::gen::set(&D::view, rc::gen::inRange<int64_t>(0, 11)));
}

void expect_in_the_video(const std::vector<int64_t>& chosen, const DrawnClip& any) {
  RC_ASSERT(std::ssize(chosen) == any.clip.frames);
  RC_ASSERT(std::is_sorted(chosen.begin(), chosen.end()));
  RC_ASSERT(chosen.front() >= 0);
  RC_ASSERT(chosen.back() < any.video);
}

// The frames of a clip lie in the video in ascending order, `stride` apart. If the video is too short, the clip starts
// at its first frame and repeats its last one.
RC_GTEST_PROP(ClipProperty, FramesLieInTheVideoAStrideApart, ()) {
  const DrawnClip any = *any_clip();
  const auto chosen = choose_frames(any.video, any.clip, any.draw());
  expect_in_the_video(chosen, any);
  RC_ASSERT(choose_frames(any.video, any.clip, any.draw()) == chosen);
  if (any.clip.sampling != Sampling::kStride) return;
  const bool fits = any.reach() <= any.video;
  if (!fits) RC_ASSERT(chosen.front() == 0);
  for (size_t i = 1; i < chosen.size(); ++i) {
    const int64_t wanted = chosen[i - 1] + any.clip.stride;
    RC_ASSERT(chosen[i] == (fits ? wanted : std::min(wanted, any.video - 1)));
  }
}

// The views of a test cover the video: the first starts at its beginning, the last ends at its end, and they are in
// order.
RC_GTEST_PROP(ClipProperty, ViewsGoFromBeginningToEnd, ()) {
  DrawnClip any = *any_clip();
  any.training = false;
  any.clip.sampling = Sampling::kStride;
  std::vector<int64_t> begins;
  for (any.view = 0; any.view < any.clip.views; ++any.view) {
    const auto chosen = choose_frames(any.video, any.clip, any.draw());
    begins.push_back(chosen.front());
    if (any.view == any.clip.views - 1 && any.clip.views > 1 && any.reach() <= any.video)
      RC_ASSERT(chosen.back() == any.video - 1);
  }
  if (any.clip.views > 1) RC_ASSERT(begins.front() == 0);
  RC_ASSERT(std::is_sorted(begins.begin(), begins.end()));
}

// Clips of several speeds lie in the video. If it is long enough for the fastest speed, each clip has the step of its
// speed.
RC_GTEST_PROP(ClipProperty, PacedFramesHaveTheStepOfTheirSpeed, ()) {
  const DrawnClip any = *any_clip();
  const auto fastest = *rc::gen::inRange<int64_t>(1, 5), speed = *rc::gen::inRange<int64_t>(1, fastest + 1);
  const auto chosen = choose_paced_frames(any.video, any.clip, any.draw(), {speed, fastest});
  expect_in_the_video(chosen, any);
  if (any.clip.sampling != Sampling::kStride) return;
  if (1 + (any.clip.frames - 1) * any.clip.stride * fastest > any.video) return;
  for (size_t i = 1; i < chosen.size(); ++i) RC_ASSERT(chosen[i] - chosen[i - 1] == any.clip.stride * speed);
}

// Reordering keeps the set of frames, and reversing twice restores their order.
RC_GTEST_PROP(ClipProperty, ReorderedFramesAreTheSameFrames, ()) {
  const auto frames = *rc::gen::inRange<int64_t>(1, 20);
  const Choice choice{*rc::gen::inRange<int64_t>(0, 1000), {*rc::gen::arbitrary<uint64_t>(), 0, 0}};
  const auto clip_of = [frames] {
    Clip clip;
    for (int64_t t = 0; t < frames; ++t) {
      for (int i = 0; i < 6; ++i) clip.pixels.push_back(static_cast<uint8_t>(6 * t + i));
      clip.targets.push_back(static_cast<float>(t));
    }
    return clip;
  };
  const Clip before = clip_of();
  Clip shuffled = clip_of(), reversed = clip_of(), frozen = clip_of();
  const auto reorder = [&](Clip& clip, FrameOrder order) { reorder_frames(clip, {order, frames, true, true}, choice); };
  reorder(shuffled, FrameOrder::kShuffled);
  for (size_t t = 0; t < shuffled.targets.size(); ++t) {
    for (size_t i = 0; i < 6; ++i)
      RC_ASSERT(shuffled.pixels[6 * t + i] == 6 * static_cast<int>(shuffled.targets[t]) + static_cast<int>(i));
  }
  std::sort(shuffled.targets.begin(), shuffled.targets.end());
  RC_ASSERT(shuffled.targets == before.targets);
  reorder(reversed, FrameOrder::kReversed);
  RC_ASSERT(reversed.targets.front() == before.targets.back());
  reorder(reversed, FrameOrder::kReversed);
  RC_ASSERT(reversed.pixels == before.pixels);
  reorder(frozen, FrameOrder::kFrozen);
  RC_ASSERT(std::set<float>(frozen.targets.begin(), frozen.targets.end()).size() == 1u);
}

}  // namespace
}  // namespace trecvit::test
