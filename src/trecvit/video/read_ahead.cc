#include "trecvit/video/read_ahead.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/recycling_queue.h"
#include "trecvit/base/stop.h"

namespace trecvit {
namespace {

using Clock = std::chrono::steady_clock;

size_t room_for(const SourceInfo& info, int64_t frames) {
  const int64_t pixels = std::max<int64_t>(int64_t{info.width} * info.height, 1);
  return static_cast<size_t>(std::clamp<int64_t>(kMaxPixelsWaiting / pixels, 1, frames));
}

ReadAheadOptions checked(const ReadAheadOptions& options) {
  if (options.frames >= 1 && options.max_latency_seconds > 0) return options;
  fail_usage("read-ahead", "expected 1 frame or more and a latency over 0 s, got {} and {}", options.frames,
             options.max_latency_seconds);
}

class ReadAhead : public FrameSource {
 public:
  ReadAhead(const OpenToReadAhead& open, const std::stop_token& stop,
            const std::function<ReadAheadOptions(const SourceInfo& info)>& choose)
      : on_stop_(stop, Forward{&stop_}),
        source_(open(stop_.get_token())),
        info_(source_->info()),
        options_(checked(choose(info_))),
        waiting_(room_for(info_, options_.frames)),
        faults_(source_->faults()),
        reader_([this] { read_all(); }) {}

  ~ReadAhead() override {
    stop_.request_stop();
    waiting_.leave();
    reader_.join();
  }

  const SourceInfo& info() const override { return info_; }

  bool read(Frame& frame) override {
    throw_if_stopped(stop_.get_token());
    const auto latest = Clock::now();
    const auto is_old = [&](const Frame& waiting) {
      return std::chrono::duration<double>(latest - waiting.arrived).count() > options_.max_latency_seconds;
    };
    if (!waiting_.take(frame, is_old, skip)) return false;
    frame.skipped = frame.index - taken_++;
    return true;
  }

  SourceFaults faults() const override {
    const std::lock_guard lock(faults_mutex_);
    return faults_;
  }

 private:
  struct Forward {
    std::stop_source* to;
    void operator()() const { to->request_stop(); }
  };

  static void skip(const Frame& old, Frame& next) { next.after_gap = next.after_gap || old.after_gap; }

  void read_all() noexcept {
    try {
      Frame frame;
      bool is_wanted = true;
      while (is_wanted && source_->read(frame)) {
        frame.arrived = Clock::now();
        keep_faults();
        is_wanted = options_.skips ? waiting_.put_over(frame, skip) : waiting_.put(frame);
      }
      keep_faults();
      waiting_.end();
    } catch (...) {
      waiting_.end(std::current_exception());
    }
  }

  void keep_faults() {
    SourceFaults now = source_->faults();
    const std::lock_guard lock(faults_mutex_);
    faults_ = std::move(now);
  }

  std::stop_source stop_;
  std::stop_callback<Forward> on_stop_;
  std::unique_ptr<FrameSource> source_;
  SourceInfo info_;
  ReadAheadOptions options_;
  RecyclingQueue<Frame> waiting_;
  int64_t taken_ = 0;
  mutable std::mutex faults_mutex_;
  SourceFaults faults_;
  std::thread reader_;  // the last member: it uses the others
};

}  // namespace

std::unique_ptr<FrameSource> read_ahead(const OpenToReadAhead& open, const std::stop_token& stop,
                                        const std::function<ReadAheadOptions(const SourceInfo& info)>& choose) {
  return std::make_unique<ReadAhead>(open, stop, choose);
}

}  // namespace trecvit
