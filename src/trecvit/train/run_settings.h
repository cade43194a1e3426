// The settings of a run as stored in its folder, and the handling of changes when it resumes. Needs no LibTorch.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trecvit/config/model_config.h"
#include "trecvit/config/train_config.h"

namespace trecvit::train {

// The text of a run's config.toml: every field, and in the last line a fingerprint that reveals changes by hand.
std::string stamped_config(const TrainConfig& config);
// Whether the text is an unchanged result of stamped_config.
bool is_as_written(std::string_view text);

// Every field by its key, and "model".
Json settings_of(const TrainConfig& config);

// Whether a field may change when a run resumes, and what the change affects.
enum class Effect {
  kNone,    // may change without changing any step: workers, location of the clips
  kLater,   // may change, for the remaining steps: length, learning rate
  kBefore,  // may not change: the earlier steps would have been different
};
Effect effect_of(std::string_view key);
// The fields that may be changed with --set, in order.
const std::vector<std::string>& changeable_fields();

// Settings that the user may not have intended, one sentence each: fields that have no effect in this task, a warm-up
// longer than the run.
std::vector<std::string> cautions(const TrainConfig& config, int64_t steps);

struct Difference {
  std::string key, before, now;  // values as TOML
};
// Differences among the fields that both have.
std::vector<Difference> differences(const Json& before, const TrainConfig& now);

// "expected classes a and b, got a and c": how the requested model differs from that of the checkpoint: by its classes,
// or otherwise by its fields.
std::string model_change(const ModelConfig& checkpoint, const ModelConfig& asked);

}  // namespace trecvit::train
