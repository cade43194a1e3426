// How far pictures that a network gives are from the true ones, beside rules that learn nothing.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "trecvit/base/work_control.h"
#include "trecvit/data/clip_dataset.h"

namespace trecvit::train {

// Peak signal-to-noise ratio in dB of a mean squared error of values in [0, 1]; at most 100.
double psnr(double squared_error);

// Mean PSNR over clips, by name.
class MeanPsnr {
 public:
  // got, want [..., H, W, 3] in [0, 1]; masked [..., H, W, 1] in {0, 1}, 1 where it counts, undefined: everywhere.
  void add(const std::string& name, const at::Tensor& got, const at::Tensor& want, const at::Tensor& masked = {});
  // 0 where nothing was added.
  double mean(const std::string& name) const;
  int64_t clips(const std::string& name) const;

 private:
  struct Sum {
    double psnr = 0;
    int64_t clips = 0;
  };
  std::map<std::string, Sum> sums_;
};

// The mean frame [H, W, 3], in [0, 1], of at most 256 clips of a set, evenly chosen; those that cannot be read are left
// out. control: looked at before each clip.
at::Tensor mean_picture(const ClipDataset& set, const ModelConfig& config, uint64_t seed,
                        const WorkControl& control = {});

}  // namespace trecvit::train
