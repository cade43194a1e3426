#include "trecvit/pipeline/classify.h"

#include <fmt/format.h>

#include "trecvit/cli/command.h"
#include "trecvit/cli/options.h"
#include "trecvit/io/endings.h"
#include "trecvit/pipeline/answer_table.h"
#include "trecvit/pipeline/result_json.h"
#include "trecvit/pipeline/session.h"
#include "trecvit/terminal/flags.h"
#include "trecvit/terminal/output.h"
#include "trecvit/terminal/signals.h"

namespace trecvit::cli {
namespace {

struct ClassifyArgs {
  ModelChoice model;
  FrameArgs frames;
  OutputArgs output;
  int64_t topk = 5;
  std::optional<int64_t> num_frames;
  bool logits = false;
  std::string csv;
};

void print_answer(const VideoAnswer& answer, const std::vector<Prediction>& top) {
  print_out("{}  {} frames, {:.2f} s", terminal_text(answer.source), answer.frames, answer.seconds);
  if (answer.clips > 1) print_out(", {} clips", answer.clips);
  if (answer.dropped > 0) print_out(", {} surplus frames dropped", answer.dropped);
  print_out("\n");
  for (const auto& prediction : top)
    print_out("  {:6.4f}  {:>4}  {}\n", prediction.prob, prediction.index, terminal_text(prediction.label));
}

VideoAnswer answer_for(OpenedModel& opened, StreamState& state, const ClassifyArgs& args, const std::string& source) {
  std::optional<Progress> progress;
  const FrameChoice choice = choice_of(args.frames, opened.config);
  const auto open = [&] {
    ModelInput input(source, opened.config, choice);
    const auto total = frames_to_read(input.info(), choice);
    const std::string what = "classify " + source;
    if (!progress && args.num_frames) {
      progress.emplace(frame_progress(what, total ? std::optional(2 * *total) : total, "frames of two passes"));
    } else if (!progress) {
      progress.emplace(frame_progress(what, total));
    }
    input.frames().report_to(*progress);
    return input;
  };
  return args.num_frames ? classify_split(opened.engine, state, open, *args.num_frames)
                         : classify_video(opened.engine, state, open);
}

int classify(const ClassifyArgs& args) {
  check_ending("--csv", args.csv, Written::kCsv);
  check_outputs(args.model, args.frames, {json_file(args.output), args.csv}, args.output.force);
  OpenedModel opened = open_to_run(args.model);
  require_head(opened.config, args.model);
  StreamState state = opened.make_state();
  JsonLines json(args.output);
  std::optional<AnswerTable> table;
  if (!args.csv.empty()) table.emplace(args.csv, overwrite_of(args.output.force), args.topk, opened.config);
  const int code = for_each_source(args.frames.sources, [&](const std::string& source) {
    const VideoAnswer answer = answer_for(opened, state, args, source);
    const auto top = top_classes(answer.probs, opened.config, args.topk);
    report_faults(source, answer.faults);
    if (!json.to_stdout()) print_answer(answer, top);
    json.write(to_json(answer, top, args.logits));
    if (table) table->add(answer, top);
  });
  json.finish(code);
  if (table) table->finish();
  return code;
}

}  // namespace

void add_classify(CLI::App& app, Run& run) {
  auto args = std::make_shared<ClassifyArgs>();
  CLI::App* verb = app.add_subcommand("classify", "Classify whole videos and show the most likely classes");
  verb->footer("Example: trecvit classify --model trecvit_B.npz --labels kinetics400 cat.mp4");
  add_frame_options(*verb, args->frames, /*several_sources=*/true);
  add_model_options(*verb, args->model);
  add_readout_option(*verb, args->model);
  verb->add_option("--topk", args->topk, "classes to show")->capture_default_str()->check(whole_number(1));
  verb->add_option("--num-frames", args->num_frames,
                   "split the video into clips of about this many frames, each from an empty state, and average their "
                   "predictions as the published code does (default: one causal pass)")
      ->check(whole_number(1));
  verb->add_flag("--logits", args->logits, "add all logits to the JSON (default: off)");
  add_json_option(*verb, args->output);
  verb->add_option("--csv", args->csv, "file for a table with a row per source (default: none)");
  add_force_option(*verb, args->output);
  verb->callback([args, &run] {
    run = [args] {
      list_sources(args->frames);
      return classify(*args);
    };
  });
}

}  // namespace trecvit::cli
