// Ends calls of FFmpeg that wait for data: after a stop request, or when nothing has come for too long.
#pragma once

#include <atomic>
#include <chrono>
#include <stop_token>
#include <string>

#include "trecvit/video/ffmpeg.h"

namespace trecvit {

// FFmpeg asks it from within the call, on whichever of its threads that runs.
class Interrupt {
 public:
  // seconds: how long one call may wait; infinity: as long as it takes.
  Interrupt(std::stop_token stop, double seconds);
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // For FFmpeg; valid as long as this object.
  AVIOInterruptCB callback() { return {ask, this}; }
  // A call begins, or data has come: from now on it may wait.
  void restart();
  // Whether a stop was requested or the present call has waited too long.
  bool is_due();
  // After a call that failed: throws Stopped if a stop was requested; Error(kInput), with `name`, if it was ended for
  // having waited too long.
  void rethrow(const std::string& name) const;

 private:
  using Clock = std::chrono::steady_clock;
  static int ask(void* self) { return static_cast<Interrupt*>(self)->is_due(); }

  std::stop_token stop_;
  double seconds_;
  std::atomic<Clock::time_point> deadline_;
  std::atomic<bool> was_late_ = false;
};

}  // namespace trecvit
