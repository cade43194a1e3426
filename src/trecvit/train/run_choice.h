// Which run to start or to resume, as the user names it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "trecvit/base/words.h"
#include "trecvit/train/trainer.h"

namespace trecvit::train {

// What is trained, by the verb that trains it; also the name of the folder of such runs.
enum class RunKind {
  kTrain,     // with labels
  kPretrain,  // without
  kProbe,     // only a probe of a frozen model
};
constexpr auto enum_words(RunKind) {
  return make_words<RunKind>(
      {{"train", RunKind::kTrain}, {"pretrain", RunKind::kPretrain}, {"probe", RunKind::kProbe}});
}

struct RunChoice {
  RunKind kind = RunKind::kTrain;
  std::string config, runs = "runs";
  std::string resume;  // folder of a run; "newest" for the newest with the config's name; empty for a new run
  std::string device;  // if empty, the config's
  std::vector<std::string> changes;  // "KEY=VALUE" for fields of the config
  std::optional<uint64_t> seed;      // overrides the config's
};

struct ChosenRun {
  TrainRequest request;        // config, resume, changed and edited are set
  std::string folder;          // of the run to resume; otherwise empty
  std::string stored;          // its config.toml
  std::string changed_config;  // the new content of its config.toml; empty if unchanged
};

// Messages name the options of the command: --config, --resume, --set, --seed. Throws Error(kUsage) if the choice is
// empty or contradicts itself, or for changes that a resumed run does not accept; also throws as read_train_config.
ChosenRun choose_run(const RunChoice& choice);

}  // namespace trecvit::train
