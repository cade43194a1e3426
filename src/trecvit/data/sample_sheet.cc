#include "trecvit/data/sample_sheet.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "trecvit/base/error.h"
#include "trecvit/base/stop.h"
#include "trecvit/data/frame_order.h"
#include "trecvit/image/paint.h"
#include "trecvit/image/png.h"

namespace trecvit {
namespace {

constexpr int kGap = 4;                      // pixels between frames
constexpr int64_t kMostPixels = 64'000'000;  // of a sheet

// The layout of a sheet, in pixels.
struct Layout {
  int height_of_frame, width_of_frame, frames, samples;
  int row_height() const { return kTextHeight + height_of_frame + 3 * kGap; }
  int64_t height() const { return int64_t{row_height()} * samples + kGap; }
  int64_t width() const { return int64_t{width_of_frame + kGap} * frames + kGap; }
};

// Rows are spread over the set. In sets that define their own labels the classes alternate, so the rows alternate too.
int64_t sample_of_row(const ClipDataset& set, const DataConfig& data, int64_t row, int64_t rows) {
  const int64_t index = row * set.size() / rows;
  if (data.wrap == Wrap::kNone && !data.source.starts_with("synthetic:")) return index;
  const auto classes = std::ssize(set.classes());
  return std::min(set.size() - 1, index - index % classes + row % classes);
}

// The frames of a clip next to each other, under its name.
void paint_sample(Canvas& sheet, const Layout& layout, int row, const Clip& clip, const std::string& title) {
  const int top = kGap + row * layout.row_height();
  sheet.text({kGap, top}, fit_text(title, sheet.width() - 2 * kGap), {});
  const size_t frame_bytes = clip.pixels.size() / static_cast<size_t>(layout.frames);
  for (int t = 0; t < layout.frames; ++t) {
    const ImageView frame{&clip.pixels[static_cast<size_t>(t) * frame_bytes], PixelType::kU8, layout.height_of_frame,
                          layout.width_of_frame, ptrdiff_t{3} * layout.width_of_frame};
    sheet.blit(frame, {kGap + t * (layout.width_of_frame + kGap), top + kTextHeight + kGap});
  }
}

}  // namespace

SampleSheet paint_sample_sheet(const ClipDataset& set, const SheetOptions& options, int64_t samples,
                               const std::stop_token& stop) {
  const Layout layout{static_cast<int>(options.options.height), static_cast<int>(options.options.width),
                      static_cast<int>(options.options.clip.frames), static_cast<int>(std::min(samples, set.size()))};
  if (layout.height() > kMaxImageSide || layout.width() > kMaxImageSide ||
      layout.height() * layout.width() > kMostPixels) {
    fail_usage("data preview", "expected a sheet of at most {} pixels, got {}x{}; ask for fewer or smaller frames",
               kMostPixels, layout.width(), layout.height());
  }
  Canvas sheet(static_cast<int>(layout.height()), static_cast<int>(layout.width()));
  const Draw draw{options.seed, 0, 0};
  const Reordering order{options.order, options.options.clip.frames, options.options.frame_targets,
                         options.options.training};
  std::set<int64_t> classes;
  for (int row = 0; row < layout.samples; ++row) {
    throw_if_stopped(stop);
    const int64_t index = sample_of_row(set, options.data, row, layout.samples);
    const SampleInfo info = set.info(index);
    classes.insert(info.label);
    const std::string title =
        fmt::format("{}: {}", info.label < 0 ? "no label" : set.classes()[static_cast<size_t>(info.label)], info.name);
    Clip clip = set.load(index, draw);
    reorder_frames(clip, order, {index, draw});
    paint_sample(sheet, layout, row, clip, title);
  }
  return {encode_png(sheet.pixels(), sheet.height(), sheet.width()), layout.samples, std::ssize(classes)};
}

}  // namespace trecvit
