// Trainable models of the fixtures' configs, and tensors as plain vectors.
#pragma once

#include <ATen/ATen.h>

#include <cstring>
#include <memory>
#include <vector>

#include "support/golden.h"
#include "trecvit/model/model_weights.h"
#include "trecvit/model/trecvit.h"
#include "trecvit/weights/weight_source.h"

namespace trecvit::test {

using at::Tensor;

inline std::vector<double> values(const Tensor& tensor) {
  const Tensor all = tensor.detach().to(at::kCPU, at::kDouble).contiguous();
  return {all.data_ptr<double>(), all.data_ptr<double>() + all.numel()};
}

// An array of a fixture; integers become int64.
inline Tensor array(const NpzReader& file, const std::string& name) {
  const HostTensor host = file.read(name);
  at::ScalarType type = at::kFloat;
  if (host.dtype() == DType::kF64) type = at::kDouble;
  if (host.dtype() == DType::kI64) type = at::kLong;
  if (host.dtype() == DType::kI32) type = at::kInt;
  Tensor out = at::empty(host.shape(), type);
  std::memcpy(out.data_ptr(), host.data(), host.bytes());
  return type == at::kInt ? out.to(at::kLong) : out;
}

inline std::shared_ptr<model::TRecViT> make_model(const ModelConfig& config, uint64_t seed) {
  auto made = std::make_shared<model::TRecViT>(config);
  model::load_weights(*made, *generated_weights(config, seed));
  return made;
}

// All videos of a case, clips folded into the batch: [B * clips, t, H, W, 3].
inline Tensor golden_clips(const GoldenCase& golden) {
  const ModelConfig& c = golden.config;
  std::vector<Tensor> videos;
  for (int64_t b = 0; b < golden.batch; ++b) {
    const auto video = golden_video(golden, b);
    videos.push_back(at::from_blob(const_cast<float*>(video.data()),
                                   {golden.clips, golden.clip_frames(), c.image_height, c.image_width, 3})
                         .clone());
  }
  return at::cat(videos, 0);
}

}  // namespace trecvit::test
