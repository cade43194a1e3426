#include "trecvit/train/trainer.h"

#include <c10/util/Exception.h>

#include <optional>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/stopwatch.h"
#include "trecvit/io/path_in.h"
#include "trecvit/train/checkpoint.h"
#include "trecvit/train/group.h"
#include "trecvit/train/resume.h"
#include "trecvit/train/run_folder.h"
#include "trecvit/train/run_position.h"
#include "trecvit/train/run_setup.h"
#include "trecvit/train/run_writer.h"
#include "trecvit/train/train_loop.h"

namespace trecvit::train {
namespace {

// Opens the folder of the run in the process that leads. Returns its path in all.
std::string open_folder(const TrainRequest& request, const Group& group, std::optional<RunFolder>& opened) {
  group.meet();  // a process that failed so far must not leave an empty folder behind
  if (group.leads()) {
    opened.emplace(RunFolder::Place{request.folder, request.runs, request.config.name});
    request.say("run: " + opened->path());
  }
  return group.from_leader(opened ? opened->path() : "");
}

// Processes that work from other data or from another checkpoint would train another run.
void require_same(const Group& group, const Json& mine) {
  const std::string text = mine.dump();
  if (group.any(group.from_leader(text) != text))
    fail_input("group", "expected the same data and checkpoint in all {} processes, got {} in process {}", group.size(),
               text, group.rank());
}

TrainOutcome train_in(const TrainRequest& request, const Group& group) {
  const Stopwatch watch;
  std::optional<RunFolder> opened;  // in the process that leads
  std::string folder;
  std::optional<Checkpoint> checkpoint;
  if (request.resume) {
    folder = open_folder(request, group, opened);
    checkpoint = newest_checkpoint(path_in(folder, "checkpoints"), request.say);
    if (!checkpoint) refuse_lost_checkpoints(folder);
  }
  RunSetup setup = set_up(request, group, checkpoint ? &*checkpoint : nullptr, folder);
  require_same(group, {{"step", checkpoint ? checkpoint->step : -1}, {"data", setup.fixed}});
  if (!request.resume) folder = open_folder(request, group, opened);
  if (request.resume && !checkpoint) request.say("no checkpoint yet: starting from step 0");
  RunPosition position;
  RunWriter::Before before;
  std::optional<std::string> change = "";  // nullopt if the settings are not stored either
  if (checkpoint) {
    change = accepted_changes(request, setup, *checkpoint, folder);
    position = restore(*checkpoint, setup, folder);
    request.say(fmt::format("resuming after step {} of {}{}", position.step, setup.steps,
                            position.best ? "; best model so far: " + describe(*position.best) : ""));
    before = {true, checkpoint->state.value("unlogged", Json()), change.value_or("")};
    checkpoint.reset();  // its tensors have been copied
  }
  group.meet();
  RunWriter writer(setup, folder, group.leads(), position, before);
  if (!before.change.empty()) request.say(before.change);
  if (opened && change && !request.changed_config.empty()) opened->replace_config(request.changed_config);
  return TrainLoop(request, setup, group, std::move(position), writer, watch).run();
}

// LibTorch's allocator throws its own error if allocation fails.
TrainOutcome train_in_memory(const TrainRequest& request, const Group& group) {
  try {
    return train_in(request, group);
  } catch (const c10::Error& error) {
    const std::string what = error.what_without_backtrace();
    if (what.find("allocate memory") == std::string::npos && what.find("out of memory") == std::string::npos) throw;
    fail(ErrorKind::kResource, "memory",
         "expected more memory for a step, got none; a smaller run.batch, run.recompute = true or a run.chunk of a few "
         "frames needs less");
  }
}

}  // namespace

TrainOutcome train(const TrainRequest& request) { return train(request, group_of_one()); }

TrainOutcome train(const TrainRequest& request, const Group& group) {
  TrainRequest mine = request;
  if (!group.leads()) {
    mine.progress = ProgressMode::kNone;
    mine.say = [](auto&) {};
  }
  try {
    TrainOutcome outcome = train_in_memory(mine, group);
    group.meet();  // where the process that leads fails at the end, no other ends well
    return outcome;
  } catch (...) {
    group.leave();
    throw;
  }
}

}  // namespace trecvit::train
