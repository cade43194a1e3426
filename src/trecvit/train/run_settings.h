// The settings of a run as its folder keeps them, and what becomes of changes when it goes on. Needs no LibTorch.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trecvit/config/model_config.h"
#include "trecvit/config/train_config.h"

namespace trecvit::train {

// config.toml of a run: every field, and in the last line a fingerprint, by which changes by hand are noticed.
std::string stamped_config(const TrainConfig& config);
// Whether the text is one that stamped_config gave.
bool is_as_written(std::string_view text);

// Every field by its key, and "model".
Json settings_of(const TrainConfig& config);

// What a field may do in a run that goes on.
enum class Effect {
  kNone,    // may change, and the same steps stay the same: workers, where the clips lie
  kLater,   // may change, for the steps to come: length, rate of learning
  kBefore,  // may not: the steps before would have been others
};
Effect effect_of(std::string_view key);
// Those that may change with --set, in order.
const std::vector<std::string>& changeable_fields();

// What a user may have meant otherwise, one sentence each: fields that do nothing in this task, a warm-up longer than
// the run.
std::vector<std::string> cautions(const TrainConfig& config, int64_t steps);

struct Difference {
  std::string key, before, now;  // values as TOML
};
// Of the fields that both have.
std::vector<Difference> differences(const Json& before, const TrainConfig& now);

// "expected classes a and b, got a and c": in what the model that is asked for differs from that of the checkpoint, by
// its classes or else by its fields.
std::string model_change(const ModelConfig& checkpoint, const ModelConfig& asked);

}  // namespace trecvit::train
