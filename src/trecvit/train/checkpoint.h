// The files that a run needs to resume: a folder that is written atomically, with a checksum for every tensor.
//
//   step-00001200/model.safetensors, config.json   a model folder, which the engine runs as it is
//   step-00001200/training.safetensors             the optimiser and all else that is a tensor
//   step-00001200/state.json                       numbers, and the checksums of everything
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "trecvit/config/model_config.h"
#include "trecvit/io/json.h"

namespace trecvit::train {

using at::Tensor;

struct Checkpoint {
  int64_t step = 0;  // steps done
  ModelConfig config;
  std::map<std::string, Tensor> model;     // the tensors of the model, by canonical name
  std::map<std::string, Tensor> training;  // float32 or float64
  Json state = Json::object();
};

// Writes `parent`/step-NNNNNNNN and syncs it; replaces an existing one of that name. Throws Error(kCheckFailed) naming
// the tensor if a number is not finite (nothing is written then), Error(kResource) if writing fails.
void save_checkpoint(const std::string& parent, const Checkpoint& checkpoint);

// Throws Error(kInput) if the checkpoint is incomplete or its bytes differ from those that were written, OtherVersion
// (checkpoint_state.h) if another version wrote it.
Checkpoint load_checkpoint(const std::string& folder);

// The newest intact checkpoint in `parent`; broken ones are reported and skipped. Returns nullopt if there are no
// checkpoints at all. Throws Error(kInput) if there are some but none is intact, Error(kResource) if the system cannot
// read one, OtherVersion if another version of this program wrote the newest one that is not broken. report: receives
// one sentence per broken checkpoint.
std::optional<Checkpoint> newest_checkpoint(const std::string& parent,
                                            const std::function<void(const std::string&)>& report);

// The folders of the checkpoints, newest first.
std::vector<std::string> list_checkpoints(const std::string& parent);
// Moves the checkpoints of steps after `step` out of the way: broken ones, after an older one was loaded. They stay in
// `parent`/broken-step-NNNNNNNN until the run has passed their step.
void set_aside_checkpoints_after(const std::string& parent, int64_t step);
// Removes all checkpoints except the `keep` newest, those moved aside whose step the newest has passed, and the partial
// folders of killed processes.
void prune_checkpoints(const std::string& parent, int64_t keep);

}  // namespace trecvit::train
