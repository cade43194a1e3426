#include "trecvit/data/wrapped_dataset.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "trecvit/base/error.h"
#include "trecvit/base/hash.h"
#include "trecvit/data/clip_sampling.h"

namespace trecvit {
namespace {

// Base of the sets over a ClipSet that define their own labels: sample i has class i modulo the number of classes.
class WrappedDataset : public ClipDataset {
 public:
  WrappedDataset(std::shared_ptr<const ClipSet> set, std::vector<std::string> classes, int64_t size)
      : set_(std::move(set)), classes_(std::move(classes)), size_(size) {}

  int64_t size() const override { return size_; }
  const std::vector<std::string>& classes() const override { return classes_; }
  int64_t views() const override { return set_->views(); }
  int64_t frame_stride() const override { return set_->frame_stride(); }
  uint64_t fingerprint() const override {
    return hash_text(fmt::format("{} {}", size_, fmt::join(classes_, " ")), set_->fingerprint());
  }
  std::vector<std::string> summary() const override {
    auto lines = set_->summary();
    lines.push_back(fmt::format("{} samples of the classes {}", size_, fmt::join(classes_, ", ")));
    return lines;
  }
  std::vector<std::string> remarks() const override { return set_->remarks(); }

 protected:
  int64_t label_of(int64_t index) const { return index % std::ssize(classes_); }
  // The number of earlier turns of the sample's class.
  int64_t turn_of(int64_t index) const { return index / std::ssize(classes_); }
  Clip empty_clip(int64_t index) const {
    TRECVIT_CHECK(index >= 0 && index < size_);
    Clip clip;
    clip.label = label_of(index);
    clip.targets = set_->make_targets(std::span(&clip.label, 1), classes_.size());
    clip.pixels = set_->empty_pixels();
    return clip;
  }

  std::shared_ptr<const ClipSet> set_;
  std::vector<std::string> classes_;
  int64_t size_;
};

class PairsDataset : public WrappedDataset {
 public:
  PairsDataset(std::shared_ptr<const ClipSet> set, std::vector<std::vector<int64_t>> members, int64_t size)
      : WrappedDataset(std::move(set), {"in_order", "swapped"}, size), members_(std::move(members)) {
    for (size_t a = 0; a < members_.size(); ++a) {
      for (size_t b = a + 1; b < members_.size(); ++b) pairs_.emplace_back(a, b);
    }
  }

  // Names the videos in testing; in training they change from epoch to epoch.
  SampleInfo info(int64_t index) const override {
    if (set_->options().training) return {fmt::format("pair {}", index), label_of(index), ""};
    const auto [first, second] = rows_of(index, {});
    const ClipRow &a = set_->row(first), &b = set_->row(second);
    return {a.name + " + " + b.name, label_of(index), a.group == b.group ? a.group : a.group + "+" + b.group};
  }

  Clip load(int64_t index, const Draw& draw) const override {
    Clip clip = empty_clip(index);
    const ClipOptions& options = set_->options();
    const auto [first, second] = rows_of(index, draw);
    ClipConfig half = options.clip;
    half.frames /= 2;
    const FrameDraw frames{options.training, sample_stream("frames", index, draw), set_->time_of(draw.view)};
    const auto choose = [&](int64_t there) { return choose_frames(there, half, frames); };
    const ClipSet::Request request{choose, sample_stream("look", index, draw), set_->crop_of(draw.view)};
    const std::span pixels(clip.pixels);
    set_->read(first, request, pixels.first(pixels.size() / 2));
    set_->read(second, request, pixels.subspan(pixels.size() / 2));
    return clip;
  }

 private:
  // The first and second row of a sample.
  std::pair<int64_t, int64_t> rows_of(int64_t index, const Draw& draw) const {
    const bool training = set_->options().training;
    const int64_t turn = turn_of(index);
    const int64_t shift = training ? draw.epoch % std::ssize(pairs_) * (size_ / 2) : 0;
    const auto& [a, b] = pairs_[static_cast<size_t>((turn + shift) % std::ssize(pairs_))];
    // In testing, both orders of a turn draw the same clips.
    const RandomStream random = training ? sample_stream("pair", index, draw) : RandomStream(turn, "pairs of testing");
    const auto pick = [&](const std::vector<int64_t>& rows, uint64_t i) { return rows[random.bits(i) % rows.size()]; };
    const int64_t earlier = pick(members_[a], 0), later = pick(members_[b], 1);
    return label_of(index) == 0 ? std::pair(earlier, later) : std::pair(later, earlier);
  }

