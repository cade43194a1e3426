// From a source to the model's input: chosen frames, in order, resized and scaled.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "trecvit/base/buffer.h"
#include "trecvit/config/model_config.h"
#include "trecvit/image/preprocess.h"
#include "trecvit/pipeline/chosen_frames.h"

namespace trecvit {

// A frame of the source with what the model reads of it. Owns its memory: it may wait in a queue, move to another
// thread, and be filled again.
struct InputFrame : Frame {
  Array<float> pixels;  // [H, W, 3] in [0, 1]
};

// Frames and their pixels for the model, one thread at a time. frames() and prepare() are the two stages of next(), for
// programs that run them on threads of their own: each on one thread at a time.
class ModelInput {
 public:
  // source: must not be null.
  ModelInput(std::unique_ptr<FrameSource> source, const ModelConfig& config, FrameChoice choice = {});
  // Opens the source of that name and reads it ahead (open_ahead). Throws Error as open_source does.
  ModelInput(const std::string& source, const ModelConfig& config, const FrameChoice& choice);

  // Fills `frame` with the next frame chosen, reusing its memory; false at the end. Throws as ChosenFrames::next does.
  bool next(InputFrame& frame, const std::stop_token& stop = {});

  ChosenFrames& frames() { return frames_; }
  // Fills frame.pixels from frame.image.
  void prepare(InputFrame& frame);

  const SourceInfo& info() const { return frames_.info(); }
  SourceFaults faults() const { return frames_.faults(); }

 private:
  ChosenFrames frames_;
  Preprocessor preprocess_;
  size_t floats_;  // of a frame
};

}  // namespace trecvit
