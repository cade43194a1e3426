#include <fmt/format.h>

#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/stats.h"
#include "trecvit/cli/command.h"
#include "trecvit/cli/options.h"
#include "trecvit/io/endings.h"
#include "trecvit/pipeline/session.h"
#include "trecvit/pipeline/stream_readout.h"
#include "trecvit/terminal/flags.h"
#include "trecvit/terminal/output.h"
#include "trecvit/terminal/signals.h"

namespace trecvit::cli {
namespace {

struct StreamArgs {
  ModelChoice model;
  FrameArgs frames;
  OutputArgs output;
  int64_t topk = 1;
  double reset_every = 0;
  std::string load_state, save_state;
};

struct Stream {
  Session& session;
  ModelInput& input;
  const std::string& source;
};

void run_to_end(const Stream& stream) {
  const SessionTotals totals = stream.session.run(stream.input, stop_token());
  if (totals.frames == 0) {
    throw_if_signalled();
    stream.input.frames().fail_empty();
  }
  note("{}: {} frames, {:.1f} frames/s, median {:.2f} ms per frame, state {}, peak memory {}", stream.source,
       totals.frames, static_cast<double>(totals.frames) / totals.wall_seconds, quantile(totals.latency_ms, 0.5),
       readable_bytes(static_cast<double>(stream.session.state().bytes())),
       readable_bytes(static_cast<double>(peak_resident_bytes())));
  report_faults(stream.source, totals.faults);
}

// Lines for people, unless stdout is reserved for JSON, and JSON if it was requested.
ResultSinks open_sinks(const StreamArgs& args, const ModelConfig& config, JsonLines& json) {
  SinkOptions options{.config = &config, .topk = args.topk, .write = write_stdout};
  ResultSinks sinks;
  if (!json.to_stdout() && !common().quiet) sinks.add(open_sink("text", options));
  options.write = [&json](std::string_view line) { json.write_line(line); };
  if (json.on()) sinks.add(open_sink("json", options));
  return sinks;
}

int stream(const StreamArgs& args) {
  if ((!args.save_state.empty() || !args.load_state.empty()) && args.frames.sources.size() > 1) {
    fail_usage("stream", "expected one source with --save-state or --load-state, got {}", args.frames.sources.size());
  }
  check_outputs(args.model, args.frames, {json_file(args.output), args.save_state}, args.output.force);
  // A saved state may replace the one that was loaded.
  check_output_names(args.model, args.frames, {json_file(args.output)}, {args.load_state});
  check_ending("--save-state", args.save_state, Written::kState);
  OpenedModel opened = open_to_run(args.model);
  require_head(opened.config, args.model);
  JsonLines json(args.output);
  ResultSinks sinks = open_sinks(args, opened.config, json);
  std::optional<Session> session;  // of the newest source
  std::string reason;              // why it has this readout
  const auto save_state = [&] {
    if (!args.save_state.empty() && session && session->state().frames() > 0)
      session->state().save(args.save_state, overwrite_of(args.output.force));
  };
  int code = 0;
  try {
    code = for_each_source(args.frames.sources, [&](const std::string& source) {
      const FrameChoice choice = choice_of(args.frames, opened.config);
      ModelInput input(source, opened.config, choice);
      session.reset();  // frees the memory of the previous one
      const StreamReadout readout = stream_readout(
          args.model, opened.config, rate_seen(input.info(), opened.config, choice.step), args.load_state);
      if (std::exchange(reason, readout.why) != readout.why) note("{}", readout.why);
      session.emplace(opened.engine, opened.model->make_state(readout.rule), sinks, args.reset_every);
      if (!args.load_state.empty()) session->state().load(*open_file(args.load_state));
      if (args.frames.sources.size() > 1 && !json.to_stdout() && !common().quiet)
        print_out("==> {} <==\n", terminal_text(source));
      run_to_end({*session, input, source});
    });
    sinks.finish();
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
  auto args = std::make_shared<StreamArgs>();
  CLI::App* verb = app.add_subcommand("stream", "Predict after every frame as it arrives, in constant memory");
  verb->footer("Example: trecvit stream --model trecvit_B.npz --json street.mp4 | jq '.top[0].label'");
  add_frame_options(*verb, args->frames, /*several_sources=*/true);
  add_model_options(*verb, args->model);
  add_readout_option(*verb, args->model, kStreamReadoutDefault);
  verb->add_option("--topk", args->topk, "classes to show")->capture_default_str()->check(whole_number(1));
  verb->add_option("--reset-every", args->reset_every,
                   "reset the state after this many seconds of video, counted from the first frame, also with "
                   "--load-state; 0: never")
      ->capture_default_str()
      ->check(number_from(0));
  verb->add_option("--load-state", args->load_state, "saved state to continue from (default: none, an empty state)");
  verb->add_option("--save-state", args->save_state, "file to save the state in after the last frame (default: none)");
  add_json_option(*verb, args->output);
  add_force_option(*verb, args->output);
  verb->callback([args, &run] {
    run = [args] {
      list_sources(args->frames);
      return stream(*args);
    };
  });
}

}  // namespace trecvit::cli
