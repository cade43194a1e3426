#include "trecvit/data/video_dataset.h"

#include "trecvit/base/error.h"
#include "trecvit/data/clip_sampling.h"

namespace trecvit {
namespace {

class VideoDataset : public ClipDataset {
 public:
  explicit VideoDataset(std::shared_ptr<const ClipSet> set) : set_(std::move(set)) {}

  int64_t size() const override { return set_->size(); }
  const std::vector<std::string>& classes() const override { return set_->classes(); }
  int64_t views() const override { return set_->views(); }
  int64_t frame_stride() const override { return set_->frame_stride(); }
  uint64_t fingerprint() const override { return set_->fingerprint(); }
  std::vector<std::string> summary() const override { return set_->summary(); }
  std::vector<std::string> remarks() const override { return set_->remarks(); }

  SampleInfo info(int64_t index) const override {
    const ClipRow& row = set_->row(index);
    return {row.name, row.label(), row.group, row.path};
  }

  Clip load(int64_t index, const Draw& draw) const override {
    TRECVIT_CHECK(index >= 0 && index < size());
    const ClipOptions& options = set_->options();
    const ClipRow& row = set_->row(index);
    const FrameDraw frames{options.training, sample_stream("frames", index, draw), set_->time_of(draw.view)};
    const auto choose = [&](int64_t count) { return choose_frames(count, options.clip, frames); };
    Clip clip;
    clip.label = row.label();
    clip.targets = set_->make_targets(row.labels, classes().size());
    clip.pixels = set_->empty_pixels();
    set_->read(index, {choose, sample_stream("look", index, draw), set_->crop_of(draw.view)}, clip.pixels);
    return clip;
  }

 private:
  std::shared_ptr<const ClipSet> set_;
};

}  // namespace

std::unique_ptr<ClipDataset> make_video_dataset(std::shared_ptr<const ClipSet> set) {
  return std::make_unique<VideoDataset>(std::move(set));
}

}  // namespace trecvit
