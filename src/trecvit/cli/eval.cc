#include <fmt/format.h>

#include "trecvit/base/error.h"
#include "trecvit/cli/command.h"
#include "trecvit/cli/model_options.h"
#include "trecvit/cli/options.h"
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
  std::string execution = "engine", baseline, predictions;
  bool device_given = false;
};

Evaluation test_model(const EvalArgs& args, TrainConfig& config, PredictionFile* predictions) {
  const bool trainable = args.execution == "model";
  const ModelFiles files = open_files(args.model, trainable);
  config = test_config(args.test, files.config);
  if (args.test.config.empty())
    note("clips of {} frames, {} apart; a run tests as it was trained with --config RUN/config.toml",
         config.clip.frames, config.clip.stride);
  config.run.threads = args.model.threads;
  if (args.device_given) config.run.device = args.model.device;
  if (config.start.probe != ProbeKind::kNone && !trainable)
    fail_usage("--execution", "expected model for a run with a probe, got {}; the engine has no probe", args.execution);
  require_head(files.config, args.model, config.start.probe != ProbeKind::kNone);
  const auto dataset = open_test_set(config, files.config);
  for (const auto& line : dataset->summary()) note("{}", line);
  check_classes(files.config, dataset->classes());
  EvaluateOptions options = evaluate_options(config);
  if (predictions) predictions->follow(*dataset, config, options);
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
  if (args.test.config.empty()) fail_usage("--baseline", "expected --config with data.train to fit it to, got none");
  if (!model_execution().baseline)
    fail(ErrorKind::kUnavailable, "--baseline", "expected a build with LibTorch for this, got one without");
  config = test_config(args.test, {});
  if (config.objective.target == TargetKind::kFrame || config.objective.multi_label)
    fail_usage("--baseline", "expected one label a clip, got a config for labels a frame or several");
  config.clip.views = config.clip.crops = 1;
  EvaluateOptions options = evaluate_options(config);
  options.control.stop = stop_token();
  return model_execution().baseline(parse_word<LinearBaseline>(args.baseline, "--baseline"), config, options);
}

// Tests a run of trecvit pretrain, on clips that need no labels.
TaskTest test_pretrained(const EvalArgs& args, TrainConfig& config) {
  if (args.execution != "model")
    fail_usage("--execution", "expected model for a run of trecvit pretrain, got {}; the engine has no reconstruction",
               args.execution);
  const ModelFiles files = open_files(args.model, /*trainable=*/true);
  config.run.threads = args.model.threads;
  if (args.device_given) config.run.device = args.model.device;
  const auto dataset = open_dataset(config.val, clip_options(config, files.config, /*training=*/false));
  for (const auto& line : dataset->summary()) note("{}", line);
  Progress progress = frame_progress("eval", dataset->size(), "clips");
  return model_execution().test_task(files, args.model.model, config, *dataset, {&progress, stop_token()});
}

Json to_object(const Json& metrics, const EvalArgs& args, const TrainConfig& config,
               const std::vector<std::pair<std::string, std::string>>& bad_files) {
  Json object = metrics;
  object["schema"] = "trecvit.eval/1";  // replaces the schema of the metrics, as the first key
  object["model"] = args.baseline.empty() ? args.model.model : args.baseline;
  object["source"] = config.val.source;
  for (const auto& field : train_config_fields()) {
    if (field.key == std::string_view("clip.order")) object["order"] = field.write(config);
  }
  object["bad_files"] = Json::array();
  for (const auto& [name, reason] : bad_files)
    object["bad_files"].push_back({{"name", printable(name)}, {"reason", reason}});
  return object;
}

