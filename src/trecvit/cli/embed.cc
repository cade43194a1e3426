#include <fmt/format.h>

#include <unistd.h>

#include <cerrno>
#include <optional>

#include "trecvit/cli/command.h"
#include "trecvit/cli/endings.h"
#include "trecvit/cli/flags.h"
#include "trecvit/cli/frame_stream.h"
#include "trecvit/cli/options.h"
#include "trecvit/cli/output.h"
#include "trecvit/cli/signals.h"
#include "trecvit/cli/source_name.h"
#include "trecvit/io/disk.h"
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
  // Beside `output`, where there must be room for as much anyway; without a name, so that it goes away by itself.
  explicit Spool(const std::string& output) : output_(output), descriptor_(open_nameless(output)) {}
  ~Spool() { close(descriptor_); }
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  void add(std::span<const float> values) {
    for (auto bytes = std::as_bytes(values); !bytes.empty();) {
      const ssize_t put = ::write(descriptor_, bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) fail_system(output_, "write its temporary file");
      bytes = bytes.subspan(static_cast<size_t>(put));
    }
  }
  void copy_to(NpzWriter& writer) {
    std::vector<std::byte> piece(size_t{1} << 20);
    for (off_t at = 0;;) {
      const ssize_t got = pread(descriptor_, piece.data(), piece.size(), at);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail_system(output_, "read its temporary file");
      if (got == 0) return;
      writer.append(std::span(piece).first(static_cast<size_t>(got)));
      at += got;
    }
  }

 private:
  std::string output_;
  int descriptor_;
};

int embed(const Args& args) {
  check_ending("embed", args.out, Written::kNumPy);
  check_outputs(args.model, args.frames, {args.out}, args.output.force);
  OpenedModel opened(args.model);
  const ModelConfig& config = opened.config;
  const std::string source = source_of(args.frames.sources[0]);
  const FrameChoice choice = stoppable(choice_of(args.frames, config));
  ModelInput input(source, config, choice);
  NpzWriter writer(args.out, overwrite_of(args.output.force));
  std::vector<int64_t> index;
  std::vector<double> time;
  Spool features(args.out);
  std::optional<Spool> tokens;
  if (args.tokens) tokens.emplace(args.out);
  StreamState state = opened.make_state();
  Progress progress = frame_progress("embed " + source, frames_to_read(input.info(), choice));
  const auto totals = stream_frames(opened.engine, state, input, 0, [&](const StreamedFrame& frame) {
    progress.advance(frame.input.index + 1 - (index.empty() ? 0 : index.back() + 1));
    index.push_back(frame.input.index);
    time.push_back(frame.input.time_seconds);
    features.add(frame.result.features);
    if (tokens) tokens->add(frame.result.tokens);
  });
  if (totals.frames == 0) throw_if_stopped();
  if (totals.frames == 0) input.fail_empty();
  writer.add("frame", HostTensor::from<int64_t>({totals.frames}, index).view());
  writer.add("time_s", HostTensor::from<double>({totals.frames}, time).view());
  writer.begin("cls", {totals.frames, config.width}, DType::kF32);
  features.copy_to(writer);
  if (tokens) {
    writer.begin("tokens", {totals.frames, config.tokens(), config.width}, DType::kF32);
    tokens->copy_to(writer);
  }
  writer.finish();
  note("wrote {} frames of {} numbers to {}", totals.frames, config.width, args.out);
  report_faults(source, totals.faults);
  return stop_signal() != 0 ? 128 + stop_signal() : 0;
}

}  // namespace

void add_embed(CLI::App& app, Run& run) {
  auto args = std::make_shared<Args>();
  CLI::App* verb = app.add_subcommand("embed", "Write the features of every frame");
  verb->footer("Example: trecvit embed --model trecvit_B.npz clip.mp4 -o clip.features.npz --tokens");
  add_frame_options(*verb, args->frames, /*several_sources=*/false);
  add_model_options(*verb, args->model);
  hide(*verb, {"--labels"});
  verb->add_option("-o,--output", args->out, "the .npz to write: frame, time_s, cls [T, D]")->required();
  verb->add_flag("--tokens", args->tokens, "also tokens [T, N, D] (default: off)");
  add_force_option(*verb, args->output);
  verb->callback([args, &run] { run = [args] { return embed(*args); }; });
}

}  // namespace trecvit::cli
