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
  TrainRequest request;  // what decides which run it is and what it learns is set
  std::string stored;    // the path of the config.toml of a run that resumes; otherwise empty
};

// Messages name the options of the command: --config, --resume, --set, --seed. Throws Error(kUsage) if the choice is
// empty or contradicts itself, or for changes that a resumed run does not accept; also throws as read_train_config.
ChosenRun choose_run(const RunChoice& choice);

}  // namespace trecvit::train
