// The frames of a source that are used, in order.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>

#include "trecvit/base/progress_sink.h"
#include "trecvit/video/source.h"

namespace trecvit {

// Which frames of a source are used.
struct FrameChoice {
  double start_seconds = 0;
  std::optional<double> duration_seconds;
  std::optional<int64_t> max_frames;  // among the chosen ones
  int64_t step = 1;                   // every step-th frame from the start on
  SourceOptions source = {};          // how the source is opened
};

// One thread at a time.
class ChosenFrames {
 public:
  ChosenFrames(std::unique_ptr<FrameSource> source, FrameChoice choice);

  // Reports each frame of the source from now on to `frames_read`, including skipped frames, but not the one that ends
  // the duration. It must outlive this object.
  void report_to(ProgressSink& frames_read) { frames_read_ = &frames_read; }
  // Reads the next frame chosen into `frame`, whose memory is reused; false at the end. Throws Error as the source
  // does; Stopped, between any two frames of the source, if `stop` or the source's own stop was requested.
  bool next(Frame& frame, const std::stop_token& stop = {});
  // Throws Error(kInput) for a source from which no frame was chosen, with the requested times and the available ones.
  [[noreturn]] void fail_empty() const;
  const SourceInfo& info() const { return source_->info(); }
  SourceFaults faults() const { return source_->faults(); }

 private:
  std::unique_ptr<FrameSource> source_;
  FrameChoice choice_;
  ProgressSink* frames_read_ = nullptr;
  int64_t first_index_ = -1;                // of the first frame chosen
  double end_seconds_ = 0;                  // of the frames skipped before it
  std::optional<double> too_late_seconds_;  // of the frame that ended the duration
  int64_t taken_ = 0;
};

}  // namespace trecvit
