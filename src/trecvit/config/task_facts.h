// What the program knows of a task without making it (train/tasks/make_task.h): one row per task.
#pragma once

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

#include "trecvit/config/train_choices.h"

namespace trecvit {

struct TaskFacts {
  TaskKind task;
  bool has_classes;                        // predicts classes: clips need labels, and the model a head or a probe
  std::string_view verb;                   // of the command, which trains it
  std::array<std::string_view, 2> tables;  // of the config that no other task reads
};
inline constexpr TaskFacts kTaskFacts[] = {
    {TaskKind::kClassify, true, "train", {}},
    {TaskKind::kReconstruct, false, "pretrain", {"mask", "reconstruction"}},
    {TaskKind::kRecall, false, "pretrain", {"recall"}},
};
static_assert(std::size(kTaskFacts) == enum_words(TaskKind{}).size());

constexpr const TaskFacts& facts_of(TaskKind task) {
  return *std::find_if(std::begin(kTaskFacts), std::end(kTaskFacts),
                       [task](const TaskFacts& facts) { return facts.task == task; });
}

// Whether a field of the config means something to the task. key: "mask.ratio".
constexpr bool reads_field(TaskKind task, std::string_view key) {
  const std::string_view table = key.substr(0, key.find('.'));
  const auto has = [table](const TaskFacts& facts) {
    return std::find(facts.tables.begin(), facts.tables.end(), table) != facts.tables.end();
  };
  return has(facts_of(task)) || std::none_of(std::begin(kTaskFacts), std::end(kTaskFacts), has);
}

}  // namespace trecvit
