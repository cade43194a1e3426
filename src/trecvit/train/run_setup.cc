#include "trecvit/train/run_setup.h"

#include <ATen/ATen.h>

#include <filesystem>
#include <limits>
#include <system_error>

#include "trecvit/base/cpu_count.h"
#include "trecvit/base/error.h"
#include "trecvit/config/config_json.h"
#include "trecvit/config/task_facts.h"
#include "trecvit/model/initialise.h"
#include "trecvit/model/model_weights.h"
#include "trecvit/train/device.h"
#include "trecvit/train/plan.h"
#include "trecvit/train/resolve.h"
#include "trecvit/train/run_settings.h"
#include "trecvit/train/tasks/make_task.h"
#include "trecvit/weights/starting_point.h"

namespace trecvit::train {
namespace {

namespace fs = std::filesystem;

// If clips are missing, the message says how to give their location.
std::unique_ptr<ClipDataset> open_set(const TrainRequest& request, const DataConfig& data, const ClipOptions& options,
                                      const char* name) {
  try {
    auto set = open_dataset(data, options);
    for (const auto& line : set->summary()) request.say(fmt::format("{}: {}", name, line));
    return set;
  } catch (const Error& error) {
    std::error_code unknown;
    if (error.kind() != ErrorKind::kInput || fs::exists(data.source, unknown)) throw;
    throw Error(
        error.kind(),
        fmt::format(
            "{}; data.{}.source is {}{}{}", error.what(), name, printable(data.source),
            fs::path(data.source).is_absolute()
                ? ""
                : ", relative to the current folder, " + printable(fs::current_path(unknown).string()),
            request.resume
                ? fmt::format(
                      "; if the clips lie elsewhere now, add --set data.{}.source=PATH, or root=FOLDER for a list",
                      name)
                : ""));
  }
}

void open_sets(const TrainRequest& request, const ModelConfig& sizes, RunSetup& setup) {
  const TrainConfig& config = setup.config;
  setup.train_set = open_set(request, config.train, clip_options(config, sizes, true), "train");
  if (!config.val.source.empty()) {
    ClipOptions tested = clip_options(config, sizes, false);
    if (facts_of(config.task).has_classes) tested.classes = setup.train_set->classes();
    setup.val_set = open_set(request, config.val, tested, "val");
    if (const auto shared = describe_shared_files(*setup.train_set, *setup.val_set); !shared.empty())
      request.say("val: " + shared);
  }
  check_sets(config, *setup.train_set, setup.val_set.get());
}

// A run that took its sizes from start.from also has them in its checkpoint, and no longer needs start.from.
ModelConfig sizes_of_run(const TrainConfig& config, const Checkpoint* checkpoint, const std::string& folder) {
  if (!checkpoint || !config.size.empty() || config.start.from.empty()) return model_sizes(config.wanted_model());
  const nlohmann::json kept = parse_json(print_model_config(checkpoint->config), folder);
  nlohmann::json said = kept;
  said.update(nlohmann::json(config.model), /*merge_objects=*/true);
  if (!facts_of(config.task).has_classes) said["head_dim"] = kept.at("head_dim");  // there is no head
  if (said != kept)
    fail_input(folder, "{}", model_change(checkpoint->config, parse_model_config(said.dump(), folder).config));
  return checkpoint->config;
}

std::shared_ptr<model::TRecViT> build_model(const TrainRequest& request, const RunSetup& setup, bool resumed) {
  const TrainConfig& config = setup.config;
  auto network = std::make_shared<model::TRecViT>(setup.model_config);
  if (resumed) {  // the checkpoint has all weights
    network->to(open_device(config.run.device));
    return network;
  }
  const bool scratch = config.start.from.empty();
  const StartWeights chosen = config.start.initialiser;
  const bool published = chosen == StartWeights::kAuto ? !scratch : chosen == StartWeights::kPublished;
  model::initialise(*network, published ? model::Initialiser::kPublished : model::Initialiser::kScratch, config.seed);
  if (!scratch) {
    const StartingPoint start =
        open_starting_point(config.start.from, setup.model_config, {config.start.mean, config.start.std});
    model::load_matching_weights(*network, *start.weights, start.missing);
    request.say(fmt::format("start: {} {}, {} new tensors", start.kind, config.start.from, start.missing.size()));
    for (const auto& note : start.notes) request.say("start: " + note);
  }
  if (config.start.probe != ProbeKind::kNone && setup.model_config.has_head()) {
    // An untrained head must not look like a trained one.
    const at::NoGradGuard no_grad;
    for (auto& entry : network->decoder->head->named_parameters()) entry.value().zero_();
  }
  network->to(open_device(config.run.device));
  return network;
}

void describe_plan(const TrainRequest& request, const RunSetup& setup) {
  const TrainConfig& config = setup.config;
  // The measurement takes at most a hundredth of a run; that of bf16 is compared with one of f32 and must not be short.
  const double most = config.run.precision == TrainPrecision::kBf16
                          ? std::numeric_limits<double>::infinity()
                          : make_plan(config, setup.model_config, {setup.steps, setup.processes, 0}).flops / 100;
  const double gflops = measure_gflops(config, setup.model_config, most);
  const Plan plan = make_plan(config, setup.model_config, {setup.steps, setup.processes, gflops});
  for (const auto& line : describe(plan, config, setup.model_config)) request.say(line);
  for (const auto& line : cautions(config, setup.steps)) request.say(line);
  if (const Json asked = config.model.value("num_classes", Json());
      !asked.is_null() && asked != setup.model_config.num_classes)
    request.say(fmt::format("model.num_classes = {} is not used: the model has the {} classes of data.train",
                            asked.dump(), setup.model_config.num_classes));
  if (const auto line = slower_in_bf16(config, setup.model_config, gflops); !line.empty()) request.say(line);
}

Json what_is_fixed(const RunSetup& setup) {
  const auto fingerprint = [](const ClipDataset* set) {
    return set ? fmt::format("{:016x}", set->fingerprint()) : std::string();
  };
  return {{"seed", setup.config.seed},
          {"samples", setup.train_set->size()},
          {"data", fingerprint(setup.train_set.get())},
          {"val_data", fingerprint(setup.val_set.get())},
          {"batch", setup.config.run.batch},
          {"accumulate", setup.config.optimizer.accumulate},
          {"processes", setup.processes}};
}

}  // namespace

RunSetup set_up(const TrainRequest& request, const Group& group, const Checkpoint* checkpoint,
                const std::string& folder) {
  RunSetup setup;
  setup.config = request.config;
  setup.processes = group.size();
  if (setup.config.run.threads == 0) setup.config.run.threads = available_cpus();
  set_compute_threads(setup.config.run.threads);
  const ModelConfig sizes = sizes_of_run(setup.config, checkpoint, folder);
  open_sets(request, sizes, setup);
  setup.fixed = what_is_fixed(setup);
  setup.model_config = resolve_model(setup.config, sizes, *setup.train_set);
  setup.steps = resolve_steps(setup.config, setup.train_set->size(), setup.processes);
  describe_plan(request, setup);
  setup.model = build_model(request, setup, checkpoint != nullptr);
  setup.task = make_task(setup.config, setup.model, *setup.train_set);
  if (!checkpoint) {
    const std::string note =
        setup.config.start.from.empty() ? std::string() : setup.task->start_from(setup.config.start.from);
    if (!note.empty()) request.say("start: " + note);
    for (const auto& line : setup.task->notes()) request.say(line);
  }
  setup.step = std::make_unique<TrainStep>(setup.config, setup.model, setup.steps, setup.task, group);
  return setup;
}

}  // namespace trecvit::train
