#include "trecvit/pipeline/chosen_frames.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"
#include "trecvit/base/stop.h"
#include "trecvit/engine/readout.h"
#include "trecvit/video/read_ahead.h"

namespace trecvit {
namespace {

constexpr int64_t kWaitingOfFile = 4, kWaitingOfLive = 64;  // frames

ReadAheadOptions ahead_of(const SourceInfo& info, const FrameChoice& choice) {
  if (!info.is_live) return {.frames = kWaitingOfFile};
  return {.frames = choice.live == LivePolicy::kLatest ? 1 : kWaitingOfLive,
          .skips = true,
          .max_latency_seconds = choice.max_latency_seconds};
}

}  // namespace

void parse_policy(const std::string& text, bool step_given, FrameChoice& choice) {
  constexpr std::string_view kWhere = "--policy", kRate = "fps=";
  if (!text.starts_with(kRate)) {
    const auto live = value_of<LivePolicy>(text);
    if (!live) fail_usage(kWhere, "expected all, latest or fps=X, got '{}'", text);
    choice.live = *live;
    return;
  }
  choice.fps = parse_number<double>(text.substr(kRate.size()));
  if (!choice.fps || !(*choice.fps > 0)) fail_usage(kWhere, "expected fps=X with a number over 0, got '{}'", text);
  if (step_given) fail_usage(kWhere, "expected fps=X or --step, got both");
  choice.step = 1;
}

std::unique_ptr<FrameSource> open_ahead(const std::string& source, const FrameChoice& choice) {
  const auto open = [&](const std::stop_token& stop) {
    SourceOptions options = choice.source;
    options.stop = stop;
    return open_source(source, options);
  };
  return read_ahead(open, choice.source.stop, [&](const SourceInfo& info) { return ahead_of(info, choice); });
}

ChosenFrames::ChosenFrames(std::unique_ptr<FrameSource> source, FrameChoice choice)
    : source_(std::move(source)), choice_(std::move(choice)) {}

bool ChosenFrames::next(Frame& frame, const std::stop_token& stop) {
  if (choice_.max_frames && taken_ >= *choice_.max_frames) return false;
  for (;;) {
    throw_if_stopped(stop);
    throw_if_stopped(choice_.source.stop);
    if (!source_->read(frame)) return false;
    const double since_start = frame.pts_seconds - choice_.start_seconds + kTimeRounding;
    if (choice_.duration_seconds && since_start >= *choice_.duration_seconds) {
      too_late_seconds_ = frame.pts_seconds;
      return false;
    }
    if (frames_read_) frames_read_->advance(1);
    if (since_start < 0) {
      end_seconds_ = frame.pts_seconds + frame.duration_seconds;
      continue;
    }
    after_gap_ = after_gap_ || frame.after_gap;
    if (!is_next(frame)) continue;
    frame.after_gap = std::exchange(after_gap_, false);
    ++taken_;
    return true;
  }
}

bool ChosenFrames::is_next(const Frame& frame) {
  if (frame.index < next_index_) return false;
  if (!first_seconds_) first_seconds_ = frame.pts_seconds;
  if (choice_.fps) {
    const double slot = std::floor((frame.pts_seconds - *first_seconds_ + kTimeRounding) * *choice_.fps);
    if (slot < next_slot_) return false;
    next_slot_ = slot + 1;
  }
  next_index_ = frame.index + choice_.step;
  return true;
}

void ChosenFrames::fail_empty() const {
  const std::string& name = info().name;
  if (too_late_seconds_) {
    fail_input(name, "expected at least one frame within {} s after {} s, got none before {:.6g} s; raise --duration",
               *choice_.duration_seconds, choice_.start_seconds, *too_late_seconds_);
  }
  if (end_seconds_ > 0) {
    fail_input(name, "expected at least one frame at or after {} s, got a video that ends at {:.6g} s; lower --start",
               choice_.start_seconds, end_seconds_);
  }
  fail_input(name, "expected at least one frame, got none");
}

}  // namespace trecvit
