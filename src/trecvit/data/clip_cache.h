// The frames of clips by number, decoded from their files or kept in memory from an earlier time. What is delivered
// does not depend on what was kept.
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

// A sentence on files of several video tracks, by name, and which is read; empty where there are none.
std::string describe_choices(const std::map<std::string, std::string>& choices);

struct ClipCacheOptions {
  int64_t max_bytes = 0;  // of decoded frames; 0: none are kept
  int64_t side = 0;       // pixels: larger frames are reduced to this shorter side, antialiased; 0: as decoded
  int64_t every = 1;      // of a video's frames, one in so many is there
  int64_t max_pixels = kDefaultMaxPixels;  // of one frame, before it is reduced
};

class ClipCache {
 public:
  explicit ClipCache(const ClipCacheOptions& options);

  // The frames that a video of F frames gives, as numbers from 0 to F - 1 in any order, with repetitions.
  using Choose = std::function<std::vector<int64_t>(int64_t frames)>;
  // position: in the list that Choose gave. The picture, bytes, is valid during the call.
  using Take = std::function<void(int64_t position, const ImageView& picture)>;

  // Calls `take` for each position, in no certain order, all pictures of one size: the first frame's, reduced; frames
  // of another size are resized to it. F is the number of frames (one in `every` of them) that the file's header gives,
  // else what can be decoded. Where a chosen frame turns out not to be there, `choose` is called a second time with the
  // number of those that are, and positions may be taken twice. A file that was not kept is decoded up to the last
  // frame chosen, one whose header gives no number is counted when it is first seen.
  // Thread-safe. Throws Error(kInput) naming the file where it cannot be read.
  void read(const std::string& path, const Choose& choose, const Take& take);

  int64_t bytes() const { return bytes_; }
  // Files that could not be decoded completely so far, by name.
  std::vector<std::string> damaged() const;
  // Files of several video tracks so far, by name, and which of them is read.
  std::map<std::string, std::string> choices() const;

 private:
  struct Kept {
    int height = 0, width = 0;
    int64_t promised = 0, frames = 0;  // as the header says, and as there are
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
  std::map<std::string, int64_t> counts_;                     // frames of files that were decoded to their end
  std::set<std::string> damaged_;
  std::map<std::string, std::string> choices_;
};

}  // namespace trecvit
