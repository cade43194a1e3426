// The reference fixtures of tests/golden (see its README.md): cases, their configs, inputs and arrays.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trecvit/config/model_config.h"
#include "trecvit/io/npz.h"

namespace trecvit::test {

std::string golden_path(const std::string& file);

struct GoldenCase {
  std::string name, content;  // content: full, lite or summary
  ModelConfig config;
  uint64_t seed = 0;
  int64_t batch = 0, frames = 0, clips = 0, num_frames = 0;
  std::string weights_file;  // empty if only the generator has them

  bool summary() const { return content == "summary"; }
  int64_t clip_frames() const { return frames / clips; }
};

std::vector<std::string> golden_case_names();
GoldenCase golden_case(const std::string& name);
NpzReader golden_arrays(const std::string& file);

// Pixels [T, H, W, 3] in [0, 1] of one video of a case, from the generator.
std::vector<float> golden_video(const GoldenCase& golden, int64_t index);

}  // namespace trecvit::test
