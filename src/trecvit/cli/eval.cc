#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "trecvit/base/error.h"
#include "trecvit/cli/command.h"
#include "trecvit/cli/endings.h"
#include "trecvit/cli/eval_files.h"
#include "trecvit/cli/eval_metrics.h"
#include "trecvit/cli/flags.h"
#include "trecvit/cli/model_execution.h"
#include "trecvit/cli/model_options.h"
#include "trecvit/cli/options.h"
#include "trecvit/cli/output.h"
#include "trecvit/cli/signals.h"
#include "trecvit/engine/topk.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/pipeline/classify.h"

namespace trecvit::cli {
namespace {

namespace fs = std::filesystem;

struct Args {
  ModelOptionsArgs model;
  OutputArgs output;
  std::string config, data, split, order, execution = "engine", baseline, predictions;
  std::vector<std::string> changes;
  bool device_given = false;
  std::optional<int64_t> views, crops, frames, stride, max_pixels;
};

// What is tested: the run's config, with the options over it; without one, how the model was trained.
TrainConfig eval_config(const Args& args, const ModelConfig& model) {
  std::vector<std::string> changes;  // of two of a field the last counts
  const auto set = [&changes](const char* key, const std::string& value) {
    changes.push_back(fmt::format("{}={}", key, Json(value).dump()));
  };
  const auto count = [&changes](const char* key, const std::optional<int64_t>& value) {
    if (value) changes.push_back(fmt::format("{}={}", key, *value));
  };
  if (args.config.empty()) {
    if (model.clip_frames > 0) changes.push_back(fmt::format("clip.frames={}", model.clip_frames));
    changes.push_back(fmt::format("clip.stride={}", model.frame_stride));
    changes.emplace_back("run.batch=8");
  }
  if (!args.data.empty()) {
    // The config chooses among its own clips.
    for (const char* whole : {"split=''", "groups=[]", "without_groups=[]", "limit=0", "per_class=0", "root=''"})
      changes.push_back(std::string("data.val.") + whole);
  }
  changes.insert(changes.end(), args.changes.begin(), args.changes.end());
  if (!args.data.empty()) set("data.val.source", args.data);
  if (!args.split.empty()) set("data.val.split", args.split);
  if (!args.order.empty()) {
    set("clip.order", args.order);
    changes.emplace_back("objective.motion_weight=0");  // of training; not known of frames in another order
  }
  count("clip.views", args.views);
  count("clip.crops", args.crops);
  count("clip.frames", args.frames);
  count("clip.stride", args.stride);
  count("loader.max_pixels", args.max_pixels);
  TrainConfig config =
      args.config.empty() ? parse_train_config("", "eval", changes) : read_train_config(args.config, changes);
  if (config.val.source.empty()) fail_usage("eval", "expected --data, or --config with data.val.source, got neither");
  return config;
}

// Where every class has one.
std::vector<std::string> names_of_classes(const ModelConfig& model) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < model.num_classes && model.id2label.contains(i); ++i) names.push_back(model.label(i));
  return std::ssize(names) == model.num_classes ? names : std::vector<std::string>();
}

void check_classes(const ModelConfig& model, const std::vector<std::string>& classes) {
  if (static_cast<int64_t>(classes.size()) != model.num_classes)
    fail_usage("eval", "expected the {} classes of the model, got {} in the data", model.num_classes, classes.size());
  for (size_t i = 0; i < classes.size() && !model.id2label.empty(); ++i) {
    const std::string label = model.label(static_cast<int64_t>(i));
    if (label != classes[i])
      fail_usage("eval", "expected class {} to be '{}' as in the model, got '{}' in the data", i, printable(label),
                 printable(classes[i]));
  }
}

// Engine::run, whose Error(kInput) names the clip.
ClipResult run_clip(Engine& engine, std::span<const float> pixels, StreamState& state, const std::string& name) {
  try {
    return engine.run(pixels, state);
  } catch (const Error& error) {
    throw with_source(error, name);
  }
}

