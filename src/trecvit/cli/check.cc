#include <fmt/format.h>

#include <cmath>

#include "trecvit/base/error.h"
#include "trecvit/cli/command.h"
#include "trecvit/cli/flags.h"
#include "trecvit/cli/model_execution.h"
#include "trecvit/cli/options.h"
#include "trecvit/cli/output.h"
#include "trecvit/cli/signals.h"
#include "trecvit/cli/source_name.h"
#include "trecvit/cli/whole_input.h"
#include "trecvit/pipeline/tap_file.h"

namespace trecvit::cli {
namespace {

struct Args {
  ModelOptionsArgs model;
  FrameArgs frames;
  OutputArgs output;
  std::string against, execution = "engine";
  int64_t noise_frames = 4;
  std::optional<double> tolerance;
};

// Relative to the largest number of an array. The same kernels give the same bits however a clip is cut; different
// ones, or another implementation, differ by the order of float32 sums through all blocks.
constexpr double kSameKernels = 1e-5, kOtherKernels = 1e-4;

// One comparison of two sets of taps.
struct Finding {
  std::string what;
  double tolerance = 0;
  int arrays = 0;
  std::vector<std::string> not_compared;          // of the taps it is compared with
  double worst_absolute = 0, worst_relative = 0;  // relative to the largest number of its array
  std::string worst_tap;
  std::string first_over;  // first tap over the tolerance, in the order of the computation
};

void compare_array(const std::string& name, std::span<const float> got, std::span<const float> want, Finding& finding) {
  double worst = 0, scale = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    const double delta = std::abs(static_cast<double>(got[i]) - static_cast<double>(want[i]));
    worst = std::isnan(delta) ? INFINITY : std::max(worst, delta);
    scale = std::max(scale, std::abs(static_cast<double>(want[i])));
  }
  const double relative = worst == 0 ? 0 : worst / std::max(scale, 1e-30);
  ++finding.arrays;
  finding.worst_absolute = std::max(finding.worst_absolute, worst);
  if (relative > finding.worst_relative) {
    finding.worst_relative = relative;
    finding.worst_tap = name;
  }
  if (!(relative <= finding.tolerance) && finding.first_over.empty()) finding.first_over = name;
}

// Names that both have, in the order of the computation.
Finding compare(const std::string& what, const std::vector<std::string>& order, const TapArrays& got,
                const TapArrays& want, double tolerance) {
  Finding finding;
  finding.what = what;
  finding.tolerance = tolerance;
  for (const auto& name : order) {
    const auto g = got.find(name), w = want.find(name);
    if (g == got.end() || w == want.end()) continue;
    if (g->second.shape != w->second.shape) {
      fail_input(what, "expected {} of shape {}, got {}", name, to_string(w->second.shape), to_string(g->second.shape));
    }
    compare_array(name, g->second.values, w->second.values, finding);
  }
  for (const auto& [name, array] : want) {
    if (!got.contains(name)) finding.not_compared.push_back(name);
  }
  if (finding.arrays == 0) fail_input(what, "expected taps with known names to compare, got none in common");
  return finding;
}

TapArrays read_taps(const std::string& path) {
  const NpzReader file(open_file(path));
  TapArrays taps;
  for (const auto& name : file.names()) {
    const HostTensor tensor = to_float32(file.read(name), path + ": " + name);
    taps[name] = {tensor.shape(), {tensor.as<float>().begin(), tensor.as<float>().end()}};
  }
  return taps;
}

void print_table(const std::vector<Finding>& findings) {
  print_out("{:<40} {:>6} {:>10} {:>10}  {}\n", "comparison", "arrays", "absolute", "relative", "verdict");
  for (const auto& f : findings) {
    const std::string verdict =
        f.first_over.empty() ? "ok" : fmt::format("over {:.0e} first at {}", f.tolerance, f.first_over);
    print_out("{:<40} {:>6} {:>10.1e} {:>10.1e}  {}\n", f.what, f.arrays, f.worst_absolute, f.worst_relative, verdict);
    if (!f.not_compared.empty())
      print_out("  {} arrays of the file were not compared, as this provider does not give them; --json names them\n",
                f.not_compared.size());
  }
}

Json to_object(const Finding& f) {
  return {{"schema", "trecvit.check/1"},
          {"comparison", f.what},
          {"arrays", f.arrays},
          {"absolute", readable(f.worst_absolute)},
          {"relative", readable(f.worst_relative)},
          {"worst_tap", f.worst_tap},
          {"tolerance", f.tolerance},
          {"first_over", f.first_over},
          {"ok", f.first_over.empty()},
          {"not_compared", f.not_compared}};
}

// What is compared, and on what.
struct Input {
  const Args& args;
  const ModelFiles& files;
  const WholeInput& frames;

