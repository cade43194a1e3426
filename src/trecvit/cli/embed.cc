#include <fmt/format.h>

#include <optional>

#include "trecvit/cli/command.h"
#include "trecvit/cli/options.h"
#include "trecvit/io/endings.h"
#include "trecvit/pipeline/session.h"
#include "trecvit/terminal/flags.h"
#include "trecvit/terminal/output.h"
#include "trecvit/terminal/signals.h"

namespace trecvit::cli {
namespace {

struct EmbedArgs {
  ModelChoice model;
  FrameArgs frames;
  OutputArgs output;
  std::string out;
  bool tokens = false;
};

int embed(const EmbedArgs& args) {
  check_ending("embed", args.out, Written::kNumPy);
  check_outputs(args.model, args.frames, {args.out}, args.output.force);
  OpenedModel opened = open_to_run(args.model);
  const ModelConfig& config = opened.config;
  const std::string& source = args.frames.sources[0];
  const FrameChoice choice = choice_of(args.frames, config);
  std::optional<Progress> progress;  // outlives the input
  ModelInput input(source, config, choice);
  progress.emplace(frame_progress("embed " + source, frames_to_read(input.info(), choice)));
  input.frames().report_to(*progress);
  const auto sink = open_sink(
      "features",
      {.config = &config, .path = args.out, .overwrite = overwrite_of(args.output.force), .tokens = args.tokens});
  Session session(opened.engine, opened.make_state(), *sink);
  const SessionTotals totals = session.run(input, stop_token());
  if (totals.frames == 0) throw_if_signalled();
  if (totals.frames == 0) input.frames().fail_empty();
  sink->finish();
  note("wrote features of {} frames, {} numbers each, to {}", totals.frames, config.width, args.out);
  report_faults(source, totals.faults);
  return stop_signal() != 0 ? 128 + stop_signal() : 0;
}

}  // namespace

void add_embed(CLI::App& app, Run& run) {
  auto args = std::make_shared<EmbedArgs>();
  CLI::App* verb = app.add_subcommand("embed", "Write the features of every frame");
  verb->footer("Example: trecvit embed --model trecvit_B.npz clip.mp4 -o clip.features.npz --tokens");
  add_frame_options(*verb, args->frames, /*several_sources=*/false);
  add_model_options(*verb, args->model);
  hide(*verb, {"--labels"});
  verb->add_option("-o,--output", args->out, "the .npz to write: frame, time_s, cls [T, D]")->required();
  verb->add_flag("--tokens", args->tokens, "also write tokens [T, N, D] (default: off)");
  add_force_option(*verb, args->output);
  verb->callback([args, &run] {
    run = [args] {
      list_sources(args->frames, /*single=*/true);
      return embed(*args);
    };
  });
}

}  // namespace trecvit::cli
