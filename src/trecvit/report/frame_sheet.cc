#include "trecvit/report/frame_sheet.h"

#include <algorithm>

#include "trecvit/base/error.h"
#include "trecvit/image/png.h"

namespace trecvit::report {
namespace {

constexpr int kSheetFrameHeight = 64;  // pixels; frames are enlarged up to this height
constexpr int kMostSide = 512;         // pixels; larger frames are reduced
constexpr int kGapOfGroups = 6;
constexpr int kMargin = 4;  // around a name

}  // namespace

void FrameCell::put(Canvas& sheet, FrameBytes frame, const PixelPoint& at) const {
  TRECVIT_CHECK(frame.size() == static_cast<size_t>(height) * static_cast<size_t>(width) * 3);
  for (int y = 0; y < height; y += every) {
    for (int x = 0; x < width; x += every) {
      const uint8_t* rgb = frame.data() + (static_cast<ptrdiff_t>(y) * width + x) * 3;
      sheet.fill({at.x + x / every * zoom, at.y + y / every * zoom, zoom, zoom}, {rgb[0], rgb[1], rgb[2]});
    }
  }
}

FrameCell frame_cell(int64_t height, int64_t width) {
  const auto high = static_cast<int>(height), wide = static_cast<int>(width);
  const int every = (std::max(high, wide) + kMostSide - 1) / kMostSide;
  const int zoom = std::min(kSheetFrameHeight / high, kMostSide / wide);
  return {high, wide, every > 1 ? 1 : std::max(1, zoom), every};
}

Picture paint_rows(std::span<const FrameRow> rows, const FrameCell& cell, int64_t group) {
  TRECVIT_CHECK(!rows.empty() && group > 0);
  const auto count = std::ssize(rows);
  int names = 0;
  size_t longest = 0;
  for (const auto& row : rows) {
    if (!row.name.empty()) names = std::max(names, text_width(row.name) + 2 * kMargin);
    longest = std::max(longest, row.frames.size());
  }
  const auto groups = static_cast<int>((count + group - 1) / group);
  Canvas sheet(static_cast<int>(count) * cell.step_down() - cell.gap + (groups - 1) * kGapOfGroups,
               names + static_cast<int>(longest) * cell.step_right() - cell.gap);
  for (int64_t i = 0; i < count; ++i) {
    const FrameRow& row = rows[static_cast<size_t>(i)];
    const int top = static_cast<int>(i) * cell.step_down() + static_cast<int>(i / group) * kGapOfGroups;
    sheet.text({kMargin, top + (cell.shown_height() - kTextHeight) / 2}, row.name, {});
    for (size_t f = 0; f < row.frames.size(); ++f)
      cell.put(sheet, row.frames[f], {names + static_cast<int>(f) * cell.step_right(), top});
  }
  return {encode_png(sheet.pixels(), sheet.height(), sheet.width()), sheet.height(), sheet.width()};
}

std::vector<int64_t> shown_frames(int64_t frames, int64_t most) {
  const int64_t shown = std::min(frames, most);
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i < shown; ++i) numbers.push_back(i * frames / shown);
  return numbers;
}

std::vector<ShownClip> shown_clips(const ClipDataset& set, int64_t most, uint64_t seed, const Reordering& order) {
  const int64_t size = set.size(), wanted = std::min(size, most);
  std::vector<ShownClip> clips;
  int64_t next = 0;  // the first clip not yet tried
  for (int64_t i = 0; i < wanted; ++i) {
    const size_t before = clips.size();
    for (next = std::max(next, i * size / wanted); next < size && clips.size() == before; ++next) {
      try {
        const Draw draw{seed, 0, 0};
        Clip clip = set.load(next, draw);
        reorder_frames(clip, order, {next, draw});
        clips.push_back({next, std::move(clip.pixels)});
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::kInput) throw;  // the test reports the reason
      }
    }
  }
  return clips;
}

Picture strip_of_frames(std::span<const uint8_t> pixels, int64_t height, int64_t width) {
  const size_t bytes = static_cast<size_t>(height * width) * 3;
  FrameRow row;
  for (const int64_t frame : shown_frames(static_cast<int64_t>(pixels.size() / bytes)))
    row.frames.push_back(pixels.subspan(static_cast<size_t>(frame) * bytes, bytes));
  return paint_rows({&row, 1}, frame_cell(height, width));
}

}  // namespace trecvit::report
