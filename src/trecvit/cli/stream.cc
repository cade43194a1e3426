#include <fmt/format.h>

#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/stats.h"
#include "trecvit/base/text.h"
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

// What a stream remembers after a broken connection.
enum class OnGap { kKeep, kReset };
constexpr auto enum_words(OnGap) { return make_words<OnGap>({{"keep", OnGap::kKeep}, {"reset", OnGap::kReset}}); }

struct StreamArgs {
  ModelChoice model;
  FrameArgs frames;
  OutputArgs output;
  int64_t topk = 1;
  bool probs = false;
  double reset_every = 0;
  OnGap on_gap = OnGap::kKeep;
  std::string load_state, save_state, csv, srt, events, video, html;
  EventRuleChanges rule;
};

void run_to_end(Session& session, ModelInput& input, const std::string& source) {
  const SessionTotals totals = session.run(input, stop_token());
  if (totals.frames == 0) throw_if_signalled();
  if (totals.frames == 0) input.frames().fail_empty();
  note("{}: {} frames, {:.1f} frames/s, median {:.2f} ms per frame, state {}, peak memory {}", source, totals.frames,
       static_cast<double>(totals.frames) / totals.wall_seconds, quantile(totals.latency_ms, 0.5),
       readable_bytes(static_cast<double>(session.state().bytes())),
       readable_bytes(static_cast<double>(peak_resident_bytes())));
  if (totals.skipped > 0) note("{}: {} frames were skipped because newer ones had come", source, totals.skipped);
  report_faults(source, totals.faults);
}

// Lines for people, unless stdout is reserved for JSON; JSON and files if they were requested.
ResultSinks open_sinks(const StreamArgs& args, const ModelConfig& config, JsonLines& json) {
  SinkOptions options{.config = &config,
                      .topk = args.topk,
                      .write = write_stdout,
                      .overwrite = overwrite_of(args.output.force),
                      .probs = args.probs,
                      .events = changed(config.events, args.rule)};
  ResultSinks sinks;
  if (!json.to_stdout() && !common().quiet) sinks.add(open_sink("text", options));
  options.write = [&json](std::string_view line) { json.write_line(line); };
  if (json.on()) sinks.add(open_sink("json", options));
  const std::pair<const char*, const std::string&> files[] = {
      {"csv", args.csv}, {"events", args.events}, {"events", args.srt}, {"video", args.video}, {"timeline", args.html}};
  for (const auto& [kind, path] : files) {
    options.path = path;
    if (!path.empty()) sinks.add(open_sink(kind, options));
  }
  return sinks;
}

// Before anything is read or written.
void check_stream(const StreamArgs& args) {
  if ((!args.save_state.empty() || !args.load_state.empty()) && args.frames.sources.size() > 1) {
    fail_usage("stream", "expected one source with --save-state or --load-state, got {}", args.frames.sources.size());
  }
  check_ending("--csv", args.csv, Written::kCsv);
  check_ending("--srt", args.srt, Written::kSubtitles);
  check_ending("--events", args.events, Written::kEvents);
  check_ending("--video", args.video, Written::kVideo);
  check_ending("--html", args.html, Written::kPage);
  const bool is_edit_list = ascii_lower(args.events).ends_with(".edl");
  if (args.frames.sources.size() > 1 &&
      (!args.srt.empty() || !args.video.empty() || !args.html.empty() || is_edit_list)) {
    fail_usage("stream", "expected one source for --srt, --video, --html and edit lists, got {}",
               args.frames.sources.size());
  }
  std::vector<std::string> outputs = {json_file(args.output), args.csv, args.srt, args.events, args.video, args.html};
  // A saved state may replace the one that was loaded.
  check_output_names(args.model, args.frames, outputs, {args.load_state});
  outputs.push_back(args.save_state);
  check_outputs(args.model, args.frames, outputs, args.output.force);
  check_ending("--save-state", args.save_state, Written::kState);
}

int stream(const StreamArgs& args) {
  check_stream(args);
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
      const double rate = choice.fps ? *choice.fps : rate_seen(input.info(), opened.config, choice.step);
      const StreamReadout readout = stream_readout(args.model, opened.config, rate, args.load_state);
      if (std::exchange(reason, readout.why) != readout.why) note("{}", readout.why);
      session.emplace(opened.engine, opened.model->make_state(readout.rule), sinks, args.reset_every,
                      args.on_gap == OnGap::kReset);
      if (!args.load_state.empty()) session->state().load(*open_file(args.load_state));
      if (args.frames.sources.size() > 1 && !json.to_stdout() && !common().quiet)
        print_out("==> {} <==\n", terminal_text(source));
      run_to_end(*session, input, source);
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

void add_event_options(CLI::App& verb, StreamArgs& args) {
  verb.add_option("--events", args.events,
                  "file for the events, spans of time in which a class is probable: .csv, or .edl for video editors "
                  "(default: none)");
  verb.add_option("--video", args.video,
                  "file for the frames with classes, time and events painted on them: .mp4, H.264 (default: none)");
  verb.add_option("--html", args.html,
                  "file for a page with probabilities, events and thumbnails over time: .html, or .svg for the curves "
                  "alone (default: none)");
  verb.add_option("--srt", args.srt, "file for the events as subtitles: .srt or .vtt (default: none)");
  const auto add = [&verb](const char* name, std::optional<double>& value, const char* help) {
    return verb.add_option(name, value, std::string(help) + " (default: the model's)");
  };
  add("--event-on", args.rule.on, "probability from which on an event begins")->check(number_over(0));
  add("--event-off", args.rule.off, "probability below which it does not go on")->check(number_from(0));
  add("--event-min", args.rule.min_seconds, "seconds that an event lasts at least")->check(number_from(0));
  add("--event-gap", args.rule.gap_seconds, "seconds of a dip in the probability that do not end it")
      ->check(number_from(0));
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
  add_word_option(*verb, "--on-gap", args->on_gap,
                  "keep or reset the state when a live source goes on after a broken connection");
  verb->add_option("--load-state", args->load_state, "saved state to continue from (default: none, an empty state)");
  verb->add_option("--save-state", args->save_state, "file to save the state in after the last frame (default: none)");
  add_json_option(*verb, args->output);
  verb->add_option("--csv", args->csv, "file for a table with a row per frame (default: none)");
  verb->add_flag("--probs", args->probs, "the probability of every class in --json and --csv (default: off)");
  add_event_options(*verb, *args);
  add_force_option(*verb, args->output);
  verb->callback([args, &run] {
    run = [args] {
      list_sources(args->frames);
      return stream(*args);
    };
  });
}

}  // namespace trecvit::cli
