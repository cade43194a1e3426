#include <fmt/format.h>

#include <cstdio>

#include "trecvit/base/error.h"
#include "trecvit/cli/command.h"
#include "trecvit/cli/frame_stream.h"
#include "trecvit/cli/options.h"
#include "trecvit/cli/output.h"
#include "trecvit/cli/signals.h"
#include "trecvit/io/npz.h"

namespace trecvit::cli {
namespace {

struct Args {
  ModelOptionsArgs model;
  FrameArgs frames;
  OutputArgs output;
  std::string out;
  bool tokens = false;
};

// Keeps bytes of unknown number on disk until their array can be written, so that memory stays constant.
class Spool {
 public:
  Spool() : file_(std::tmpfile()) {
    if (!file_) fail(ErrorKind::kResource, "embed", "expected room for a temporary file, got none");
  }
  ~Spool() { std::fclose(file_); }
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  void add(std::span<const float> values) {
    if (std::fwrite(values.data(), sizeof(float), values.size(), file_) != values.size()) fail_disk();
  }
  void copy_to(NpzWriter& writer) {
    if (std::fseek(file_, 0, SEEK_SET) != 0) fail_disk();
    std::vector<std::byte> piece(size_t{1} << 20);
    while (const size_t got = std::fread(piece.data(), 1, piece.size(), file_))
      writer.append(std::span(piece).first(got));
    if (std::ferror(file_)) fail_disk();
  }

 private:
  [[noreturn]] static void fail_disk() {
    fail(ErrorKind::kResource, "embed", "expected room for a temporary file, got a full disk");
  }
  std::FILE* file_;
};

int embed(const Args& args) {
  check_outputs(args.model, args.frames, {args.out}, args.output.force);
  install_signal_handlers();
  const auto model = load_model(args.model);
  const ModelConfig& config = model->config();
  Engine engine(model, args.model.threads);
  StreamState state = model->make_state(readout_of(args.model, config));
  ModelInput input(args.frames.sources[0], config, choice_of(args.frames, config));
  NpzWriter writer(args.out, overwrite_of(args.output.force));
  std::vector<int64_t> index;
  std::vector<double> time;
  Spool features, tokens;
  const auto totals = stream_frames(engine, state, input, 0, [&](const StreamedFrame& frame) {
    index.push_back(frame.input.index);
    time.push_back(frame.input.time_seconds);
    features.add(frame.result.features);
    if (args.tokens) tokens.add(frame.result.tokens);
  });
  if (totals.frames == 0) fail_input(args.frames.sources[0], "expected at least one frame, got none");
  writer.add("frame", HostTensor::from<int64_t>({totals.frames}, index).view());
  writer.add("time_s", HostTensor::from<double>({totals.frames}, time).view());
  writer.begin("cls", {totals.frames, config.width}, DType::kF32);
  features.copy_to(writer);
  if (args.tokens) {
    writer.begin("tokens", {totals.frames, config.tokens(), config.width}, DType::kF32);
    tokens.copy_to(writer);
  }
  writer.finish();
  message("wrote {} frames of {} numbers to {}", totals.frames, config.width, args.out);
  report_faults(args.frames.sources[0], totals.faults);
  return stop_signal() != 0 ? 128 + stop_signal() : 0;
}

}  // namespace

void add_embed(CLI::App& app, Run& run) {
  auto args = std::make_shared<Args>();
  CLI::App* verb = app.add_subcommand("embed", "Write the features of every frame");
  verb->footer("Example: trecvit embed --model trecvit_B.npz clip.mp4 -o clip.features.npz --tokens");
  add_frame_options(*verb, args->frames, /*several_sources=*/false);
  add_model_options(*verb, args->model);
  verb->add_option("-o,--output", args->out, "the .npz to write: frame, time_s, cls [T, D]")->required();
  verb->add_flag("--tokens", args->tokens, "also tokens [T, N, D] (default: off)");
  add_force_option(*verb, args->output);
  verb->callback([args, &run] { run = [args] { return embed(*args); }; });
}

}  // namespace trecvit::cli
