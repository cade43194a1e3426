// What a run needs to go on, on disk: a folder that appears whole or not at all, with a checksum for every tensor.
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

// Writes `parent`/step-NNNNNNNN and syncs it; one of that name is replaced. Throws Error(kCheckFailed) naming the
// tensor for a number that is not finite (nothing is written then), Error(kResource) when the disk refuses.
void save_checkpoint(const std::string& parent, const Checkpoint& checkpoint);

// Throws Error(kInput) for a checkpoint that is incomplete or whose bytes are not those that were written,
// OtherVersion (checkpoint_state.h) for one of another version.
Checkpoint load_checkpoint(const std::string& folder);

// The newest checkpoint in `parent` that is intact; broken ones are reported and passed over. Nothing where there is
// none at all. Throws Error(kInput) where there are some and none is intact, Error(kResource) where the machine does
// not let one be read, OtherVersion where another version of this program wrote the newest. report: a sentence
// for each that is broken.
std::optional<Checkpoint> newest_checkpoint(const std::string& parent,
                                            const std::function<void(const std::string&)>& report);

// Folders of checkpoints, newest first.
std::vector<std::string> list_checkpoints(const std::string& parent);
// Puts the checkpoints of steps after `step` out of the way: broken ones, after an older one was taken. They lie in
// `parent`/broken-step-NNNNNNNN until the run has passed their step.
void set_aside_checkpoints_after(const std::string& parent, int64_t step);
// Removes all but the `keep` newest, those set aside that the newest has passed, and what a killed process left
// half-way.
void prune_checkpoints(const std::string& parent, int64_t keep);

}  // namespace trecvit::train
