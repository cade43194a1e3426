#include "trecvit/video/synthetic_source.h"

#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/synth/catalog.h"

namespace trecvit {
namespace {

class SyntheticSource : public FrameSource {
 public:
  SyntheticSource(const std::string& name, const SynthSpec& spec)
      : spec_(spec), generator_(make_generator(spec)), rgb_(spec.size.bytes()) {
    info_.name = name;
    info_.height = spec.size.height;
    info_.width = spec.size.width;
    info_.format = "synthetic";
    info_.fps_from_header = spec.fps;
    info_.frames_from_header = spec.frames;
    info_.duration_seconds_from_header = static_cast<double>(spec.frames) / spec.fps;
  }

  const SourceInfo& info() const override { return info_; }

  std::optional<Frame> next() override {
    if (index_ == spec_.frames) return std::nullopt;
    const int64_t index = index_++;
    generator_->render(index, rgb_);
    const ImageView image{rgb_.data(), PixelType::kU8, info_.height, info_.width, ptrdiff_t{3} * info_.width};
    return Frame{image, index, static_cast<double>(index) / spec_.fps, 1 / spec_.fps};
  }

 private:
  SynthSpec spec_;
  std::unique_ptr<FrameGenerator> generator_;
  std::vector<uint8_t> rgb_;
  SourceInfo info_;
  int64_t index_ = 0;
};

}  // namespace

std::unique_ptr<FrameSource> open_synthetic(const std::string& name, std::string_view text,
                                            const SourceOptions& options) {
  const SynthSpec spec = parse_synth_spec(text);
  const int64_t pixels = int64_t{spec.size.height} * spec.size.width;
  if (pixels > options.max_pixels) {
    fail_usage("synthetic", "expected at most {0} pixels per frame, got {1}; --max-pixels {1} allows it",
               options.max_pixels, pixels);
  }
  return std::make_unique<SyntheticSource>(name, spec);
}

}  // namespace trecvit
