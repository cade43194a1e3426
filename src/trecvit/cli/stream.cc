#include <fmt/format.h>

#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/stats.h"
#include "trecvit/cli/command.h"
#include "trecvit/cli/endings.h"
#include "trecvit/cli/flags.h"
#include "trecvit/cli/frame_stream.h"
#include "trecvit/cli/options.h"
#include "trecvit/cli/output.h"
#include "trecvit/cli/signals.h"
#include "trecvit/cli/stream_readout.h"

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
  std::string line =
      fmt::format("{:6}  {:9.3f} s  {:7.2f} ms ", frame.input.index, frame.input.time_seconds, frame.latency_ms);
  for (const auto& prediction : top)
    line += fmt::format("  {:.3f} {}", prediction.prob, terminal_text(prediction.label));
  write_stdout(line + "\n");
}

Json to_object(const std::string& source, const StreamedFrame& frame, const std::vector<Prediction>& top) {
  return {{"schema", "trecvit.stream/1"},
          {"source", source},
          {"frame", frame.input.index},
          {"time_s", frame.input.time_seconds},
          {"top", to_json(top)},
          {"latency_ms", readable(frame.latency_ms)},
          {"skipped", 0}};
}

struct Stream {
  ModelInput& input;
  StreamState& state;
  const std::string& source;
};

void report(const Stream& stream, const StreamTotals& totals) {
  note("{}: {} frames, {:.1f} frames/s, median {:.2f} ms per frame, state {}, peak memory {}", stream.source,
       totals.frames, static_cast<double>(totals.frames) / totals.wall_seconds, quantile(totals.latency_ms, 0.5),
       readable_bytes(static_cast<double>(stream.state.bytes())),
       readable_bytes(static_cast<double>(peak_resident_bytes())));
  report_faults(stream.source, totals.faults);
}

void stream_source(const Args& args, OpenedModel& opened, const Stream& stream, JsonLines& json) {
  const auto on_frame = [&](const StreamedFrame& frame) {
    const auto top = top_classes_of_logits(frame.result.logits, opened.config, args.topk);
    if (!json.to_stdout() && !common().quiet) print_line(frame, top);
    json.write(to_object(stream.source, frame, top));
  };
  const auto totals = stream_frames(opened.engine, stream.state, stream.input, args.reset_every, on_frame);
  if (totals.frames == 0) {
    throw_if_stopped();
    stream.input.fail_empty();
  }
  report(stream, totals);
}

int stream(const Args& args) {
  if ((!args.save_state.empty() || !args.load_state.empty()) && args.frames.sources.size() > 1) {
    fail_usage("stream", "expected one source with --save-state or --load-state, got {}", args.frames.sources.size());
  }
  check_outputs(args.model, args.frames, {json_file(args.output), args.save_state}, args.output.force);
  // A state may replace the one that it goes on from.
  check_output_names(args.model, args.frames, {json_file(args.output)}, {args.load_state});
  check_ending("--save-state", args.save_state, Written::kState);
  OpenedModel opened(args.model);
  require_head(opened.config, args.model);
  JsonLines json(args.output);
  std::optional<StreamState> state;  // of the newest source
  std::string said;                  // why it has its readout
  const auto save_state = [&] {
    if (!args.save_state.empty() && state && state->frames() > 0)
      state->save(args.save_state, overwrite_of(args.output.force));
  };
  int code = 0;
  try {
    code = for_each_source(args.frames.sources, [&](const std::string& source) {
      const FrameChoice choice = choice_of(args.frames, opened.config);
      ModelInput input(source, opened.config, stoppable(choice));
      state.reset();  // the memory of the one before
      const StreamReadout readout = stream_readout(
          args.model, opened.config, rate_seen(input.info(), opened.config, choice.step), args.load_state);
      if (std::exchange(said, readout.why) != readout.why) note("{}", readout.why);
      state = opened.model->make_state(readout.rule);
      if (!args.load_state.empty()) state->load(*open_file(args.load_state));
      if (args.frames.sources.size() > 1 && !json.to_stdout() && !common().quiet)
        print_out("==> {} <==\n", terminal_text(source));
      stream_source(args, opened, {input, *state, source}, json);
    });
    json.finish(code);
  } catch (const std::exception&) {
    save_state();  // whatever else could not be written
    throw;
  }
  save_state();
  return code;
}

}  // namespace

void add_stream(CLI::App& app, Run& run) {
  auto args = std::make_shared<Args>();
  CLI::App* verb = app.add_subcommand("stream", "Predict after every frame as it comes, in constant memory");
  verb->footer("Example: trecvit stream --model trecvit_B.npz --json street.mp4 | jq '.top[0].label'");
  add_frame_options(*verb, args->frames, /*several_sources=*/true);
  add_model_options(*verb, args->model);
  add_readout_option(*verb, args->model, kStreamReadoutDefault);
  verb->add_option("--topk", args->topk, "classes to show")->capture_default_str()->check(whole_number(1));
  verb->add_option("--reset-every", args->reset_every, "forget everything after this many seconds of video; 0 = never")
      ->capture_default_str()
      ->check(number_from(0));
  verb->add_option("--load-state", args->load_state, "go on from a saved state (default: from an empty one)");
  verb->add_option("--save-state", args->save_state, "write the state after the last frame (default: do not)");
  add_json_option(*verb, args->output);
  add_force_option(*verb, args->output);
  verb->callback([args, &run] { run = [args] { return stream(*args); }; });
}

}  // namespace trecvit::cli
