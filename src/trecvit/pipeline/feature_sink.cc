#include <unistd.h>

#include <cerrno>
#include <optional>

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

class FeatureSink : public ResultSink {
 public:
  explicit FeatureSink(const SinkOptions& options)
      : config_(*options.config), writer_(options.path, options.overwrite), features_(options.path) {
    if (options.tokens) tokens_.emplace(options.path);
  }

  void frame(const FrameResult& result) override {
    indices_.push_back(result.index);
    times_.push_back(result.time_seconds);
    features_.add(result.answer.features);
    if (tokens_) tokens_->add(result.answer.tokens);
  }

  void finish() override {
    const int64_t frames = std::ssize(indices_);
    writer_.add("frame", HostTensor::from<int64_t>({frames}, indices_).view());
    writer_.add("time_s", HostTensor::from<double>({frames}, times_).view());
    writer_.begin("cls", {frames, config_.width}, DType::kF32);
    features_.copy_to(writer_);
    if (tokens_) {
      writer_.begin("tokens", {frames, config_.tokens(), config_.width}, DType::kF32);
      tokens_->copy_to(writer_);
    }
    writer_.finish();
  }

 private:
  const ModelConfig& config_;
  NpzWriter writer_;
  std::vector<int64_t> indices_;
  std::vector<double> times_;
  Spool features_;
  std::optional<Spool> tokens_;
};

}  // namespace

std::unique_ptr<ResultSink> open_feature_sink(const SinkOptions& options) {
  return std::make_unique<FeatureSink>(options);
}

}  // namespace trecvit
