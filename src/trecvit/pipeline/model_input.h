// From a source to the model's input: chosen frames, in order, resized and scaled.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "trecvit/base/buffer.h"
#include "trecvit/base/progress_sink.h"
#include "trecvit/config/model_config.h"
#include "trecvit/image/preprocess.h"
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

struct InputFrame {
  std::span<const float> pixels;  // [H, W, 3] in [0, 1], valid until the next call
  int64_t index = 0;              // in the source
  double time_seconds = 0;
  double duration_seconds = 0;  // until the next frame of the source; 0 when unknown
};

class ModelInput {
 public:
  // Throws Error as open_source does.
  ModelInput(const std::string& source, const ModelConfig& config, FrameChoice choice);

  // Tells `frames_read` of each frame of the source from now on, including skipped frames, but not of the one that ends
  // the duration. It must outlive this object.
  void report_to(ProgressSink& frames_read) { frames_read_ = &frames_read; }
  // The next frame chosen, or nothing. Throws Error as the source does, Stopped between any two frames of the source.
  std::optional<InputFrame> next();
  // Throws Error(kInput) for a source from which no frame was chosen, with the requested times and the available ones.
  [[noreturn]] void fail_empty() const;
  const SourceInfo& info() const { return source_->info(); }
  SourceFaults faults() const { return source_->faults(); }

 private:
  std::unique_ptr<FrameSource> source_;
  FrameChoice choice_;
  ProgressSink* frames_read_ = nullptr;
  Frame frame_;
  Preprocessor preprocess_;
  Array<float> pixels_;
  int64_t first_index_ = -1;                // of the first frame chosen
  double end_seconds_ = 0;                  // of the frames skipped before it
  std::optional<double> too_late_seconds_;  // of the frame that ended the duration
  int64_t taken_ = 0;
};

}  // namespace trecvit
