// The error of predicted pictures, for networks and for baselines that learn nothing.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "trecvit/base/work_control.h"
#include "trecvit/data/clip_dataset.h"

namespace trecvit::train {

// Peak signal-to-noise ratio in dB from the mean squared error of values in [0, 1]; at most 100.
double psnr(double squared_error);

// Mean PSNR over clips, by name.
class MeanPsnr {
 public:
  // got, want [..., H, W, 3] in [0, 1]; masked [..., H, W, 1] in {0, 1}, 1 where a pixel counts; if undefined, all
  // pixels count.
  void add(const std::string& name, const at::Tensor& got, const at::Tensor& want, const at::Tensor& masked = {});
  // 0 if nothing was added.
  double mean(const std::string& name) const;
  int64_t clips(const std::string& name) const;

 private:
  struct Sum {
    double psnr = 0;
    int64_t clips = 0;
  };
  std::map<std::string, Sum> sums_;
};

// The mean frame [H, W, 3], in [0, 1], of at most 256 evenly spaced clips of a set; clips that cannot be read are
// skipped. control: checked before each clip.
at::Tensor mean_picture(const ClipDataset& set, const ModelConfig& config, uint64_t seed,
                        const WorkControl& control = {});

}  // namespace trecvit::train