// Every clip by itself from an empty state. dataset: must outlive the result.
Predict predict_by_engine(const ModelFiles& files, const Args& args, const TrainConfig& config,
                          const ClipDataset& dataset) {
  auto model = Model::make(files.config, *files.weights, args.model.provider, args.model.budget);
  auto engine = std::make_shared<Engine>(model, args.model.threads, &stop_flag());
  return [model, engine, config, &dataset](const Batch& batch) {
    const auto classes = static_cast<size_t>(model->config().num_classes);
    const size_t bytes = batch.pixels.size() / static_cast<size_t>(batch.clips);
    const auto scale = static_cast<float>(model->config().preprocess.scale);
    std::vector<float> pixels(bytes), scores;
    for (int64_t clip = 0; clip < batch.clips; ++clip) {
      throw_if_stopped();
      const uint8_t* from = batch.pixels.data() + static_cast<size_t>(clip) * bytes;
      std::transform(from, from + bytes, pixels.begin(), [scale](uint8_t v) { return static_cast<float>(v) * scale; });
      StreamState state = model->make_state();
      const std::string name = dataset.info(batch.index[static_cast<size_t>(clip)]).name;
      const ClipResult result = run_clip(*engine, pixels, state, name);
      const bool per_frame = config.objective.target == TargetKind::kFrame;
      const std::span<const float> all = result.logits.span();
      const std::span<const float> logits = per_frame ? all : all.last(classes);
      for (size_t row = 0; row < logits.size(); row += classes) {
        std::vector<float> probs(classes);
        if (config.objective.multi_label) {
          std::transform(logits.begin() + static_cast<ptrdiff_t>(row),
                         logits.begin() + static_cast<ptrdiff_t>(row + classes), probs.begin(),
                         [](float v) { return 1 / (1 + std::exp(-v)); });
        } else {
          softmax(logits.subspan(row, classes), probs);
        }
        scores.insert(scores.end(), probs.begin(), probs.end());
      }
    }
    return scores;
  };
}

Evaluation test_model(const Args& args, TrainConfig& config, PredictionFile* predictions) {
  const bool trainable = args.execution == "model";
  const ModelFiles files = trainable ? open_trainable_files(args.model) : open_model_files(args.model);
  config = eval_config(args, files.config);
  if (args.config.empty())
    note("clips of {} frames, {} apart; a run tests as it was trained with --config RUN/config.toml",
         config.clip.frames, config.clip.stride);
  config.run.threads = args.model.threads;
  if (args.device_given) config.run.device = args.model.device;
  if (config.start.probe != ProbeKind::kNone && !trainable)
    fail_usage("--execution", "expected model for a run with a probe, got {}; the engine has no probe", args.execution);
  require_head(files.config, args.model, config.start.probe != ProbeKind::kNone);
  ClipOptions clips = clip_options(config, files.config, /*training=*/false);
  clips.classes = names_of_classes(files.config);
  clips.unnamed_classes = files.config.num_classes;
  const auto dataset = open_dataset(config.val, clips);
  for (const auto& line : dataset->summary()) note("{}", line);
  check_classes(files.config, dataset->classes());
  EvaluateOptions options = evaluate_options(config);
  if (predictions) predictions->follow(*dataset, config, options);
  Progress progress = frame_progress("eval", dataset->size() * dataset->views(), "clips");
  options.progress = [&progress](int64_t done) {
    throw_if_stopped();
    progress.advance(done);
  };
  Evaluation result = evaluate(*dataset, options,
                               trainable ? model_execution().predict(files, args.model.model, config)
                                         : predict_by_engine(files, args, config, *dataset));
  for (const auto& line : dataset->remarks()) note("{}", line);
  return result;
}

Evaluation test_baseline(const Args& args, TrainConfig& config) {
  if (args.config.empty()) fail_usage("--baseline", "expected --config with data.train to fit it to, got none");
  if (!model_execution().baseline)
    fail(ErrorKind::kUnavailable, "--baseline", "expected a build with LibTorch for this, got one without");
  config = eval_config(args, {});
  if (config.objective.target == TargetKind::kFrame || config.objective.multi_label)
    fail_usage("--baseline", "expected one label a clip, got a config for labels a frame or several");
  config.clip.views = config.clip.crops = 1;
  EvaluateOptions options = evaluate_options(config);
  options.progress = [](int64_t) { throw_if_stopped(); };
  return model_execution().baseline(args.baseline, config, options);
}

