#include "trecvit/pipeline/chosen_frames.h"

#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/stop.h"
#include "trecvit/engine/readout.h"

namespace trecvit {

ChosenFrames::ChosenFrames(std::unique_ptr<FrameSource> source, FrameChoice choice)
    : source_(std::move(source)), choice_(std::move(choice)) {}

bool ChosenFrames::next(Frame& frame, const std::stop_token& stop) {
  if (choice_.max_frames && taken_ >= *choice_.max_frames) return false;
  for (;;) {
    throw_if_stopped(stop);
    throw_if_stopped(choice_.source.stop);
    if (!source_->read(frame)) return false;
    const double since_start = frame.pts_seconds - choice_.start_seconds + kTimeRounding;
    if (choice_.duration_seconds && since_start >= *choice_.duration_seconds) {
      too_late_seconds_ = frame.pts_seconds;
      return false;
    }
    if (frames_read_) frames_read_->advance(1);
    if (since_start < 0) {
      end_seconds_ = frame.pts_seconds + frame.duration_seconds;
      continue;
    }
    if (first_index_ < 0) first_index_ = frame.index;
    if ((frame.index - first_index_) % choice_.step != 0) continue;
    ++taken_;
    return true;
  }
}

void ChosenFrames::fail_empty() const {
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
