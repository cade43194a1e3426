// Batches of clips, prefetched by worker threads, in an order that does not depend on the number of threads.
#pragma once

#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "trecvit/data/frame_order.h"

namespace trecvit {

struct LoaderOptions {
  Order order = Order::kInTurn;
  uint64_t seed = 1;
  int64_t batch = 16;    // clips
  int64_t workers = 1;   // 0: the caller makes the clips
  int64_t prefetch = 4;  // batches
  BadFiles bad_files = BadFiles::kFail;
  double bad_limit = 0.1;
  int64_t first_batch = 0;      // where to begin; earlier batches are not made
  int64_t part = 0, parts = 1;  // this is loader `part` of `parts` that take batches in turn; not with kInTurn
  std::set<int64_t> known_bad;  // samples found to be bad in earlier batches
  Reordering frames;
};

struct Batch {
  int64_t clips = 0;            // B; fewer at the end of kInTurn and if bad files are skipped, possibly none
  std::vector<int64_t> index;   // [B] indices of the samples
  std::vector<int64_t> label;   // [B]
  std::vector<uint8_t> pixels;  // [B, T, H, W, 3]
  std::vector<float> targets;   // [B, C] or [B, T, C]
  std::vector<float> motion;    // [B, T, rows, columns, 2], or empty
};

class Loader {
 public:
  // The set must outlive the loader.
  Loader(const ClipDataset& dataset, const LoaderOptions& options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // The next batch; nothing at the end of kInTurn (the other orders have no end). Throws Error(kInput) for a bad file
  // with BadFiles::kFail, and, with a list, if more than bad_limit of the set is bad. After an exception the loader can
  // no longer be used. One thread.
  std::optional<Batch> next();
  // Number of batches in one pass through the set; the last one may be smaller.
  int64_t batches() const;

  // Files that could not be read so far, each once, in the order in which they were due, with the reason.
  const std::vector<std::pair<std::string, std::string>>& bad() const { return bad_; }
  // All bad samples by index, including known_bad.
  const std::set<int64_t>& bad_samples() const { return known_bad_; }
  // Total time spent in next(): how long the caller waited for clips.
  double waited_seconds() const { return waited_seconds_; }

 private:
  struct Made {
    bool ready = false;
    int64_t index = 0;
    std::optional<Clip> clip;
    std::vector<std::pair<int64_t, std::string>> faults;  // sample and reason
    std::exception_ptr failure;                           // any other exception: rethrown by next()
  };
  void stop();
  void work();
  Made make(int64_t position, const Choice& choice) const;
  Made take(int64_t position);
  int64_t in_order(int64_t position) const;
  void note_faults(const Made& made);
  static void append(Batch& batch, Made& made);

  const ClipDataset& dataset_;
  LoaderOptions options_;
  SampleOrder order_;
  int64_t position_, end_;  // of the consumer
  std::vector<std::pair<std::string, std::string>> bad_;
  std::set<int64_t> known_bad_;
  double waited_seconds_ = 0;

  std::mutex mutex_;
  std::condition_variable room_, ready_;
  std::vector<Made> ring_;  // indexed by position modulo its size
  int64_t next_task_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace trecvit
