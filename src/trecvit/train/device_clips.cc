#include "trecvit/train/device_clips.h"

#include <ATen/ATen.h>

namespace trecvit::train {

at::Tensor clips_to_device(const Batch& batch, const ModelConfig& config, const at::Device& device) {
  const int64_t frame = config.image_height * config.image_width * 3;
  const auto frames = static_cast<int64_t>(batch.pixels.size()) / (batch.clips * frame);
  auto* pixels = const_cast<uint8_t*>(batch.pixels.data());  // only read
  return at::from_blob(pixels, {batch.clips, frames, config.image_height, config.image_width, 3}, at::kByte)
      .to(device, at::kFloat)
      .mul_(static_cast<float>(config.preprocess.scale));
}

model::AutocastState autocast_of(const TrainConfig& config, const at::Device& device) {
  return {device.type(), config.run.precision == TrainPrecision::kBf16, at::kBFloat16};
}

}  // namespace trecvit::train
