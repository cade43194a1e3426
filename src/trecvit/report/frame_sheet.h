// Frames of clips as pictures for people; small frames are enlarged and large ones reduced by whole factors.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "trecvit/data/clip_dataset.h"
#include "trecvit/data/frame_order.h"
#include "trecvit/image/paint.h"
#include "trecvit/report/report.h"

namespace trecvit::report {

// A frame [height, width, 3].
using FrameBytes = std::span<const uint8_t>;

// The space that a frame occupies on a sheet, with the gap to the next one.
struct FrameCell {
  int height = 0, width = 0;  // of a frame, pixels
  int zoom = 1;               // sheet pixels for each frame pixel
  int every = 1;              // shows one in `every` pixels of the frame, in both directions
  int gap = 2;

  int shown_height() const { return (height - 1) / every * zoom + zoom; }
  int shown_width() const { return (width - 1) / every * zoom + zoom; }
  int step_down() const { return shown_height() + gap; }
  int step_right() const { return shown_width() + gap; }
  void put(Canvas& sheet, FrameBytes frame, const PixelPoint& at) const;
};
// Enlarged by a whole factor to at most 64 pixels of height, or reduced until no side is over 512.
FrameCell frame_cell(int64_t height, int64_t width);

// Frames side by side, preceded by the name if there is one.
struct FrameRow {
  std::string name;
  std::vector<FrameBytes> frames;
};
// Rows stacked vertically, with a wider gap after every `group` rows. At least one row must have a frame.
Picture paint_rows(std::span<const FrameRow> rows, const FrameCell& cell, int64_t group = 1);

// The numbers of at most `most` evenly spaced frames out of T.
std::vector<int64_t> shown_frames(int64_t frames, int64_t most = 8);

// The first views of at most `most` evenly spaced clips of a set, with their numbers and with their frames in the given
// order. A clip that cannot be read is replaced by the next one that can.
struct ShownClip {
  int64_t index = 0;
  std::vector<uint8_t> pixels;  // [T, H, W, 3]
};
std::vector<ShownClip> shown_clips(const ClipDataset& set, int64_t most, uint64_t seed, const Reordering& order = {});

// pixels [T, height, width, 3]: a row of at most eight frames.
Picture strip_of_frames(std::span<const uint8_t> pixels, int64_t height, int64_t width);

}  // namespace trecvit::report
