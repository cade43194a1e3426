#include <fmt/format.h>

#include "trecvit/base/error.h"
#include "trecvit/base/stats.h"
#include "trecvit/cli/command.h"
#include "trecvit/cli/flags.h"
#include "trecvit/cli/frame_stream.h"
#include "trecvit/cli/options.h"
#include "trecvit/cli/output.h"
#include "trecvit/cli/signals.h"

namespace trecvit::cli {
namespace {

struct Args {
  ModelOptionsArgs model;
  FrameArgs frames;
  OutputArgs output;
  int64_t topk = 1;
  double reset_every = 0;
  std::string load_state, save_state;
};

void print_line(const StreamedFrame& frame, const std::vector<Prediction>& top) {
  fmt::print("{:6}  {:9.3f} s  {:7.2f} ms ", frame.input.index, frame.input.time_seconds, frame.latency_ms);
  for (const auto& prediction : top) fmt::print("  {:.3f} {}", prediction.prob, terminal_text(prediction.label));
  fmt::print("\n");
  flush_stdout();
}

Json to_object(const std::string& source, const StreamedFrame& frame, const std::vector<Prediction>& top) {
  return {{"schema", "trecvit.stream/1"},
          {"source", source},
          {"frame", frame.input.index},
          {"time_s", frame.input.time_seconds},
          {"top", to_json(top)},
          {"latency_ms", frame.latency_ms},
          {"skipped", 0}};
}

void report(const std::string& source, const StreamTotals& totals, const StreamState& state) {
  note("{}: {} frames, {:.1f} frames/s, median {:.2f} ms a frame, state {}, peak memory {}", source, totals.frames,
       static_cast<double>(totals.frames) / totals.wall_seconds, quantile(totals.latency_ms, 0.5),
       readable_bytes(static_cast<double>(state.bytes())), readable_bytes(static_cast<double>(peak_resident_bytes())));
  report_faults(source, totals.faults);
}

int stream(const Args& args) {
  if ((!args.save_state.empty() || !args.load_state.empty()) && args.frames.sources.size() > 1) {
    fail_usage("stream", "expected one source with --save-state or --load-state, got {}", args.frames.sources.size());
  }
  check_outputs(args.model, args.frames, {json_file(args.output), args.save_state}, args.output.force);
  OpenedModel opened(args.model);
  require_head(opened.config, args.model);
  StreamState& state = opened.state;
  JsonLines json(args.output);
  const int code = for_each_source(args.frames.sources, [&](const std::string& source) {
    ModelInput input(source, opened.config, stoppable(choice_of(args.frames, opened.config)));
    state.reset();
    if (!args.load_state.empty()) state.load(*open_file(args.load_state));
    const auto totals = stream_frames(opened.engine, state, input, args.reset_every, [&](const StreamedFrame& frame) {
      const auto top = top_classes_of_logits(frame.result.logits, opened.config, args.topk);
      if (!json.to_stdout() && !common().quiet) print_line(frame, top);
      json.write(to_object(source, frame, top));
    });
    if (totals.frames == 0) {
      throw_if_stopped();
      fail_input(source, "expected at least one frame, got none");
    }
    report(source, totals, state);
  });
  json.finish();
  if (!args.save_state.empty() && state.frames() > 0) state.save(args.save_state, overwrite_of(args.output.force));
  return code;
}

}  // namespace

void add_stream(CLI::App& app, Run& run) {
  auto args = std::make_shared<Args>();
  CLI::App* verb = app.add_subcommand("stream", "Predict after every frame as it comes, in constant memory");
  verb->footer("Example: trecvit stream --model trecvit_B.npz --json street.mp4 | jq .top[0].label");
  add_frame_options(*verb, args->frames, /*several_sources=*/true);
  add_model_options(*verb, args->model);
  add_readout_option(*verb, args->model);
  verb->add_option("--topk", args->topk, "classes to show")->capture_default_str()->check(whole_number(1));
  verb->add_option("--reset-every", args->reset_every, "forget everything after this many seconds of video; 0 = never")
      ->capture_default_str()
      ->check(number_from(0));
  verb->add_option("--load-state", args->load_state, "go on from a saved state (default: from an empty one)");
  verb->add_option("--save-state", args->save_state, "write the state after the last frame (default: do not)")
      ->check(non_empty());
  add_json_option(*verb, args->output);
  add_force_option(*verb, args->output);
  verb->callback([args, &run] { run = [args] { return stream(*args); }; });
}

}  // namespace trecvit::cli
