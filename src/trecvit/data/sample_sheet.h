// Samples of a set as a picture: one row of frames per sample, as a training run sees them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <vector>

#include "trecvit/data/clip_dataset.h"

namespace trecvit {

// What is painted.
struct SheetOptions {
  DataConfig data;
  ClipOptions options;  // with which the set was opened
  uint64_t seed = 1;
  FrameOrder order = FrameOrder::kAsIs;
};

struct SampleSheet {
  std::vector<std::byte> png;
  int64_t samples = 0, classes = 0;  // on the sheet
};

// At most `samples` samples, spread over the set. Throws Error(kUsage) for a sheet of over 64 million pixels, Error as
// the set does, Stopped.
SampleSheet paint_sample_sheet(const ClipDataset& set, const SheetOptions& options, int64_t samples,
                               const std::stop_token& stop = {});

}  // namespace trecvit
