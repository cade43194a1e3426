#include "trecvit/train/trainer.h"

#include <c10/util/Exception.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/stopwatch.h"
#include "trecvit/train/checkpoint.h"
#include "trecvit/train/group.h"
#include "trecvit/train/resume.h"
#include "trecvit/train/run_position.h"
#include "trecvit/train/run_setup.h"
#include "trecvit/train/run_writer.h"
#include "trecvit/train/train_loop.h"

namespace trecvit::train {
namespace {

TrainOutcome train_in(const TrainRequest& request, const Group& group) {
  const Stopwatch watch;
  std::string folder;
  std::optional<Checkpoint> checkpoint;
  if (request.resume) {
    folder = request.folder();
    checkpoint = newest_checkpoint((std::filesystem::path(folder) / "checkpoints").string(), request.say);
    if (!checkpoint) refuse_lost_checkpoints(folder);
  }
  RunSetup setup = set_up(request, group, checkpoint ? &*checkpoint : nullptr, folder);
  if (folder.empty()) folder = request.folder();
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
  RunWriter writer(setup, folder, group.leads(), position, before);
  if (!before.change.empty()) request.say(before.change);
  if (request.resume && change) request.resumed();
  return TrainLoop(request, setup, group, std::move(position), writer, watch).run();
}

}  // namespace

TrainOutcome train(const TrainRequest& request) {
  try {
    return train_in(request, group_of_one());
  } catch (const c10::Error& error) {
    // LibTorch's allocator throws its own error if allocation fails.
    const std::string what = error.what_without_backtrace();
    if (what.find("allocate memory") == std::string::npos && what.find("out of memory") == std::string::npos) throw;
    fail(ErrorKind::kResource, "memory",
         "expected more memory for a step, got none; a smaller run.batch, run.recompute = true or a run.chunk of a few "
         "frames needs less");
  }
}

}  // namespace trecvit::train
