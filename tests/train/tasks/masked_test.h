// The config of a small run of masked auto-encoding.
#pragma once

#include <string>
#include <vector>

#include "train/train_test.h"

namespace trecvit::test {

inline TrainConfig masked_config(const std::vector<std::string>& more = {}) {
  std::vector<std::string> changes = {"task=reconstruct",        "model.image_size=32",    "mask.ratio=0.75",
                                      "reconstruction.width=16", "reconstruction.depth=1", "reconstruction.heads=2"};
  changes.insert(changes.end(), more.begin(), more.end());
  return tiny_config(changes);
}

}  // namespace trecvit::test
