#include "trecvit/video/live_source.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/log.h"
#include "trecvit/base/stop.h"
#include "trecvit/base/stopwatch.h"

namespace trecvit {
namespace {

constexpr double kFirstWait = 0.5, kLongestWait = 8;  // seconds

void wait_seconds(double seconds, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any().wait_for(lock, stop, std::chrono::duration<double>(seconds), [] { return false; });
  throw_if_stopped(stop);
}

class LiveSource : public FrameSource {
 public:
  LiveSource(std::unique_ptr<FrameSource> source, OpenAgain open, SourceOptions options)
      : open_(std::move(open)), options_(std::move(options)), source_(std::move(source)), info_(source_->info()) {}

  const SourceInfo& info() const override { return info_; }

  bool read(Frame& frame) override {
    if (!source_ || is_over_) return false;
    while (!read_connected(frame)) {
      if (is_over_ || !connect_again()) return false;
    }
    frame.after_gap = std::exchange(after_gap_, false);
    frame.index = index_++;
    last_seconds_ = frame.pts_seconds += offset_seconds_;
    since_frame_ = Stopwatch();
    return true;
  }

  SourceFaults faults() const override {
    SourceFaults faults = source_ ? source_->faults() : SourceFaults{};
    faults.damaged_packets += damaged_before_;
    faults.broken_connections = broken_;
    if (faults.choice.empty()) faults.choice = choice_;
    return faults;
  }

 private:
  // False if the connection ended or broke: error_ tells why.
  bool read_connected(Frame& frame) {
    error_ = nullptr;
    try {
      if (source_->read(frame)) return true;
      is_over_ = source_->faults().is_over;
      if (is_over_) return false;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kInput) throw;
      error_ = std::current_exception();
      log::warn("{}; trying for {:g} s to connect again", error.what(), options_.reconnect_seconds);
    }
    if (!error_)
      log::warn("[{}] the stream ended; trying for {:g} s to connect again", info_.name, options_.reconnect_seconds);
    return false;
  }

  // False if the stream is over. Throws what ended it, unless it simply ended.
  bool connect_again() {
    const SourceFaults faults = source_->faults();
    damaged_before_ += faults.damaged_packets;
    choice_ = faults.choice;
    source_.reset();
    double wait = kFirstWait;
    for (double left = options_.reconnect_seconds; left > 0;
         left = options_.reconnect_seconds - since_frame_.seconds()) {
      wait_seconds(std::min(wait, left), options_.stop);
      wait = std::min(2 * wait, kLongestWait);
      try {
        source_ = open_(options_);
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::kInput) throw;
        log::debug("{}", error.what());
        continue;
      }
      ++broken_;
      after_gap_ = true;
      offset_seconds_ = last_seconds_ + since_frame_.seconds();
      return true;
    }
    if (error_) std::rethrow_exception(error_);
    return false;
  }

  OpenAgain open_;
  SourceOptions options_;
  std::unique_ptr<FrameSource> source_;  // null once the stream is over
  SourceInfo info_;
  std::exception_ptr error_;
  Stopwatch since_frame_;
  int64_t index_ = 0, broken_ = 0, damaged_before_ = 0;
  std::string choice_;
  double last_seconds_ = 0, offset_seconds_ = 0;
  bool after_gap_ = false, is_over_ = false;
};

}  // namespace

std::unique_ptr<FrameSource> reconnecting(OpenAgain open, const SourceOptions& options) {
  auto source = open(options);
  if (!source->info().is_live || options.reconnect_seconds == 0) return source;
  return std::make_unique<LiveSource>(std::move(source), std::move(open), options);
}

}  // namespace trecvit