  std::vector<std::vector<int64_t>> members_;     // rows of each class that has some
  std::vector<std::pair<size_t, size_t>> pairs_;  // of members_
};

// One video; the sample's class is the way it is played.
class PlayedDataset : public WrappedDataset {
 public:
  // The frames of a clip of class `label`, out of `frames`.
  using Play = std::vector<int64_t> (*)(int64_t frames, const ClipConfig& clip, const FrameDraw& draw, int64_t label);

  PlayedDataset(std::shared_ptr<const ClipSet> set, std::vector<std::string> classes, Play play, int64_t size)
      : WrappedDataset(std::move(set), std::move(classes), size), play_(play) {}

  SampleInfo info(int64_t index) const override {
    const std::string& way = classes_[static_cast<size_t>(label_of(index))];
    if (set_->options().training) return {fmt::format("{} {}", way, index), label_of(index), ""};
    const ClipRow& row = set_->row(row_of(index, {}));
    return {row.name + " " + way, label_of(index), row.group};
  }

  Clip load(int64_t index, const Draw& draw) const override {
    Clip clip = empty_clip(index);
    const ClipOptions& options = set_->options();
    const FrameDraw frames{options.training, sample_stream("frames", index, draw), set_->time_of(draw.view)};
    const auto choose = [&](int64_t there) { return play_(there, options.clip, frames, clip.label); };
    set_->read(row_of(index, draw), {choose, sample_stream("look", index, draw), set_->crop_of(draw.view)},
               clip.pixels);
    return clip;
  }

 private:
  int64_t row_of(int64_t index, const Draw& draw) const {
    const int64_t rows = set_->size();
    if (set_->options().training) {
      return static_cast<int64_t>(sample_stream("row", index, draw).bits(0) % static_cast<uint64_t>(rows));
    }
    const int64_t turns = turn_of(size_ - 1) + 1;
    return turns <= rows ? turn_of(index) * rows / turns : turn_of(index) % rows;
  }

  Play play_;
};

std::vector<int64_t> play_direction(int64_t frames, const ClipConfig& clip, const FrameDraw& draw, int64_t label) {
  auto chosen = choose_paced_frames(frames, clip, draw, {});
  if (label == 1) std::reverse(chosen.begin(), chosen.end());
  return chosen;
}

constexpr std::array<int64_t, 3> kSpeeds = {1, 2, 4};

std::vector<int64_t> play_speed(int64_t frames, const ClipConfig& clip, const FrameDraw& draw, int64_t label) {
  return choose_paced_frames(frames, clip, draw, {kSpeeds[static_cast<size_t>(label)], kSpeeds.back()});
}

}  // namespace

std::unique_ptr<ClipDataset> make_pairs(std::shared_ptr<const ClipSet> set, int64_t samples) {
  const int64_t frames = set->options().clip.frames;
  if (frames % 2 != 0) fail_usage("pairs", "expected clips of an even number of frames, got {}", frames);
  std::vector<std::vector<int64_t>> members(set->classes().size());
  for (int64_t i = 0; i < set->size(); ++i) members[static_cast<size_t>(set->row(i).label())].push_back(i);
  std::erase_if(members, [](const auto& rows) { return rows.empty(); });
  if (members.size() < 2) {
    fail_input("pairs", "expected clips of at least two classes, got {} clips of one", set->size());
  }
  const int64_t wanted = samples > 0 ? samples : set->size();
  return std::make_unique<PairsDataset>(std::move(set), std::move(members), std::max(int64_t{2}, wanted / 2 * 2));
}

std::unique_ptr<ClipDataset> make_reversed(std::shared_ptr<const ClipSet> set, int64_t samples) {
  const int64_t size = samples > 0 ? samples : 2 * set->size();
  return std::make_unique<PlayedDataset>(std::move(set), std::vector<std::string>{"forward", "reversed"},
                                         play_direction, size);
}

std::unique_ptr<ClipDataset> make_retimed(std::shared_ptr<const ClipSet> set, int64_t samples) {
  const int64_t size = samples > 0 ? samples : std::ssize(kSpeeds) * set->size();
  return std::make_unique<PlayedDataset>(std::move(set), std::vector<std::string>{"x1", "x2", "x4"}, play_speed, size);
}

}  // namespace trecvit
