#include <fmt/format.h>

#include "trecvit/base/error.h"
#include "trecvit/cli/command.h"
#include "trecvit/cli/flags.h"
#include "trecvit/cli/options.h"
#include "trecvit/cli/output.h"
#include "trecvit/cli/signals.h"
#include "trecvit/cli/whole_input.h"
#include "trecvit/pipeline/classify.h"
#include "trecvit/pipeline/tap_file.h"

namespace trecvit::cli {
namespace {

struct Args {
  ModelOptionsArgs model;
  FrameArgs frames;
  OutputArgs output;
  std::string out, taps = "prefix_logits,logits,probs", mode = "clip", execution = "engine";
  std::optional<int64_t> num_frames;
};

std::set<std::string> wanted_taps(const Args& args, const Model& model) {
  if (args.taps == "all") {
    const auto all = tap_names(model);
    return {all.begin(), all.end()};
  }
  std::set<std::string> names;
  for (const auto& name : CLI::detail::split(args.taps, ',')) names.insert(name);
  return names;
}

int dump(const Args& args) {
  check_in_build("--execution", args.execution, {"engine"}, {"model"});
  check_outputs(args.model, args.frames, {args.out}, args.output.force);
  OpenedModel opened(args.model);
  const auto taps_wanted = wanted_taps(args, *opened.model);
  check_tap_names(*opened.model, taps_wanted);  // before the whole input is read
  const WholeInput input =
      read_whole_input(with_seed(args.frames.sources[0]), opened.config, choice_of(args.frames, opened.config));
  int64_t clips = 1;
  if (args.num_frames) {
    const ClipSplit split = split_into_clips(input.frames, *args.num_frames);
    clips = split.clips;
    if (split.dropped != 0) {
      fail_usage("--num-frames", "expected {} frames to divide into {} clips, got {} left over", input.frames, clips,
                 split.dropped);
    }
  }
  const TapArrays taps =
      collect_taps(opened.engine, input.pixels, clips, args.mode == "clip" ? DumpMode::kClip : DumpMode::kStream,
                   taps_wanted, throw_if_stopped);
  write_taps(taps, args.out, overwrite_of(args.output.force));
  note("wrote {} arrays of {} frames to {}", taps.size(), input.frames, args.out);
  return 0;
}

}  // namespace

void add_dump(CLI::App& app, Run& run) {
  auto args = std::make_shared<Args>();
  CLI::App* verb = app.add_subcommand("dump", "Write named intermediates of one input");
  verb->footer("Example: trecvit dump --model m.npz --provider reference --taps all clip.npz -o taps.npz");
  add_frame_options(*verb, args->frames, /*several_sources=*/false);
  add_model_options(*verb, args->model);
  verb->add_option("-o,--output", args->out, "the .npz to write, one array a tap")->required()->check(non_empty());
  verb->add_option("--taps", args->taps,
                   "all, or names with commas between: tokenizer, temporal.00, spatial.00.norm0, state.00.h, ...")
      ->capture_default_str();
  verb->add_option("--mode", args->mode, "clip: layer by layer over all frames; stream: frame by frame")
      ->capture_default_str()
      ->check(one_of({"clip", "stream"}));
  verb->add_option("--execution", args->execution, "what computes them: engine")->capture_default_str();
  verb->add_option("--num-frames", args->num_frames, "split into clips of about this many frames (default: one clip)")
      ->check(whole_number(1));
  add_force_option(*verb, args->output);
  verb->callback([args, &run] { run = [args] { return dump(*args); }; });
}

}  // namespace trecvit::cli
