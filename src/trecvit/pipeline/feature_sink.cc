#include <unistd.h>

#include <cerrno>
#include <optional>

#include "trecvit/base/error.h"
#include "trecvit/base/tensor.h"
#include "trecvit/io/disk.h"
#include "trecvit/io/npz.h"
#include "trecvit/pipeline/sink_kinds.h"

namespace trecvit {
namespace {

// Keeps an unknown number of bytes on disk until their array can be written, so that memory stays constant.
class Spool {
 public:
  // In the folder of `output`, which needs that much space anyway; unnamed, so that the system removes it.
  explicit Spool(const std::string& output) : output_(output), descriptor_(open_nameless(output)) {}
  ~Spool() { close(descriptor_); }
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  template <class T>
  void add(std::span<const T> values) {
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

class FeatureSink : public ResultSink {
 public:
  explicit FeatureSink(const SinkOptions& options)
      : config_(*options.config),
        writer_(options.path, options.overwrite),
        indices_(options.path),
        times_(options.path),
        features_(options.path) {
    if (options.tokens) tokens_.emplace(options.path);
  }

  void begin(const SourceInfo& source) override {
    if (begun_) fail_usage("features", "expected one source, got {} as well", source.name);
    begun_ = true;
  }

  void frame(const FrameResult& result) override {
    indices_.add(std::span(&result.frame.index, 1));
    times_.add(std::span(&result.frame.pts_seconds, 1));
    features_.add(result.answer.features);
    if (tokens_) tokens_->add(result.answer.tokens);
    ++frames_;
  }

  void finish() override {
    write("frame", {frames_}, DType::kI64, indices_);
    write("time_s", {frames_}, DType::kF64, times_);
    write("cls", {frames_, config_.width}, DType::kF32, features_);
    if (tokens_) write("tokens", {frames_, config_.tokens(), config_.width}, DType::kF32, *tokens_);
    writer_.finish();
  }

 private:
  void write(const std::string& name, const Shape& shape, DType type, Spool& numbers) {
    writer_.begin(name, shape, type);
    numbers.copy_to(writer_);
  }

  const ModelConfig& config_;
  NpzWriter writer_;
  Spool indices_, times_, features_;
  std::optional<Spool> tokens_;
  int64_t frames_ = 0;
  bool begun_ = false;
};

}  // namespace

std::unique_ptr<ResultSink> open_feature_sink(const SinkOptions& options) {
  return std::make_unique<FeatureSink>(options);
}

}  // namespace trecvit
