// state.json of a checkpoint: the numbers of a run, and the checksums of everything else. Needs no LibTorch.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "trecvit/base/error.h"
#include "trecvit/io/json.h"

namespace trecvit::train {

// Thrown for a file that another version of this program wrote. It is not broken, so an older file must not be used
// instead.
struct OtherVersion : Error {
  using Error::Error;
};

struct CheckpointState {
  int64_t step = 0;                // steps done
  Json model = Json::object();     // checksum of each tensor of model.safetensors, by name
  Json training = Json::object();  // the same for training.safetensors
  std::string config;              // checksum of config.json
  Json run = Json::object();       // what else the trainer needs; known fields have their type and range
};

std::string print_checkpoint_state(const CheckpointState& state);
// Throws Error(kInput) naming `where` if the text differs from what was written, or if a field has a wrong type or is
// out of range; OtherVersion if another version wrote it. Unknown fields of `run` are left alone, and any known one may
// be missing, because other versions had other fields.
CheckpointState parse_checkpoint_state(std::string_view text, const std::string& where);

// In the form used in state.json.
std::string checksum(std::string_view text);

}  // namespace trecvit::train
