#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>
#include <zlib.h>

#include <thread>

#include "trecvit/base/cpu_features.h"
#include "trecvit/base/error.h"
#include "trecvit/cli/command.h"
#include "trecvit/cli/options.h"
#include "trecvit/engine/provider.h"
#include "trecvit/pipeline/result_json.h"
#include "trecvit/terminal/output.h"

namespace trecvit::cli {
namespace {

struct InfoArgs {
  ModelChoice model;
  OutputArgs output;
  bool env = false;
};

Json model_object(const ModelChoice& args) {
  const ModelFiles files = open_files(args);
  const ModelConfig& c = files.config;
  return {{"schema", "trecvit.info/1"},
          {"model", args.model},
          {"config", parse_json(print_model_config(c), "config")},
          {"tokens", c.tokens()},
          {"parameters", c.parameter_count()},
          {"tensors", files.weights->tensors().size()},
          {"gflop_per_frame", readable(c.flops_per_frame() / 1e9)},
          {"state_bytes", c.state_floats() * static_cast<int64_t>(sizeof(float))},
          {"weight_bytes", c.parameter_count() * static_cast<int64_t>(sizeof(float))}};
}

Json environment_object() {
  Json providers = Json::array();
  for (const auto& provider : available_providers()) {
    Json entry{{"name", provider.name}};
    if (provider.rate) entry["gflops"] = std::round(provider.rate());
    providers.push_back(entry);
  }
  return {{"schema", "trecvit.info/1"},  {"version", TRECVIT_VERSION},
          {"build", TRECVIT_BUILD_TYPE}, {"compiler", TRECVIT_COMPILER},
          {"cpu", cpu_model_name()},     {"cores", std::thread::hardware_concurrency()},
          {"providers", providers},      {"provider", choose_provider({}).name},
          {"video", video_libraries()},  {"formats", video_formats()},
          {"codecs", video_codecs()},    {"zlib", zlibVersion()}};
}

void print_object(const Json& object) {
  for (const auto& [key, value] : object.items()) {
    if (key == "schema") continue;
    if (key == "config") {
      for (const auto& [name, setting] : value.items()) {
        if (name != "id2label")
          print_row("  " + name, setting.is_string() ? setting.get<std::string>() : setting.dump());
      }
    } else if (key == "providers") {
      for (const auto& provider : value) {
        print_row("provider " + provider["name"].get<std::string>(),
                  provider.contains("gflops") ? fmt::format("{:.0f} GFLOP/s", provider["gflops"].get<double>())
                                              : "plain loops");
      }
    } else if (value.is_array()) {
      constexpr size_t kMostInTable = 20;
      print_row(key, value.size() > kMostInTable
                         ? fmt::format("{}, listed with --json", value.size())
                         : fmt::format("{}", fmt::join(value.get<std::vector<std::string>>(), ", ")));
    } else if (key.ends_with("_bytes")) {
      print_row(key, fmt::format("{} ({})", value.dump(), readable_bytes(value.get<double>())));
    } else {
      print_row(key, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
}

int info(const InfoArgs& args) {
  if (args.model.model.empty() && !args.env) fail_usage("info", "expected --model or --env, got neither");
  check_outputs(args.model, {}, {json_file(args.output)}, args.output.force);
  JsonLines json(args.output);
  std::vector<Json> objects;
  if (!args.model.model.empty()) objects.push_back(model_object(args.model));
  if (args.env) objects.push_back(environment_object());
  for (const auto& object : objects) {
    if (!json.to_stdout()) print_object(object);
    json.write(object);
  }
  json.finish();
  return 0;
}

}  // namespace

void add_info(CLI::App& app, Run& run) {
  auto args = std::make_shared<InfoArgs>();
  CLI::App* verb = app.add_subcommand("info", "Show the details of a model or of this machine");
  verb->footer("Example: trecvit info --model trecvit_B.npz --env");
  add_model_file_options(*verb, args->model, /*model_required=*/false);
  verb->add_flag("--env", args->env, "show the build, processor, providers and libraries (default: off)");
  add_json_option(*verb, args->output);
  add_force_option(*verb, args->output);
  verb->callback([args, &run] { run = [args] { return info(*args); }; });
}

}  // namespace trecvit::cli