  double tolerance(double usual) const { return args.tolerance.value_or(usual); }
};

// The taps of a clip by one execution.
struct ClipTaps {
  std::string by;  // the provider, or "model"
  std::vector<std::string> names;
  TapArrays arrays;
};

// Taps make the trainable model use plain operators: what training and streaming use in their place is compared by its
// results.
std::vector<Finding> check_model(const Input& input, ClipTaps& clip) {
  const ModelExecution& model = model_execution();
  const std::span<const float> pixels = input.frames.pixels;
  clip.by = "model";
  clip.names = model.tap_names(input.files.config);
  const std::set<std::string> all(clip.names.begin(), clip.names.end());
  const ModelRun run{input.args.model.device, input.args.model.threads};
  clip.arrays = model.collect_taps(input.files, pixels, 1, DumpMode::kClip, all, run);
  std::vector<Finding> findings;
  findings.push_back(compare("stream against clip, model", clip.names,
                             model.collect_taps(input.files, pixels, 1, DumpMode::kStream, all, run), clip.arrays,
                             input.tolerance(kSameKernels)));
  for (const bool frame_by_frame : {false, true}) {
    const TapArrays got = model.collect_results(input.files, pixels, frame_by_frame, run);
    TapArrays want;
    for (const auto& [name, array] : got) want[name] = clip.arrays.at(name);
    findings.push_back(compare(frame_by_frame ? "steps against clip, model" : "fused against plain, model", clip.names,
                               got, want, input.tolerance(kOtherKernels)));
  }
  return findings;
}

std::vector<Finding> check_engine(const Input& input, ClipTaps& clip) {
  const ModelOptionsArgs& args = input.args.model;
  const auto model = Model::make(input.files.config, *input.files.weights, args.provider, args.budget);
  Engine engine(model, args.threads, &stop_flag());
  clip.by = model->provider();
  clip.names = tap_names(*model);
  const std::set<std::string> all(clip.names.begin(), clip.names.end());
  clip.arrays = collect_taps(engine, input.frames.pixels, 1, DumpMode::kClip, all, throw_if_stopped);
  std::vector<Finding> findings;
  findings.push_back(compare("stream against clip, " + model->provider(), clip.names,
                             collect_taps(engine, input.frames.pixels, 1, DumpMode::kStream, all, throw_if_stopped),
                             clip.arrays, input.tolerance(kSameKernels)));
  if (model->provider() != "reference") {
    Engine reference(Model::make(input.files.config, *input.files.weights, "reference", args.budget), 1, &stop_flag());
    findings.push_back(compare(model->provider() + " against reference", clip.names, clip.arrays,
                               collect_taps(reference, input.frames.pixels, 1, DumpMode::kClip, all, throw_if_stopped),
                               input.tolerance(kOtherKernels)));
  }
  return findings;
}

WholeInput read_input(const Args& args, const ModelConfig& config) {
  const std::string source = args.frames.sources.empty()
                                 ? fmt::format("synthetic:noise?frames={}&size={}x{}", args.noise_frames,
                                               config.image_height, config.image_width)
                                 : args.frames.sources[0];
  WholeInput input = read_whole_input(source_of(source), config, choice_of(args.frames, config));
  report_faults(source, input.faults);
  return input;
}

std::vector<Finding> run_checks(const Args& args, const ModelFiles& files) {
  check_budget(files.config, args.model.budget, args.model.model);  // before frames of its size are made
  const WholeInput frames = read_input(args, files.config);
  const Input input{args, files, frames};
  ClipTaps engine, model;
  std::vector<Finding> findings;
  if (args.execution != "model") findings = on_frames_of(frames, [&] { return check_engine(input, engine); });
  if (args.execution != "engine") {
    const auto of_model = check_model(input, model);
    findings.insert(findings.end(), of_model.begin(), of_model.end());
  }
  if (args.execution == "both")
    findings.push_back(compare(engine.by + " against model", engine.names, engine.arrays, model.arrays,
                               input.tolerance(kOtherKernels)));
  const ClipTaps& first = args.execution == "model" ? model : engine;
  if (!args.against.empty())
    findings.push_back(compare(first.by + " against " + args.against, first.names, first.arrays,
                               read_taps(args.against), input.tolerance(kOtherKernels)));
  return findings;
}

int check(const Args& args) {
  check_execution(args.execution, {"engine", "model", "both"});
  check_outputs(args.model, args.frames, {json_file(args.output)}, args.output.force, {args.against});
  const auto findings =
      run_checks(args, args.execution == "engine" ? open_model_files(args.model) : open_trainable_files(args.model));
  JsonLines json(args.output);
  bool ok = true;
  for (const auto& finding : findings) {
    json.write(to_object(finding));
    ok = ok && finding.first_over.empty();
  }
  if (!json.to_stdout()) print_table(findings);
  json.finish();
  return ok ? 0 : static_cast<int>(ErrorKind::kCheckFailed);
}

}  // namespace

void add_check(CLI::App& app, Run& run) {
  auto args = std::make_shared<Args>();
  CLI::App* verb =
      app.add_subcommand("check", "Compare stream with clip, provider with reference, engine with a file of taps");
  verb->footer("Example: trecvit check --model m.npz --against taps.npz clip.npz");
  add_frame_options(*verb, args->frames, /*several_sources=*/false);
  verb->get_option("SOURCE")->required(false)->description("what to compare on (default: noise of --frames frames)");
  add_model_options(*verb, args->model);
  show_device_option(*verb);
  hide(*verb, {"--labels"});
  verb->add_option("--frames", args->noise_frames, "length of the noise that is used without a SOURCE")
      ->capture_default_str()
      ->check(whole_number(1));
  verb->add_option("--execution", args->execution,
                   "what is compared: engine; model, the trainable one, as clip, stream, steps and with its fused "
                   "operators; or both with each other")
      ->capture_default_str();
  verb->add_option("--against", args->against, "taps of the same input written by dump (default: none)");
  verb->add_option(
          "--tolerance", args->tolerance,
          "largest difference, relative to the largest number of an array (default: 1e-5 for stream against clip, "
          "1e-4 for the rest)")
      ->check(number_from(0));
  add_json_option(*verb, args->output);
  add_force_option(*verb, args->output);
  verb->callback([args, &run] { run = [args] { return check(*args); }; });
}

}  // namespace trecvit::cli
