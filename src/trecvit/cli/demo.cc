#include <fmt/format.h>

#include "trecvit/base/stats.h"
#include "trecvit/cli/command.h"
#include "trecvit/cli/frame_stream.h"
#include "trecvit/cli/options.h"
#include "trecvit/cli/output.h"
#include "trecvit/cli/signals.h"
#include "trecvit/cli/source_name.h"
#include "trecvit/cli/stream_readout.h"

namespace trecvit::cli {
namespace {

struct Args {
  ModelOptionsArgs model;
  std::string source = "synthetic:shapes?frames=120";
};

constexpr double kPrintEverySeconds = 0.5;  // of video

void print_header(const Args& args, const Model& model, const SourceInfo& info) {
  const ModelConfig& c = model.config();
  print_out("video      {} ({} x {}{}{})\n", terminal_text(args.source), info.width, info.height,
            info.codec.empty() ? "" : ", ", info.codec);
  print_out("model      {}: {:.1f} M parameters, {:.1f} GFLOP a frame, {} thread(s), {} kernels\n", args.model.model,
            static_cast<double>(c.parameter_count()) / 1e6, c.flops_per_frame() / 1e9, args.model.threads,
            model.provider());
  print_out("\n   frame     time   latency   prediction\n");
}

int demo(const Args& args) {
  OpenedModel opened(args.model);
  require_head(opened.config, args.model);
  const ModelConfig& config = opened.config;
  const FrameChoice choice = choice_of({}, config);
  ModelInput input(source_of(args.source), config, stoppable(choice));
  const StreamReadout readout = stream_readout(args.model, config, rate_seen(input.info(), config, choice.step));
  if (!readout.why.empty()) note("{}", readout.why);
  StreamState state = opened.model->make_state(readout.rule);
  print_header(args, *opened.model, input.info());
  double next_print = 0;
  size_t first_bytes = 0;
  const auto totals = stream_frames(opened.engine, state, input, 0, [&](const StreamedFrame& frame) {
    if (first_bytes == 0) first_bytes = state.bytes();
    if (frame.input.time_seconds < next_print) return;
    next_print = frame.input.time_seconds + kPrintEverySeconds;
    const auto top = top_classes_of_logits(frame.result.logits, config, 1);
    print_out("{:8} {:7.2f}s {:7.2f}ms   class {} ({:.1f} %)\n", frame.input.index, frame.input.time_seconds,
              frame.latency_ms, terminal_text(top[0].label), 100 * static_cast<double>(top[0].prob));
  });
  if (totals.frames == 0) throw_if_stopped();
  if (totals.frames == 0) input.fail_empty();
  print_out(
      "\n{} frames in {:.2f} s: {:.1f} frames/s with decoding; the network alone took {:.2f} ms a frame (median)\n",
      totals.frames, totals.wall_seconds, static_cast<double>(totals.frames) / totals.wall_seconds,
      quantile(totals.latency_ms, 0.5));
  print_out("state {} bytes ({}) after frame 1, {} after frame {}; peak memory {}\n", first_bytes,
            readable_bytes(static_cast<double>(first_bytes)), state.bytes(), totals.frames,
            readable_bytes(static_cast<double>(peak_resident_bytes())));
  report_faults(args.source, totals.faults);
  return stop_signal() != 0 ? 128 + stop_signal() : 0;
}

}  // namespace

void add_demo(CLI::App& app, Run& run) {
  auto args = std::make_shared<Args>();
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