int eval(const EvalArgs& given) {
  EvalArgs args = given;
  check_execution(args.execution, {"engine", "model"});
  const bool of_run = args.model.model.empty() && args.baseline.empty();
  if (of_run && args.test.config.empty()) fail_usage("eval", "expected --model, or --config of a run, got neither");
  TrainConfig config = test_config(args.test, {});  // its sources must not be overwritten
  if (of_run) {
    args.model.model = model_of_run(args.test.config, config.task);
    const std::string about = about_model_of_run(args.test.config);
    if (!about.empty()) note("{}", about);
  }
  if (!args.predictions.empty() && (!args.baseline.empty() || config.task != TaskKind::kClassify))
    fail_usage("--predictions", "expected a model that names classes, got {}",
               args.baseline.empty() ? "a run of trecvit pretrain" : "--baseline");
  check_outputs(args.model, {}, {json_file(args.output), args.predictions}, args.output.force,
                {args.test.config, config.val.source, config.train.source});
  check_ending("--predictions", args.predictions, Written::kCsv);
  JsonLines json(args.output);
  std::optional<PredictionFile> predictions;
  if (!args.predictions.empty()) predictions.emplace(args.predictions, overwrite_of(args.output.force));
  const auto report = [&](const Json& metrics, const std::vector<std::pair<std::string, std::string>>& bad_files) {
    json.write(to_object(metrics, args, config, bad_files));
    for (const auto& [name, reason] : bad_files) message("bad file: {}", reason);
    json.finish();
  };
  if (config.task != TaskKind::kClassify && args.baseline.empty()) {
    const TaskTest result = test_pretrained(args, config);
    report(result.json, result.bad_files);
    for (const auto& [name, value] : result.facts) {
      if (!json.to_stdout()) print_row(name, value);
    }
    return 0;
  }
  const Evaluation result = args.baseline.empty() ? test_model(args, config, predictions ? &*predictions : nullptr)
                                                  : test_baseline(args, config);
  if (predictions) predictions->finish();
  report(result.metrics.to_json(), result.bad_files);
  if (!json.to_stdout()) write_stdout(metrics_table(result.metrics));
  return 0;
}

}  // namespace

void add_eval(CLI::App& app, Run& run) {
  auto args = std::make_shared<EvalArgs>();
  CLI::App* verb = app.add_subcommand("eval",
                                      "Test a model on labelled clips: accuracy, per class, any order of frames; or "
                                      "what trecvit pretrain left, on any clips");
  verb->footer("Example: trecvit eval --config runs/train/directions-1/config.toml --order shuffled");
  add_model_options(*verb, args->model, /*model_required=*/false);
  verb->get_option("--model")->description("model to test (default: the folder model next to --config)");
  show_device_option(*verb);
  verb->get_option("--device")
      ->description("with --execution model also cuda or cuda:N (default: run.device of the config)")
      ->default_str("");
  verb->add_option("--config", args->test.config,
                   "config.toml of a run; its data.val is tested (default: --data alone)");
  verb->add_option("--set", args->test.changes,
                   "KEY=VALUE: change of a field of the config, may be repeated (default: none)");
  verb->add_option("--data", args->test.data,
                   "clips, all of them: synthetic:NAME?…, CSV with a header, list of 'path label' or of paths, or "
                   "folder (default: of the config)");
  verb->add_option("--split", args->test.split, "rows of this split alone (default: of the config)");
  verb->add_option_function<std::string>(
          "--order", [args](const std::string& word) { args->test.order = value_of<FrameOrder>(word); },
          "of the frames of a clip; all but as_is are controls that show whether time is used (default: of the "
          "config, or as_is)")
      ->check(one_of(words_for<FrameOrder>()));
  verb->add_option("--views", args->test.views,
                   "clips a video, spread over its time, averaged (default: of the config, or 1)")
      ->check(whole_number(1, 100));
  verb->add_option("--crops", args->test.crops, "crops a clip, averaged (default: of the config, or 1)")
      ->check(whole_number(1, 3));
  verb->add_option("--frames", args->test.frames,
                   "frames of a clip (default: of the config, or as many as the model was trained on)")
      ->check(whole_number(1, 4096));
  verb->add_option("--stride", args->test.stride,
                   "frames from one to the next (default: of the config, or as the model was trained)")
      ->check(whole_number(1, 1000));
  verb->add_option("--max-pixels", args->test.max_pixels,
                   "of one frame; raise it for files that you trust (default: of the config, or 16777216)")
      ->check(whole_number(1));
  verb->add_option("--execution", args->execution, "what computes: engine, or the trainable model")
      ->capture_default_str();
  verb->add_option(
          "--baseline", args->baseline,
          "instead of a model, ridge regression from one grey picture a clip, mean_frame or middle_frame, fitted "
          "to the config's data.train (default: none)")
      ->check(one_of(words_for<LinearBaseline>()));
  verb->add_option("--predictions", args->predictions,
                   "CSV file with a row for each clip: its label and the classes predicted (default: none)");
  add_json_option(*verb, args->output);
  add_force_option(*verb, args->output);
  verb->callback([args, verb, &run] {
    args->device_given = verb->get_option("--device")->count() > 0;
    run = [args] { return eval(*args); };
  });
}

}  // namespace trecvit::cli
