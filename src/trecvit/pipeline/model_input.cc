#include "trecvit/pipeline/model_input.h"

#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/stop.h"
#include "trecvit/engine/readout.h"

namespace trecvit {
ModelInput::ModelInput(const std::string& source, const ModelConfig& config, FrameChoice choice)
    : source_(open_source(source, choice.source)),
      choice_(std::move(choice)),
      preprocess_(config.preprocess, static_cast<int>(config.image_height), static_cast<int>(config.image_width)),
      pixels_(static_cast<size_t>(config.image_height * config.image_width * 3)) {}

std::optional<InputFrame> ModelInput::next() {
  if (choice_.max_frames && taken_ >= *choice_.max_frames) return std::nullopt;
  for (;;) {
    throw_if_stopped(choice_.source.stop);
    if (!source_->read(frame_)) return std::nullopt;
    const double since_start = frame_.pts_seconds - choice_.start_seconds + kTimeRounding;
    if (choice_.duration_seconds && since_start >= *choice_.duration_seconds) {
      too_late_seconds_ = frame_.pts_seconds;
      return std::nullopt;
    }
    if (frames_read_) frames_read_->advance(1);
    if (since_start < 0) {
      end_seconds_ = frame_.pts_seconds + frame_.duration_seconds;
      continue;
    }
    if (first_index_ < 0) first_index_ = frame_.index;
    if ((frame_.index - first_index_) % choice_.step != 0) continue;
    preprocess_(frame_.image.view(), pixels_.span());
    ++taken_;
    return InputFrame{pixels_.span(), frame_.index, frame_.pts_seconds, frame_.duration_seconds};
  }
}

void ModelInput::fail_empty() const {
  const std::string& name = info().name;
  if (too_late_seconds_) {
    fail_input(name, "expected at least one frame within {} s after {} s, got none before {:.6g} s; raise --duration",
               *choice_.duration_seconds, choice_.start_seconds, *too_late_seconds_);
  }
  if (end_seconds_ > 0) {
    fail_input(name, "expected at least one frame at or after {} s, got a video that ends at {:.6g} s; lower --start",
               choice_.start_seconds, end_seconds_);
  }
  fail_input(name, "expected at least one frame, got none");
}

}  // namespace trecvit
