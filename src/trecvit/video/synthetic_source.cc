#include "trecvit/video/synthetic_source.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/stop.h"
#include "trecvit/synth/catalog.h"

namespace trecvit {
namespace {

constexpr std::string_view kPrefix = "synthetic:";

class SyntheticSource : public FrameSource {
 public:
  SyntheticSource(const std::string& name, const SynthSpec& spec, std::stop_token stop)
      : spec_(spec), stop_(std::move(stop)), generator_(make_generator(spec)) {
    info_.name = name;
    info_.height = spec.size.height;
    info_.width = spec.size.width;
    info_.format = "synthetic";
    info_.fps_from_header = spec.fps;
    info_.frames_from_header = spec.frames;
    info_.duration_seconds_from_header = static_cast<double>(spec.frames) / spec.fps;
  }

  const SourceInfo& info() const override { return info_; }

  bool read(Frame& frame) override {
    throw_if_stopped(stop_);
    if (index_ == spec_.frames) return false;
    std::byte* pixels = frame.image.resize(PixelType::kU8, info_.height, info_.width);
    generator_->render(index_, {reinterpret_cast<uint8_t*>(pixels), spec_.size.bytes()});
    frame.index = index_++;
    frame.pts_seconds = static_cast<double>(frame.index) / spec_.fps;
    frame.duration_seconds = 1 / spec_.fps;
    return true;
  }

 private:
  SynthSpec spec_;
  std::stop_token stop_;
  std::unique_ptr<FrameGenerator> generator_;
  SourceInfo info_;
  int64_t index_ = 0;
};

}  // namespace

bool is_synthetic_name(const std::string& source) { return source.starts_with(kPrefix); }

std::unique_ptr<FrameSource> open_synthetic(const std::string& given, const SourceOptions& options) {
  std::string source = given;
  if (options.seed && source.find("seed=") == std::string::npos)
    source += fmt::format("{}seed={}", source.find('?') == std::string::npos ? '?' : '&', *options.seed);
  const SynthSpec spec = parse_synth_spec(std::string_view(source).substr(kPrefix.size()));
  const int64_t pixels = int64_t{spec.size.height} * spec.size.width;
  if (pixels > options.max_pixels) {
    fail_usage("synthetic", "expected at most {0} pixels per frame, got {1}; --max-pixels {1} allows it",
               options.max_pixels, pixels);
  }
  return std::make_unique<SyntheticSource>(source, spec, options.stop);
}

}  // namespace trecvit
