#include <fmt/format.h>

#include "trecvit/cli/command.h"
#include "trecvit/cli/options.h"
#include "trecvit/pipeline/benchmark.h"
#include "trecvit/terminal/flags.h"
#include "trecvit/terminal/output.h"

namespace trecvit::cli {
namespace {

struct BenchArgs {
  ModelChoice model;
  OutputArgs output;
  int frames = 50, warmup = 5;
};

int bench(const BenchArgs& args) {
  check_outputs(args.model, {}, {json_file(args.output)}, args.output.force);
  JsonLines json(args.output);
  Progress progress = frame_progress("bench " + args.model.model, args.warmup + args.frames);
  const Json object = benchmark(in_command(args.model), {args.frames, args.warmup}, &progress);
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
  auto args = std::make_shared<BenchArgs>();
  args->model.model = "generated:Ti";
  args->model.predicts = false;
  CLI::App* verb = app.add_subcommand("bench", "Measure the speed and memory of streaming on this machine");
  verb->footer("Example: trecvit bench --model generated:B --threads 2 --json");
  add_model_options(*verb, args->model, /*model_required=*/false);
  hide(*verb, {"--labels"});
  verb->add_option("--frames", args->frames, "frames to time")
      ->capture_default_str()
      ->check(whole_number(1, 1'000'000));
  verb->add_option("--warmup", args->warmup, "warm-up frames, which are not timed")
      ->capture_default_str()
      ->check(whole_number(0, 1'000'000));
  add_json_option(*verb, args->output);
  add_force_option(*verb, args->output);
  verb->callback([args, &run] { run = [args] { return bench(*args); }; });
}

}  // namespace trecvit::cli
