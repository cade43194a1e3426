// A source whose frames, pauses and errors a test decides.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <thread>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/stop.h"
#include "trecvit/video/source.h"

namespace trecvit::test {

struct Script {
  int64_t frames = 10;
  double fps = 25;
  std::chrono::microseconds pause{0};  // before each frame
  bool is_live = true;
  bool breaks = false;   // with an error, instead of ending
  bool endless = false;  // waits for a stop after the frames
  int width = 4, height = 2;
  std::function<void(int64_t frame)> at_frame = {};
};

class ScriptedSource : public FrameSource {
 public:
  explicit ScriptedSource(Script script, std::stop_token stop = {})
      : script_(std::move(script)), stop_(std::move(stop)) {
    info_.name = "scripted";
    info_.is_live = script_.is_live;
    info_.width = script_.width;
    info_.height = script_.height;
  }
  const SourceInfo& info() const override { return info_; }
  bool read(Frame& frame) override {
    throw_if_stopped(stop_);
    while (frames_ == script_.frames && script_.endless) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      throw_if_stopped(stop_);
    }
    if (frames_ == script_.frames && script_.breaks) fail_input("scripted", "expected more, got a cut");
    if (frames_ == script_.frames) return false;
    if (script_.pause.count() > 0) std::this_thread::sleep_for(script_.pause);
    if (script_.at_frame) script_.at_frame(frames_);
    std::byte* pixels = frame.image.resize(PixelType::kU8, script_.height, script_.width);
    std::fill_n(pixels, size_t{3} * static_cast<size_t>(script_.height * script_.width), std::byte(frames_));
    frame.index = frames_++;
    frame.pts_seconds = static_cast<double>(frame.index) / script_.fps;
    frame.duration_seconds = 1 / script_.fps;
    frame.after_gap = false;
    return true;
  }
  SourceFaults faults() const override { return {.damaged_packets = frames_}; }

 private:
  Script script_;
  std::stop_token stop_;
  SourceInfo info_;
  int64_t frames_ = 0;
};

}  // namespace trecvit::test
