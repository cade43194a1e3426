#include <fmt/format.h>

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "trecvit/base/error.h"
#include "trecvit/cli/command.h"
#include "trecvit/cli/flags.h"
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
  // Beside `output`, where there must be room for as much anyway; without a name, so that it goes away by itself.
  explicit Spool(const std::string& output) {
    std::string name = output + ".spool-XXXXXX";
    const int descriptor = mkstemp(name.data());
    if (descriptor >= 0) unlink(name.c_str());
    file_ = descriptor >= 0 ? fdopen(descriptor, "w+b") : nullptr;
    if (!file_) {
      const std::string reason = std::strerror(errno);
      if (descriptor >= 0) close(descriptor);
      fail(ErrorKind::kResource, output, "expected room for a temporary file beside it, got: {}", reason);
    }
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
    fail(ErrorKind::kResource, "embed", "expected to write a temporary file, got: {}", std::strerror(errno));
  }
  std::FILE* file_ = nullptr;
};

int embed(const Args& args) {
  check_outputs(args.model, args.frames, {args.out}, args.output.force);
  OpenedModel opened(args.model);
  const ModelConfig& config = opened.config;
  const std::string source = with_seed(args.frames.sources[0]);
  ModelInput input(source, config, stoppable(choice_of(args.frames, config)));
  NpzWriter writer(args.out, overwrite_of(args.output.force));
  std::vector<int64_t> index;
  std::vector<double> time;
  Spool features(args.out);
  std::optional<Spool> tokens;
  if (args.tokens) tokens.emplace(args.out);
  Progress progress = frame_progress("embed " + source, std::nullopt);
  const auto totals = stream_frames(opened.engine, opened.state, input, 0, [&](const StreamedFrame& frame) {
    progress.advance();
    index.push_back(frame.input.index);
    time.push_back(frame.input.time_seconds);
    features.add(frame.result.features);
    if (tokens) tokens->add(frame.result.tokens);
  });
  if (totals.frames == 0) throw_if_stopped();
  if (totals.frames == 0) fail_input(source, "expected at least one frame, got none");
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
  verb->add_option("-o,--output", args->out, "the .npz to write: frame, time_s, cls [T, D]")
      ->required()
      ->check(non_empty());
  verb->add_flag("--tokens", args->tokens, "also tokens [T, N, D] (default: off)");
  add_force_option(*verb, args->output);
  verb->callback([args, &run] { run = [args] { return embed(*args); }; });
}

}  // namespace trecvit::cli
