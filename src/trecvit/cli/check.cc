#include <fmt/format.h>

#include "trecvit/base/error.h"
#include "trecvit/cli/command.h"
#include "trecvit/cli/options.h"
#include "trecvit/pipeline/model_check.h"
#include "trecvit/pipeline/model_execution.h"
#include "trecvit/terminal/flags.h"
#include "trecvit/terminal/output.h"

namespace trecvit::cli {
namespace {

struct CheckArgs {
  CheckRequest check;
  FrameArgs frames;
  OutputArgs output;
  std::string execution = "engine";
  int64_t noise_frames = 4;
};

void print_findings(const std::vector<TapComparison>& findings) {
  print_out("{:<40} {:>6} {:>10} {:>10}  {}\n", "comparison", "arrays", "absolute", "relative", "verdict");
  for (const auto& f : findings) {
    const std::string verdict =
        f.first_over.empty() ? "ok" : fmt::format("over {:.0e}, first at {}", f.tolerance, f.first_over);
    print_out("{:<40} {:>6} {:>10.1e} {:>10.1e}  {}\n", f.what, f.arrays, f.worst_absolute, f.worst_relative, verdict);
    if (!f.not_compared.empty())
      print_out("  {} arrays of the file were not compared: this provider does not compute them; --json lists them\n",
                f.not_compared.size());
  }
}

WholeInput read_or_generate(const CheckArgs& args, const ModelConfig& config) {
  const std::string source = args.frames.sources.empty()
                                 ? fmt::format("synthetic:noise?frames={}&size={}x{}", args.noise_frames,
                                               config.image_height, config.image_width)
                                 : args.frames.sources[0];
  WholeInput input = read_whole_input(source, config, choice_of(args.frames, config));
  report_faults(source, input.faults);
  return input;
}

int check_verb(const CheckArgs& args) {
  CheckRequest request = args.check;
  request.execution = parse_execution<Checked>(args.execution);
  request.model = in_command(request.model);
  check_outputs(request.model, args.frames, {json_file(args.output)}, args.output.force, {request.against});
  const ModelFiles files = open_files(request.model, request.execution != Checked::kEngine);
  check_budget(files.config, request.model.budget, request.model.model);  // before frames of this size are generated
  const auto findings = check_model(files, read_or_generate(args, files.config), request, model_execution());
  JsonLines json(args.output);
  bool ok = true;
  for (const auto& finding : findings) {
    json.write(to_json(finding));
    ok = ok && finding.first_over.empty();
  }
  if (!json.to_stdout()) print_findings(findings);
  json.finish();
  return ok ? 0 : static_cast<int>(ErrorKind::kCheckFailed);
}

}  // namespace

void add_check(CLI::App& app, Run& run) {
  auto args = std::make_shared<CheckArgs>();
  CLI::App* verb =
      app.add_subcommand("check", "Compare stream with clip, provider with reference, or engine with a file of taps");
  verb->footer("Example: trecvit check --model m.npz --against taps.npz clip.npz");
  add_frame_options(*verb, args->frames, /*several_sources=*/false);
  verb->get_option("SOURCE")->required(false)->description("input to check with (default: --frames frames of noise)");
  add_model_options(*verb, args->check.model);
  show_device_option(*verb);
  hide(*verb, {"--labels"});
  verb->add_option("--frames", args->noise_frames, "frames of noise to use if no SOURCE is given")
      ->capture_default_str()
      ->check(whole_number(1));
  verb->add_option("--execution", args->execution,
                   "what to check: engine; model, the trainable model as clip, stream, steps and with fused operators; "
                   "or both against each other")
      ->capture_default_str();
  verb->add_option("--against", args->check.against, "file of taps that dump wrote for the same input (default: none)");
  verb->add_option("--tolerance", args->check.tolerance,
                   "largest allowed difference, relative to the largest absolute value of the array (default: 1e-5 for "
                   "stream against clip, else 1e-4)")
      ->check(number_from(0));
  add_json_option(*verb, args->output);
  add_force_option(*verb, args->output);
  verb->callback([args, &run] {
    run = [args] {
      list_sources(args->frames, /*single=*/true);
      return check_verb(*args);
    };
  });
}

}  // namespace trecvit::cli
