// A tiny run on procedural clips, which takes a second on one core.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/errors.h"
#include "support/temp_dir.h"
#include "support/tiny_model.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/train/trainer.h"

namespace trecvit::test {

inline const std::string kTinyRun = std::string("name = 'tiny'\nseed = 3\n") + kTinyModel + R"(
[data.train]
source = "synthetic:camera_moves?classes=directions&objects=1&pool=4"
clips = 24
[data.val]
source = "synthetic:camera_moves?classes=directions&objects=1&pool=4"
clips = 8
[clip]
frames = 4
[optimizer]
learning_rate = 1e-3
warmup = 2
[run]
steps = 8
batch = 4
eval_every = 4
save_every = 3
log_every = 1
threads = 1
)";

inline TrainConfig tiny_config(const std::vector<std::string>& changes = {}) {
  return parse_train_config(kTinyRun, "tiny", changes);
}

inline std::string bytes_of(const std::string& path) { return read_text(*open_file(path), uint64_t{1} << 30); }

// Requests a stop after some steps, before what is due after the last of them, such as a test.
class StopAfter : public ProgressSink {
 public:
  // most: steps of this process; -1: never stops.
  explicit StopAfter(int64_t most) : most_(most) {
    if (most == 0) stop_.request_stop();
  }
  void advance(int64_t steps) override {
    done_ += steps;
    if (done_ == most_) stop_.request_stop();
  }
  void give_to(train::TrainRequest& request) {
    request.steps_done = this;
    request.stop = stop_.get_token();
  }

 private:
  int64_t most_, done_ = 0;
  std::stop_source stop_;
};

// Trains in `folder`. If `most` is not negative, requests a stop after that many steps, before a test that is due then.
inline train::TrainOutcome run_in(const std::string& folder, const TrainConfig& config, int64_t most = -1,
                                  bool resume = false) {
  std::filesystem::create_directories(folder);
  train::TrainRequest request;
  request.config = config;
  request.folder = folder;
  request.resume = resume;
  request.progress = ProgressMode::kNone;
  StopAfter stop(most);
  stop.give_to(request);
  return train::train(request);
}

}  // namespace trecvit::test
