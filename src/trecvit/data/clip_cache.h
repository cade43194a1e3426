// The frames of clips by number, decoded from their files or kept in memory from an earlier read. The result does not
// depend on what was kept.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "trecvit/video/source.h"

namespace trecvit {

// A sentence about files with several video tracks and which track is read; empty if there are none. choices: by file
// name.
std::string describe_choices(const std::map<std::string, std::string>& choices);

struct ClipCacheOptions {
  int64_t max_bytes = 0;  // of decoded frames; 0: none are kept
  int64_t side = 0;       // pixels: larger frames are reduced to this shorter side, antialiased; 0: as decoded
  int64_t every = 1;      // use one in `every` frames of a video
  int64_t max_pixels = kDefaultMaxPixels;  // per frame, before reduction
};

class ClipCache {
 public:
  explicit ClipCache(const ClipCacheOptions& options);

  // Chooses frames of a video with F frames: numbers from 0 to F - 1 in any order, repetitions allowed.
  using Choose = std::function<std::vector<int64_t>(int64_t frames)>;
  // position: in the list that Choose gave. The picture (bytes) is valid during the call.
  using Take = std::function<void(int64_t position, const ImageView& picture)>;

  // Calls `take` for each position, in unspecified order. All pictures have the size of the first frame, reduced;
  // frames of another size are resized to it. F is the number of frames (one in `every` of them) that the file's header
  // gives, otherwise the number that can be decoded. If a chosen frame turns out to be missing, `choose` is called a
  // second time with the actual number of frames, and positions may be taken twice. A file that was not kept is decoded
  // up to the last chosen frame; one whose header gives no number is counted when it is first read. Thread-safe. Throws
  // Error(kInput) naming the file if it cannot be read.
  void read(const std::string& path, const Choose& choose, const Take& take);

  int64_t bytes() const { return bytes_; }
  // Files that could not be decoded completely so far, by name.
  std::vector<std::string> damaged() const;
  // Files with several video tracks seen so far, by name, and which track is read.
  std::map<std::string, std::string> choices() const;

 private:
  struct Kept {
    int height = 0, width = 0;
    int64_t promised = 0, frames = 0;  // the header's number, and the actual one
    std::vector<uint8_t> pixels;       // [frames, height, width, 3]
  };
  std::shared_ptr<const Kept> kept(const std::string& path);
  std::shared_ptr<const Kept> keep(const std::string& path);
  bool fill(const std::string& path, Kept& clip);
  bool reserve(int64_t bytes);
  std::optional<int64_t> known_count(const std::string& path);
  int64_t count(const std::string& path);
  void note_count(const std::string& path, int64_t frames);
  void note_faults(const std::string& path, const SourceFaults& faults);

  ClipCacheOptions options_;
  std::atomic<int64_t> bytes_ = 0;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Kept>> clips_;  // null: does not fit
  std::map<std::string, int64_t> counts_;                     // frame counts of files that were decoded to their end
  std::set<std::string> damaged_;
  std::map<std::string, std::string> choices_;
};

}  // namespace trecvit
