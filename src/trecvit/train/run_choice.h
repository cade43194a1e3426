// Which run is begun, or gone on with, as people name it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "trecvit/base/words.h"
#include "trecvit/train/trainer.h"

namespace trecvit::train {

// What learns, by the verb that trains it; also the folder of such runs.
enum class RunKind {
  kTrain,     // with labels
  kPretrain,  // without
  kProbe,     // a probe of a frozen model alone
};
constexpr auto enum_words(RunKind) {
  return make_words<RunKind>(
      {{"train", RunKind::kTrain}, {"pretrain", RunKind::kPretrain}, {"probe", RunKind::kProbe}});
}

struct RunChoice {
  RunKind kind = RunKind::kTrain;
  std::string config, runs = "runs";
  std::string resume;                // folder of a run, "newest" of the config's name, or empty for a new run
  std::string device;                // empty: the config's
  std::vector<std::string> changes;  // "KEY=VALUE", of the config's fields
  std::optional<uint64_t> seed;      // in place of the config's
};

struct ChosenRun {
  TrainRequest request;        // config, resume, changed and edited are set
  std::string folder;          // of the run to go on with; else empty
  std::string stored;          // its config.toml
  std::string changed_config;  // what its config.toml is to become; empty: what it is
};

// Messages name the options of the command: --config, --resume, --set, --seed. Throws Error(kUsage) for a choice that
// says nothing or contradicts itself, for changes that a run does not take while it goes on, and as read_train_config.
ChosenRun choose_run(const RunChoice& choice);

}  // namespace trecvit::train
