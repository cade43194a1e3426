#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "trecvit/base/error.h"
#include "trecvit/cli/command.h"
#include "trecvit/cli/options.h"
#include "trecvit/io/endings.h"
#include "trecvit/pipeline/classify.h"
#include "trecvit/pipeline/model_execution.h"
#include "trecvit/pipeline/tap_file.h"
#include "trecvit/pipeline/whole_input.h"
#include "trecvit/terminal/flags.h"
#include "trecvit/terminal/output.h"
#include "trecvit/terminal/signals.h"

namespace trecvit::cli {
namespace {

struct DumpArgs {
  ModelChoice model;
  FrameArgs frames;
  OutputArgs output;
  std::string out, taps, execution = "engine";
  DumpMode mode = DumpMode::kClip;
  std::optional<int64_t> num_frames;
};

std::set<std::string> wanted_taps(const std::string& taps, const ModelConfig& config,
                                  const std::vector<std::string>& all) {
  if (taps == "all") return {all.begin(), all.end()};
  if (taps.empty() && !config.has_head()) return {"encoder_norm"};
  if (taps.empty()) return {"prefix_logits", "logits", "probs"};
  std::set<std::string> names;
  for (const auto& name : CLI::detail::split(taps, ',')) names.insert(name);
  return names;
}

int64_t clips_of(const DumpArgs& args, int64_t frames) {
  if (!args.num_frames) return 1;
  const ClipSplit split = split_into_clips(frames, *args.num_frames);
  if (split.dropped != 0) {
    fail_usage("--num-frames", "expected {} frames to divide evenly into {} clips, got {} left over", frames,
               split.clips, split.dropped);
  }
  return split.clips;
}

struct Dumped {
  TapArrays taps;
  int64_t frames = 0;
};

WholeInput read_input(const DumpArgs& args, const ModelConfig& config) {
  const std::string& source = args.frames.sources[0];
  WholeInput input = read_whole_input(source, config, choice_of(args.frames, config));
  report_faults(source, input.faults);
  return input;
}

Dumped dump_engine(const DumpArgs& args) {
  OpenedModel opened = open_to_run(args.model);
  const auto wanted = wanted_taps(args.taps, opened.config, tap_names(*opened.model));
  check_tap_names(*opened.model, wanted);  // before the whole input is read
  const WholeInput input = read_input(args, opened.config);
  const int64_t clips = clips_of(args, input.frames);
  const auto run = [&] { return collect_taps(opened.engine, input.pixels, clips, args.mode, wanted, stop_token()); };
  // The engine counts the frames of each clip from 0.
  return {clips == 1 ? on_frames_of(input, run) : run(), input.frames};
}

Dumped dump_model(const DumpArgs& args) {
  const ModelFiles files = open_files(args.model, /*trainable=*/true);
  const auto known = model_execution().tap_names(files.config);
  const auto wanted = wanted_taps(args.taps, files.config, known);
  for (const auto& name : wanted) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      fail_usage("--taps", "expected taps of the model ({} to {}), got '{}'", known.front(), known.back(),
                 printable(name));
  }
  const WholeInput input = read_input(args, files.config);
  return {model_execution().collect_taps(files, input.pixels, clips_of(args, input.frames), args.mode, wanted,
                                         {args.model.device, args.model.threads, stop_token()}),
          input.frames};
}

// The engine returns finite numbers or an error; the trainable model returns whatever it computed.
void check_finite(const TapArrays& taps) {
  for (const auto& [name, array] : taps) {
    const auto bad = std::find_if(array.values.begin(), array.values.end(), [](float v) { return !std::isfinite(v); });
    if (bad == array.values.end()) continue;
    fail_input("tap " + name, "expected finite numbers, got {} at index {} of {}", *bad, bad - array.values.begin(),
               to_string(array.shape));
  }
}

int dump(const DumpArgs& args) {
  const auto execution = parse_execution<Execution>(args.execution);
  check_ending("dump", args.out, Written::kNumPy);
  check_outputs(args.model, args.frames, {args.out}, args.output.force);
  const Dumped dumped = execution == Execution::kEngine ? dump_engine(args) : dump_model(args);
  check_finite(dumped.taps);
  write_taps(dumped.taps, args.out, overwrite_of(args.output.force));
  note("wrote {} arrays of {} frames to {}", dumped.taps.size(), dumped.frames, args.out);
  return 0;
}

}  // namespace

void add_dump(CLI::App& app, Run& run) {
  auto args = std::make_shared<DumpArgs>();
  CLI::App* verb = app.add_subcommand("dump", "Write intermediate values (taps) of the model for one input");
  verb->footer("Example: trecvit dump --model m.npz --provider reference --taps all clip.npz -o taps.npz");
  add_frame_options(*verb, args->frames, /*several_sources=*/false);
  add_model_options(*verb, args->model);
  show_device_option(*verb);
  hide(*verb, {"--labels"});
  verb->add_option("-o,--output", args->out, "the .npz to write, one array per tap")->required();
  verb->add_option("--taps", args->taps,
                   "all, or names separated by commas: tokenizer, temporal.00, spatial.00.norm0, state.00.h, ... "
                   "(default: prefix_logits,logits,probs; encoder_norm for an encoder without a head)");
  add_word_option(*verb, "--mode", args->mode, "clip: layer by layer over all frames; stream: frame by frame");
  verb->add_option("--execution", args->execution, "engine, or model (the trainable model)")->capture_default_str();
  verb->add_option("--num-frames", args->num_frames, "split into clips of about this many frames (default: one clip)")
      ->check(whole_number(1));
  add_force_option(*verb, args->output);
  verb->callback([args, &run] {
    run = [args] {
      list_sources(args->frames, /*single=*/true);
      return dump(*args);
    };
  });
}

}  // namespace trecvit::cli
