#include <fmt/format.h>

#include <chrono>

#include "trecvit/base/cpu_features.h"
#include "trecvit/base/stats.h"
#include "trecvit/cli/command.h"
#include "trecvit/cli/options.h"
#include "trecvit/engine/provider.h"
#include "trecvit/pipeline/result_json.h"
#include "trecvit/pipeline/step_times.h"
#include "trecvit/terminal/flags.h"
#include "trecvit/terminal/output.h"
#include "trecvit/terminal/signals.h"

namespace trecvit::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct Args {
  ModelChoice model;
  OutputArgs output;
  int frames = 50, warmup = 5;
};

Json measure(const Args& args) {
  const auto load_start = Clock::now();
  OpenedModel opened = open_to_run(args.model);
  const double load_seconds = std::chrono::duration<double>(Clock::now() - load_start).count();
  const Model& model = *opened.model;
  Engine& engine = opened.engine;
  const ModelConfig& config = opened.config;
  Progress progress = frame_progress("bench " + args.model.model, args.warmup + args.frames);
  const std::vector<double> times =
      time_steps(engine, opened.make_state(), {args.frames, args.warmup}, {&progress, stop_token()});
  const double median = quantile(times, 0.5), gflop = config.flops_per_frame() / 1e9;
  Json object{{"schema", "trecvit.bench/1"},
              {"cpu", cpu_model_name()},
              {"model", args.model.model},
              {"precision", "f32"},
              {"provider", model.provider()},
              {"threads", engine.threads()},
              {"warmup_frames", args.warmup},
              {"frames", args.frames},
              {"load_s", load_seconds},
              {"best_ms", quantile(times, 0)},
              {"median_ms", median},
              {"p95_ms", quantile(times, 0.95)},
              {"p99_ms", quantile(times, 0.99)},
              {"frames_per_second", 1e3 / median},
              {"gflop_per_frame", gflop},
              {"gflops", gflop / median * 1e3}};
  const Provider provider = choose_provider(model.provider());
  if (provider.kernels) {
    const double peak = measure_peak_gflops(*provider.kernels, engine.threads());
    object["peak_gflops"] = peak;  // of this many threads at once
    object["share_of_peak"] = gflop / median * 1e3 / peak;
  }
  object["weight_bytes"] = model.weight_bytes();
  object["state_bytes"] = model.make_state().bytes();
  object["peak_memory_bytes"] = peak_resident_bytes();
  for (auto& value : object) {
    if (value.is_number_float()) value = readable(value.get<double>());
  }
  return object;
}

int bench(const Args& args) {
  check_outputs(args.model, {}, {json_file(args.output)}, args.output.force);
  JsonLines json(args.output);
  const Json object = measure(args);
  json.write(object);
  json.finish();
  if (json.to_stdout()) return 0;
  for (const auto& [key, value] : object.items()) {
    if (key == "schema") continue;
    if (key.ends_with("_bytes")) {
      print_row(key, readable_bytes(value.get<double>()));
    } else if (value.is_number_float()) {
      print_row(key, fmt::format("{:.4g}", value.get<double>()));
    } else {
      print_row(key, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  return 0;
}

}  // namespace

void add_bench(CLI::App& app, Run& run) {
  auto args = std::make_shared<Args>();
  args->model.model = "generated:Ti";
  args->model.predicts = false;
  CLI::App* verb = app.add_subcommand("bench", "Measure speed and memory of a streamed frame on this machine");
  verb->footer("Example: trecvit bench --model generated:B --threads 2 --json");
  add_model_options(*verb, args->model, /*model_required=*/false);
  hide(*verb, {"--labels"});
  verb->add_option("--frames", args->frames, "frames to time")
      ->capture_default_str()
      ->check(whole_number(1, 1'000'000));
  verb->add_option("--warmup", args->warmup, "frames before the first that counts")
      ->capture_default_str()
      ->check(whole_number(0, 1'000'000));
  add_json_option(*verb, args->output);
  add_force_option(*verb, args->output);
  verb->callback([args, &run] { run = [args] { return bench(*args); }; });
}

}  // namespace trecvit::cli
