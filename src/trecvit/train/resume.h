// How a run goes on from a checkpoint: which changes of its settings it takes, and what is put back.
#pragma once

#include <optional>
#include <string>

#include "trecvit/train/checkpoint.h"
#include "trecvit/train/run_position.h"
#include "trecvit/train/run_setup.h"
#include "trecvit/train/trainer.h"

namespace trecvit::train {

// Throws Error(kInput) where the folder, which has no checkpoint, is that of a run that ended: it would begin anew,
// over its own models.
void refuse_lost_checkpoints(const std::string& folder);

// Compares the settings with those of the checkpoint. Returns the sentence of those that make the steps to come other
// ones; empty where there are none, nothing where no step is to come: then they are not kept either. Throws
// Error(kUsage) for those that a run does not take.
std::optional<std::string> accepted_changes(const TrainRequest& request, const RunSetup& setup,
                                            const Checkpoint& checkpoint, const std::string& folder);

// Puts weights, optimiser and position back. Throws Error(kInput) where data
// or model are not those of the checkpoint.
RunPosition restore(const Checkpoint& checkpoint, const RunSetup& setup, const std::string& folder);

}  // namespace trecvit::train
