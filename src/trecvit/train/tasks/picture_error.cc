#include "trecvit/train/tasks/picture_error.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "trecvit/base/error.h"

namespace trecvit::train {
namespace {

constexpr int64_t kClipsOfMean = 256;

}  // namespace

double psnr(double squared_error) {
  constexpr double kLeast = 1e-10;  // 100 dB if there is no error
  return -10 * std::log10(std::max(squared_error, kLeast));
}

void MeanPsnr::add(const std::string& name, const at::Tensor& got, const at::Tensor& want, const at::Tensor& masked) {
  const at::Tensor error = (got - want).square();
  const at::Tensor mean = masked.defined() ? (error * masked).sum() / (3 * masked.sum()) : error.mean();
  Sum& sum = sums_[name];
  sum.psnr += psnr(mean.item<double>());
  ++sum.clips;
}

double MeanPsnr::mean(const std::string& name) const {
  const auto found = sums_.find(name);
  return found == sums_.end() ? 0 : found->second.psnr / static_cast<double>(found->second.clips);
}

int64_t MeanPsnr::clips(const std::string& name) const {
  const auto found = sums_.find(name);
  return found == sums_.end() ? 0 : found->second.clips;
}

at::Tensor mean_picture(const ClipDataset& set, const ModelConfig& c, uint64_t seed, const WorkControl& control) {
  const int64_t count = std::min(kClipsOfMean, set.size());
  at::Tensor sum = at::zeros({c.image_height, c.image_width, 3}, at::kDouble);
  int64_t frames = 0;
  for (int64_t i = 0; i < count; ++i) {
    control.done(0);
    Clip clip;
    try {
      clip = set.load(i * set.size() / count, {seed, 0, 0});
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kInput) throw;
      continue;  // the loader reports what is wrong with it
    }
    const int64_t of_clip = std::ssize(clip.pixels) / (c.image_height * c.image_width * 3);
    const at::Tensor pixels = at::from_blob(clip.pixels.data(), {of_clip, c.image_height, c.image_width, 3}, at::kByte);
    sum += pixels.to(at::kDouble).sum(0);
    frames += of_clip;
  }
  return (sum * c.preprocess.scale / static_cast<double>(std::max<int64_t>(frames, 1))).to(at::kFloat);
}

}  // namespace trecvit::train
