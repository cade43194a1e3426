// Resuming a run from a checkpoint: which changes of its settings are accepted, and what is restored.
#pragma once

#include <optional>
#include <string>

#include "trecvit/train/checkpoint.h"
#include "trecvit/train/run_position.h"
#include "trecvit/train/run_setup.h"
#include "trecvit/train/trainer.h"

namespace trecvit::train {

// Throws Error(kInput) if the folder, which has no checkpoint, belongs to a run that has ended: the run would start
// again and overwrite its own models.
void refuse_lost_checkpoints(const std::string& folder);

// Compares the settings with those of the checkpoint. Returns a sentence about the changes that affect the remaining
// steps; empty if there are none; nullopt if there are some but no step remains: then the changes are not stored
// either. Throws Error(kUsage) for changes that a run does not accept.
std::optional<std::string> accepted_changes(const TrainRequest& request, const RunSetup& setup,
                                            const Checkpoint& checkpoint, const std::string& folder);

// Restores weights, optimiser and position. Throws Error(kInput) if the data or the model are not those of the
// checkpoint.
RunPosition restore(const Checkpoint& checkpoint, const RunSetup& setup, const std::string& folder);

}  // namespace trecvit::train
