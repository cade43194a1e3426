// A set of clips with known contents. Samples may be unreadable or slow, and loads are counted.
#pragma once

#include <atomic>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/data/clip_dataset.h"

namespace trecvit::test {

// A clip has 4 frames of 1 x 1 pixel: (sample, frame, epoch and view). Targets are one-hot; the motion, 2 values per
// frame, is (sample, frame).
class FakeDataset : public ClipDataset {
 public:
  static constexpr int64_t kFrames = 4;

  explicit FakeDataset(int64_t samples, int64_t classes = 3) : samples_(samples) {
    for (int64_t i = 0; i < classes; ++i) classes_.push_back("class" + std::to_string(i));
    label = [classes](int64_t index) { return index % classes; };
  }

  std::set<int64_t> bad;
  int64_t views_in_testing = 1;
  bool frame_targets = false;
  std::function<int64_t(int64_t index)> label;
  std::function<void(int64_t index)> before_load;  // may sleep or throw
  mutable std::atomic<int64_t> loads = 0;

  int64_t size() const override { return samples_; }
  const std::vector<std::string>& classes() const override { return classes_; }
  int64_t views() const override { return views_in_testing; }
  uint64_t fingerprint() const override { return static_cast<uint64_t>(samples_); }
  std::vector<std::string> summary() const override { return {}; }
  SampleInfo info(int64_t index) const override { return {"sample" + std::to_string(index), label(index), ""}; }

  Clip load(int64_t index, const Draw& draw) const override {
    ++loads;
    if (before_load) before_load(index);
    if (bad.contains(index)) throw Error(ErrorKind::kInput, "[sample" + std::to_string(index) + "] no video");
    Clip clip;
    clip.label = label(index);
    for (int64_t t = 0; t < kFrames; ++t) {
      for (const int64_t value : {index, t, 16 * draw.epoch + draw.view})
        clip.pixels.push_back(static_cast<uint8_t>(value));
      clip.motion.insert(clip.motion.end(), {static_cast<float>(index), static_cast<float>(t)});
    }
    for (int64_t row = 0; row < (frame_targets ? kFrames : 1); ++row) {
      for (int64_t c = 0; c < static_cast<int64_t>(classes_.size()); ++c)
        clip.targets.push_back(c == clip.label ? 1.0F : 0.0F);
    }
    return clip;
  }

 private:
  int64_t samples_;
  std::vector<std::string> classes_;
};

}  // namespace trecvit::test
