#include <fmt/format.h>

#include "trecvit/base/stats.h"
#include "trecvit/cli/command.h"
#include "trecvit/cli/options.h"
#include "trecvit/pipeline/prediction.h"
#include "trecvit/pipeline/session.h"
#include "trecvit/pipeline/stream_readout.h"
#include "trecvit/terminal/output.h"
#include "trecvit/terminal/signals.h"

namespace trecvit::cli {
namespace {

struct DemoArgs {
  ModelChoice model;
  std::string source = "synthetic:shapes?frames=120";
};

constexpr double kPrintEverySeconds = 0.5;  // of video

void print_header(const DemoArgs& args, const Model& model, const SourceInfo& info) {
  const ModelConfig& c = model.config();
  print_out("video      {} ({} x {}{}{})\n", terminal_text(args.source), info.width, info.height,
            info.codec.empty() ? "" : ", ", info.codec);
  print_out("model      {}: {:.1f} M parameters, {:.1f} GFLOP per frame, {} thread(s), {} kernels\n", args.model.model,
            static_cast<double>(c.parameter_count()) / 1e6, c.flops_per_frame() / 1e9, args.model.threads,
            model.provider());
  print_out("\n   frame     time   latency   prediction\n");
}

// Prints a line only now and then, because a demonstration should fit on one screen.
class SparseLines : public ResultSink {
 public:
  explicit SparseLines(const ModelConfig& config) : config_(config) {}
  void watch(const StreamState& state) { state_ = &state; }
  size_t first_bytes() const { return first_bytes_; }

  void frame(const FrameResult& result) override {
    if (first_bytes_ == 0) first_bytes_ = state_->bytes();
    if (result.frame.pts_seconds < next_print_) return;
    next_print_ = result.frame.pts_seconds + kPrintEverySeconds;
    const auto top = top_classes_of_logits(result.answer.logits, config_, 1);
    print_out("{:8} {:7.2f}s {:7.2f}ms   class {} ({:.1f} %)\n", result.frame.index, result.frame.pts_seconds,
              result.latency_ms, terminal_text(top[0].label), 100 * static_cast<double>(top[0].prob));
  }

 private:
  const ModelConfig& config_;
  double next_print_ = 0;
  const StreamState* state_ = nullptr;
  size_t first_bytes_ = 0;  // of the state after frame 1
};

int demo(const DemoArgs& args) {
  FrameArgs frames;
  frames.sources = {args.source};
  list_sources(frames, /*single=*/true);
  OpenedModel opened = open_to_run(args.model);
  require_head(opened.config, args.model);
  const ModelConfig& config = opened.config;
  const FrameChoice choice = choice_of(frames, config);
  ModelInput input(frames.sources[0], config, choice);
  const StreamReadout readout = stream_readout(args.model, config, rate_seen(input.info(), config, choice.step));
  if (!readout.why.empty()) note("{}", readout.why);
  print_header(args, *opened.model, input.info());
  SparseLines lines(config);
  Session session(opened.engine, opened.model->make_state(readout.rule), lines);
  lines.watch(session.state());
  const SessionTotals totals = session.run(input, stop_token());
  if (totals.frames == 0) throw_if_signalled();
  if (totals.frames == 0) input.frames().fail_empty();
  print_out(
      "\n{} frames in {:.2f} s: {:.1f} frames/s with decoding; the network itself took {:.2f} ms per frame (median)\n",
      totals.frames, totals.wall_seconds, static_cast<double>(totals.frames) / totals.wall_seconds,
      quantile(totals.latency_ms, 0.5));
  print_out("state {} bytes ({}) after frame 1, {} after frame {}; peak memory {}\n", lines.first_bytes(),
            readable_bytes(static_cast<double>(lines.first_bytes())), session.state().bytes(), totals.frames,
            readable_bytes(static_cast<double>(peak_resident_bytes())));
  report_faults(args.source, totals.faults);
  return stop_signal() != 0 ? 128 + stop_signal() : 0;
}

}  // namespace

void add_demo(CLI::App& app, Run& run) {
  auto args = std::make_shared<DemoArgs>();
  args->model.model = "generated:Ti";
  CLI::App* verb = app.add_subcommand("demo", "Stream a video through a model, start to finish");
  verb->footer("Example: trecvit demo holiday.mp4");
  verb->add_option("SOURCE", args->source, "video file, clip.npz, or synthetic:NAME?seed=1&frames=64&size=224")
      ->capture_default_str();
  add_model_options(*verb, args->model, /*model_required=*/false);
  add_readout_option(*verb, args->model, kStreamReadoutDefault);
  verb->callback([args, &run] { run = [args] { return demo(*args); }; });
}

}  // namespace trecvit::cli