// A run of trecvit pretrain, on clips that need no labels.
TaskTest test_pretrained(const Args& args, TrainConfig& config) {
  if (args.execution != "model")
    fail_usage("--execution", "expected model for a run of trecvit pretrain, got {}; the engine has no reconstruction",
               args.execution);
  const ModelFiles files = open_trainable_files(args.model);
  config.run.threads = args.model.threads;
  if (args.device_given) config.run.device = args.model.device;
  const auto dataset = open_dataset(config.val, clip_options(config, files.config, /*training=*/false));
  for (const auto& line : dataset->summary()) note("{}", line);
  Progress progress = frame_progress("eval", dataset->size(), "clips");
  return model_execution().test_task(files, args.model.model, config, *dataset, [&progress](int64_t done) {
    throw_if_stopped();
    progress.advance(done);
  });
}

Json to_object(const Json& metrics, const Args& args, const TrainConfig& config,
               const std::vector<std::pair<std::string, std::string>>& bad_files) {
  Json object = metrics;
  object["schema"] = "trecvit.eval/1";  // in the place of that of the metrics, the first key
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

int eval(const Args& given) {
  Args args = given;
  check_execution(args.execution, {"engine", "model"});
  const bool of_run = args.model.model.empty() && args.baseline.empty();
  if (of_run && args.config.empty()) fail_usage("eval", "expected --model, or --config of a run, got neither");
  TrainConfig config = eval_config(args, {});  // whose sources must not be written over
  if (of_run) {
    args.model.model = model_of_run(args.config, config.task);
    const std::string about = about_model_of_run(args.config);
    if (!about.empty()) note("{}", about);
  }
  if (!args.predictions.empty() && (!args.baseline.empty() || config.task != TaskKind::kClassify))
    fail_usage("--predictions", "expected a model that names classes, got {}",
               args.baseline.empty() ? "a run of trecvit pretrain" : "--baseline");
  check_outputs(args.model, {}, {json_file(args.output), args.predictions}, args.output.force,
                {args.config, config.val.source, config.train.source});
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
  if (!json.to_stdout()) print_metrics(result.metrics);
  return 0;
}

}  // namespace

void add_eval(CLI::App& app, Run& run) {
  auto args = std::make_shared<Args>();
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
  verb->add_option("--config", args->config, "config.toml of a run; its data.val is tested (default: --data alone)");
  verb->add_option("--set", args->changes,
                   "KEY=VALUE: change of a field of the config, may be repeated (default: none)");
  verb->add_option("--data", args->data,
                   "clips, all of them: synthetic:NAME?…, CSV with a header, list of 'path label' or of paths, or "
                   "folder (default: of the config)");
  verb->add_option("--split", args->split, "rows of this split alone (default: of the config)");
  verb->add_option(
          "--order", args->order,
          "of the frames of a clip; all but as_is are controls that show whether time is used (default: of the "
          "config, or as_is)")
      ->check(one_of(words_for<FrameOrder>()));
  verb->add_option("--views", args->views,
                   "clips a video, spread over its time, averaged (default: of the config, or 1)")
      ->check(whole_number(1, 100));
  verb->add_option("--crops", args->crops, "crops a clip, averaged (default: of the config, or 1)")
      ->check(whole_number(1, 3));
  verb->add_option("--frames", args->frames,
                   "frames of a clip (default: of the config, or as many as the model was trained on)")
      ->check(whole_number(1, 4096));
  verb->add_option("--stride", args->stride,
                   "frames from one to the next (default: of the config, or as the model was trained)")
      ->check(whole_number(1, 1000));
  verb->add_option("--max-pixels", args->max_pixels,
                   "of one frame; raise it for files that you trust (default: of the config, or 16777216)")
      ->check(whole_number(1));
  verb->add_option("--execution", args->execution, "what computes: engine, or the trainable model")
      ->capture_default_str();
  verb->add_option(
          "--baseline", args->baseline,
          "instead of a model, ridge regression from one grey picture a clip, mean_frame or middle_frame, fitted "
          "to the config's data.train (default: none)")
      ->check(one_of({"mean_frame", "middle_frame"}));
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
