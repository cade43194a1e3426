// Frames of clips as pictures for people, small ones enlarged and large ones reduced by whole numbers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "trecvit/data/clip_dataset.h"
#include "trecvit/data/frame_order.h"
#include "trecvit/image/draw.h"
#include "trecvit/report/report.h"

namespace trecvit::report {

// A frame [height, width, 3].
using FrameBytes = std::span<const uint8_t>;

// The place that a frame takes on a sheet, with the gap to the next.
struct FrameCell {
  int height = 0, width = 0;  // of a frame, pixels
  int zoom = 1;               // pixels of the sheet for each of the frame
  int every = 1;              // of the frame's pixels, one in so many in both directions
  int gap = 2;

  int shown_height() const { return (height - 1) / every * zoom + zoom; }
  int shown_width() const { return (width - 1) / every * zoom + zoom; }
  int step_down() const { return shown_height() + gap; }
  int step_right() const { return shown_width() + gap; }
  void put(Canvas& sheet, FrameBytes frame, const PixelPoint& at) const;
};
// Enlarged as often as it goes with a height of 64 pixels, reduced until no side is over 512.
FrameCell frame_cell(int64_t height, int64_t width);

// Frames side by side, with a name before them if there is one.
struct FrameRow {
  std::string name;
  std::vector<FrameBytes> frames;
};
// Rows one under the other; after each `group` of them a wider gap. At least one row with a frame.
Picture draw_rows(std::span<const FrameRow> rows, const FrameCell& cell, int64_t group = 1);

// Of T frames at most `most`, evenly chosen: their numbers.
std::vector<int64_t> shown_frames(int64_t frames, int64_t most = 8);

// At most `most` clips of a set, evenly chosen, the first view of each, with their numbers and their frames in this
// order; for one that cannot be read the next that can.
struct ShownClip {
  int64_t index = 0;
  std::vector<uint8_t> pixels;  // [T, H, W, 3]
};
std::vector<ShownClip> shown_clips(const ClipDataset& set, int64_t most, uint64_t seed, const Reordering& order = {});

// pixels [T, height, width, 3]: a row of at most eight frames.
Picture strip_of_frames(std::span<const uint8_t> pixels, int64_t height, int64_t width);

}  // namespace trecvit::report
