#include "trecvit/pipeline/model_input.h"

#include <utility>

namespace trecvit {

ModelInput::ModelInput(std::unique_ptr<FrameSource> source, const ModelConfig& config, FrameChoice choice)
    : frames_(std::move(source), std::move(choice)),
      preprocess_(config.preprocess, static_cast<int>(config.image_height), static_cast<int>(config.image_width)),
      floats_(static_cast<size_t>(config.image_height * config.image_width * 3)) {}

ModelInput::ModelInput(const std::string& source, const ModelConfig& config, const FrameChoice& choice)
    : ModelInput(open_ahead(source, choice), config, choice) {}

bool ModelInput::next(InputFrame& frame, const std::stop_token& stop) {
  if (!frames_.next(frame, stop)) return false;
  prepare(frame);
  return true;
}

void ModelInput::prepare(InputFrame& frame) {
  if (frame.pixels.span().size() != floats_) frame.pixels = Array<float>(floats_);
  preprocess_(frame.image.view(), frame.pixels.span());
}

}  // namespace trecvit
