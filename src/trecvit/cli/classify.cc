#include "trecvit/pipeline/classify.h"

#include <fmt/format.h>

#include "trecvit/cli/command.h"
#include "trecvit/cli/flags.h"
#include "trecvit/cli/options.h"
#include "trecvit/cli/output.h"
#include "trecvit/cli/signals.h"

namespace trecvit::cli {
namespace {

struct Args {
  ModelOptionsArgs model;
  FrameArgs frames;
  OutputArgs output;
  int64_t topk = 5;
  std::optional<int64_t> num_frames;
  bool logits = false;
};

void print_table(const std::string& source, const VideoAnswer& answer, const std::vector<Prediction>& top) {
  fmt::print("{}  {} frames, {:.2f} s", terminal_text(source), answer.frames, answer.seconds);
  if (answer.clips > 1) fmt::print(", {} clips", answer.clips);
  if (answer.dropped > 0) fmt::print(", {} surplus frames left out", answer.dropped);
  fmt::print("\n");
  for (const auto& prediction : top)
    fmt::print("  {:6.4f}  {:>4}  {}\n", prediction.prob, prediction.index, terminal_text(prediction.label));
  flush_stdout();
}

Json to_object(const std::string& source, const VideoAnswer& answer, const std::vector<Prediction>& top, bool logits) {
  Json object{{"schema", "trecvit.classify/1"},
              {"source", source},
              {"frames", answer.frames},
              {"seconds", answer.seconds},
              {"clips", answer.clips},
              {"dropped_frames", answer.dropped},
              {"damaged_packets", answer.faults.damaged_packets},
              {"top", to_json(top)}};
  if (logits) object["logits"] = answer.logits;
  return object;
}

VideoAnswer answer_for(OpenedModel& opened, const Args& args, const std::string& source) {
  Progress progress =
      frame_progress("classify " + source, std::nullopt, args.num_frames ? "frames of two passes" : "frames");
  FrameChoice choice = choice_of(args.frames, opened.config);
  int64_t reads = 0;
  choice.before_frame = [&progress, &reads] {
    throw_if_stopped();
    progress.advance(reads++ > 0);  // the frames before this one
  };
  const auto open = [&] { return ModelInput(source, opened.config, choice); };
  return args.num_frames ? classify_split(opened.engine, opened.state, open, *args.num_frames)
                         : classify_video(opened.engine, opened.state, open);
}

int classify(const Args& args) {
  check_outputs(args.model, args.frames, {json_file(args.output)}, args.output.force);
  OpenedModel opened(args.model);
  require_head(opened.config, args.model);
  JsonLines json(args.output);
  const int code = for_each_source(args.frames.sources, [&](const std::string& source) {
    const VideoAnswer answer = answer_for(opened, args, source);
    const auto top = top_classes(answer.probs, opened.config, args.topk);
    report_faults(source, answer.faults);
    if (!json.to_stdout()) print_table(source, answer, top);
    json.write(to_object(source, answer, top, args.logits));
  });
  json.finish();
  return code;
}

}  // namespace

void add_classify(CLI::App& app, Run& run) {
  auto args = std::make_shared<Args>();
  CLI::App* verb = app.add_subcommand("classify", "Answer with the best classes of a whole video");
  verb->footer("Example: trecvit classify --model trecvit_B.npz --labels kinetics400 cat.mp4");
  add_frame_options(*verb, args->frames, /*several_sources=*/true);
  add_model_options(*verb, args->model);
  add_readout_option(*verb, args->model);
  verb->add_option("--topk", args->topk, "classes to show")->capture_default_str()->check(whole_number(1));
  verb->add_option("--num-frames", args->num_frames,
                   "split into clips of about this many frames, each from an empty state, and average them as the "
                   "published code does (default: one causal pass)")
      ->check(whole_number(1));
  verb->add_flag("--logits", args->logits, "add all logits to the JSON (default: off)");
  add_json_option(*verb, args->output);
  add_force_option(*verb, args->output);
  verb->callback([args, &run] { run = [args] { return classify(*args); }; });
}

}  // namespace trecvit::cli
