// state.json of a checkpoint: the numbers of a run, and the checksums of everything else. Needs no LibTorch.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "trecvit/base/error.h"
#include "trecvit/io/json.h"

namespace trecvit::train {

inline constexpr int64_t kMostSteps = int64_t{1} << 30;  // of a run, as in a config

// A file that another version of this program wrote: not broken, and an older one must not be taken in its place.
struct OtherVersion : Error {
  using Error::Error;
};

struct CheckpointState {
  int64_t step = 0;                // steps done
  Json model = Json::object();     // checksum of each tensor of model.safetensors, by name
  Json training = Json::object();  // the same of training.safetensors
  std::string config;              // checksum of config.json
  Json run = Json::object();       // what the trainer needs besides; known fields have their type and range
};

std::string print_checkpoint_state(const CheckpointState& state);
// Throws Error(kInput) naming `where` for a text that is not what was written, and for a field of a wrong type or out
// of range, OtherVersion for one of another version. Unknown fields of `run` are left alone, and each known one may be
// missing: other versions had others.
CheckpointState parse_checkpoint_state(std::string_view text, const std::string& where);

// As it stands in state.json.
std::string checksum(std::string_view text);

}  // namespace trecvit::train
