#include <fmt/format.h>

#include "trecvit/base/error.h"
#include "trecvit/cli/command.h"
#include "trecvit/cli/model_options.h"
#include "trecvit/cli/options.h"
#include "trecvit/config/task_facts.h"
#include "trecvit/data/metrics_table.h"
#include "trecvit/io/endings.h"
#include "trecvit/pipeline/engine_predictor.h"
#include "trecvit/pipeline/model_execution.h"
#include "trecvit/pipeline/model_test.h"
#include "trecvit/pipeline/prediction_file.h"
#include "trecvit/pipeline/run_model.h"
#include "trecvit/terminal/flags.h"
#include "trecvit/terminal/output.h"
#include "trecvit/terminal/signals.h"

namespace trecvit::cli {
namespace {

struct EvalArgs {
  ModelChoice model;
  TestChoice test;
  OutputArgs output;
  std::string execution_word = "engine", baseline, predictions;
  Execution execution = Execution::kEngine;
  bool device_given = false;
};

Evaluation test_model(const EvalArgs& args, TrainConfig& config, AtomicFile* predictions) {
  const bool trainable = args.execution == Execution::kModel;
  const ModelFiles files = open_files(args.model, trainable);
  config = test_config(args.test, files.config);
  if (args.test.config.empty())
    note("testing clips of {} frames at stride {}; to test a run as it was trained, use --config RUN/config.toml",
         config.clip.frames, config.clip.stride);
  config.run.threads = args.model.threads;
  if (args.device_given) config.run.device = args.model.device;
  if (config.start.probe != ProbeKind::kNone && !trainable)
    fail_usage("--execution", "expected model for a run with a probe, got {}; the engine has no probe",
               args.execution_word);
  require_head(files.config, args.model, config.start.probe != ProbeKind::kNone);
  const auto dataset = open_test_set(config, files.config);
  for (const auto& line : dataset->summary()) note("{}", line);
  check_classes(files.config, dataset->classes());
  EvaluateOptions options = evaluate_options(config);
  std::optional<PredictionFile> rows;
  if (predictions) {
    rows.emplace(*predictions, *dataset, config);
    options.tested = [&rows](const TestedClip& clip) { rows->add(clip); };
  }
  Progress progress = frame_progress("eval", dataset->size() * dataset->views(), "clips");
  options.control = {&progress, stop_token()};
  Evaluation result =
      evaluate(*dataset, options,
               trainable ? model_execution().predict(files, args.model.model, config)
                         : predict_by_engine(files, in_command(args.model), config.objective, *dataset));
  for (const auto& line : dataset->remarks()) note("{}", line);
  return result;
}

Evaluation test_baseline(const EvalArgs& args, TrainConfig& config) {
  if (args.test.config.empty()) fail_usage("--baseline", "expected --config with data.train to fit to, got none");
  if (!model_execution().baseline)
    fail(ErrorKind::kUnavailable, "--baseline", "expected a build with LibTorch, got one without");
  config = test_config(args.test, {});
  if (config.objective.target == TargetKind::kFrame || config.objective.multi_label)
    fail_usage("--baseline", "expected one label per clip, got labels per frame or several labels");
  config.clip.views = config.clip.crops = 1;
  EvaluateOptions options = evaluate_options(config);
  options.control.stop = stop_token();
  return model_execution().baseline(parse_word<LinearBaseline>(args.baseline, "--baseline"), config, options);
}

// Tests a run of trecvit pretrain, on clips that need no labels.
TaskTest test_pretrained(const EvalArgs& args, TrainConfig& config) {
  if (args.execution != Execution::kModel)
    fail_usage("--execution", "expected model for a run of trecvit pretrain, got {}; the engine has no reconstruction",
               args.execution_word);
  const ModelFiles files = open_files(args.model, /*trainable=*/true);
  config.run.threads = args.model.threads;
  if (args.device_given) config.run.device = args.model.device;
  const auto dataset = open_dataset(config.val, clip_options(config, files.config, /*training=*/false));
  for (const auto& line : dataset->summary()) note("{}", line);
  Progress progress = frame_progress("eval", dataset->size(), "clips");
  return model_execution().test_task(files, args.model.model, config, *dataset, {&progress, stop_token()});
}

int eval(const EvalArgs& given) {
  EvalArgs args = given;
  args.execution = parse_execution<Execution>(args.execution_word);
  const bool of_run = args.model.model.empty() && args.baseline.empty();
  if (of_run && args.test.config.empty()) fail_usage("eval", "expected --model, or --config of a run, got neither");
  TrainConfig config = test_config(args.test, {});  // its sources must not be overwritten
  if (of_run) {
    args.model.model = model_of_run(args.test.config, config.task);
    const std::string about = about_model_of_run(args.test.config);
    if (!about.empty()) note("{}", about);
  }
  if (!args.predictions.empty() && (!args.baseline.empty() || !facts_of(config.task).has_classes))
    fail_usage("--predictions", "expected a model that predicts classes, got {}",
               args.baseline.empty() ? "a run of trecvit pretrain" : "--baseline");
  check_outputs(args.model, {}, {json_file(args.output), args.predictions}, args.output.force,
                {args.test.config, config.val.source, config.train.source});
  check_ending("--predictions", args.predictions, Written::kCsv);
  JsonLines json(args.output);
  std::optional<AtomicFile> predictions;
  if (!args.predictions.empty()) predictions.emplace(args.predictions, overwrite_of(args.output.force));
  const auto report = [&](const Json& metrics, const std::vector<std::pair<std::string, std::string>>& bad_files) {
    json.write(test_json(metrics, args.baseline.empty() ? args.model.model : args.baseline, config, bad_files));
    for (const auto& [name, reason] : bad_files) message("bad file: {}", reason);
    json.finish();
  };
  if (!facts_of(config.task).has_classes && args.baseline.empty()) {
    const TaskTest result = test_pretrained(args, config);
    report(result.json, result.bad_files);
    for (const auto& [name, value] : result.facts) {
      if (!json.to_stdout()) print_row(name, value);
    }
    return 0;
  }
  const Evaluation result = args.baseline.empty() ? test_model(args, config, predictions ? &*predictions : nullptr)
                                                  : test_baseline(args, config);
  if (predictions) predictions->commit();
  report(result.metrics.to_json(), result.bad_files);
  if (!json.to_stdout()) write_stdout(metrics_table(result.metrics));
  return 0;
}

// Which frames of a video make a clip, and how many clips are averaged.
void add_frame_options(CLI::App& verb, TestChoice& test) {
  verb.add_option("--views", test.views,
                  "clips per video, spread over its length, averaged (default: from the config, else 1)")
      ->check(whole_number(1, 100));
  verb.add_option("--crops", test.crops, "crops per clip, averaged (default: from the config, else 1)")
      ->check(whole_number(1, 3));
  verb.add_option("--frames", test.frames, "frames per clip (default: from the config, else as the model was trained)")
      ->check(whole_number(1, 4096));
  verb.add_option("--stride", test.stride,
                  "video frames from one frame of a clip to the next (default: from the config, else the model's)")
      ->check(whole_number(1, 1000));
  verb.add_option("--max-pixels", test.max_pixels,
                  "most pixels per frame; raise it for files that you trust (default: from the config, else 16777216)")
      ->check(whole_number(1));
}

}  // namespace

void add_eval(CLI::App& app, Run& run) {
  auto args = std::make_shared<EvalArgs>();
  CLI::App* verb = app.add_subcommand("eval",
                                      "Test a model on labelled clips, overall and per class, with frames in any "
                                      "order; or a run of trecvit pretrain on any clips");
  verb->footer("Example: trecvit eval --config runs/train/directions-1/config.toml --order shuffled");
  add_model_options(*verb, args->model, /*model_required=*/false);
  verb->get_option("--model")->description("model to test (default: the folder model/ next to --config)");
  show_device_option(*verb);
  verb->get_option("--device")
      ->description("cpu; with --execution model also cuda or cuda:N (default: run.device of the config)")
      ->default_str("");
  verb->add_option("--config", args->test.config,
                   "config.toml of a run, which is tested on its data.val (default: none; --data is then required)");
  verb->add_option("--set", args->test.changes,
                   "KEY=VALUE: change a field of the config; may be repeated (default: none)");
  verb->add_option("--data", args->test.data,
                   "clips to test on, all of them unless --split is given: synthetic:NAME?…, CSV with a header, list "
                   "of 'path label' or of paths, or folder (default: from the config)");
  verb->add_option("--split", args->test.split, "only rows of this split (default: from the config)");
  verb->add_option_function<std::string>(
          "--order", [args](const std::string& word) { args->test.order = value_of<FrameOrder>(word); },
          "order of the frames of a clip; all but as_is are controls that show whether time is used (default: from the "
          "config, else as_is)")
      ->check(one_of(words_for<FrameOrder>()));
  add_frame_options(*verb, args->test);
  verb->add_option("--execution", args->execution_word, "engine, or model (the trainable model)")
      ->capture_default_str();
  verb->add_option("--baseline", args->baseline,
                   "test ridge regression on one grey picture per clip instead of a model, fitted to data.train of the "
                   "config (default: none)")
      ->check(one_of(words_for<LinearBaseline>()));
  verb->add_option("--predictions", args->predictions,
                   "CSV file to write with the label and the predicted classes of each clip (default: none)");
  add_json_option(*verb, args->output);
  add_force_option(*verb, args->output);
  verb->callback([args, verb, &run] {
    args->device_given = verb->get_option("--device")->count() > 0;
    run = [args] { return eval(*args); };
  });
}

}  // namespace trecvit::cli
