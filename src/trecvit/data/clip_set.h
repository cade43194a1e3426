// The clips of a list, ready for cropping and augmentation; shared by all sets over real video.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "trecvit/base/random.h"
#include "trecvit/data/clip_cache.h"
#include "trecvit/data/clip_dataset.h"
#include "trecvit/data/clip_rows.h"

namespace trecvit {

class ClipSet {
 public:
  ClipSet(ClipRows rows, const ClipOptions& options);

  int64_t size() const { return static_cast<int64_t>(rows_.rows.size()); }
  const ClipRow& row(int64_t i) const { return rows_.rows[static_cast<size_t>(i)]; }
  const std::vector<std::string>& classes() const { return rows_.classes; }
  const ClipOptions& options() const { return options_; }
  std::vector<std::string> summary() const { return describe(rows_); }
  // As in ClipDataset, about the clips that read() has seen.
  std::vector<std::string> remarks() const;
  // As in ClipDataset.
  int64_t frame_stride() const;
  uint64_t fingerprint() const;
  // Views of a clip in testing, over time and space; 1 in training.
  int64_t views() const;
  // The temporal clip and the crop of a view.
  int64_t time_of(int64_t view) const { return view / options_.clip.crops; }
  int64_t crop_of(int64_t view) const { return view % options_.clip.crops; }

  struct Request {
    ClipCache::Choose choose;  // which frames, in which order
    RandomStream look;         // for training
    int64_t crop = 0;          // for testing
  };
  // Writes the chosen frames as they appear in a clip: [n, H, W, 3], with n from the size of `out`. Thread-safe. Throws
  // Error(kInput) naming the file.
  void read(int64_t row, const Request& request, std::span<uint8_t> out) const;

  // The frames of a row as they are in its file, reduced for the cache if the options say so.
  ClipCache& cache() const { return *cache_; }

  // Memory for a clip's pixels; Clip::targets with the given labels set, out of `count` classes.
  std::vector<uint8_t> empty_pixels() const;
  std::vector<float> make_targets(std::span<const int64_t> labels, size_t count) const;

 private:
  ClipRows rows_;
  ClipOptions options_;
  std::unique_ptr<ClipCache> cache_;
  mutable std::mutex mutex_;
  mutable std::set<int64_t> short_;  // rows with fewer frames than a clip needs
};

// The random numbers of one sample in training, for one purpose.
RandomStream sample_stream(std::string_view purpose, int64_t index, const Draw& draw);

}  // namespace trecvit
