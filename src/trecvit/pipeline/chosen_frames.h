// The frames of a source that are used, in order.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "trecvit/base/progress_sink.h"
#include "trecvit/base/words.h"
#include "trecvit/video/source.h"

namespace trecvit {

// What happens to the frames of a live source that come faster than they are used. Of other sources every frame is
// read.
enum class LivePolicy {
  kAll,     // they wait, until they are too old or too many
  kLatest,  // only the newest one waits
};
constexpr auto enum_words(LivePolicy) {
  return make_words<LivePolicy>({{"all", LivePolicy::kAll}, {"latest", LivePolicy::kLatest}});
}

// Which frames of a source are used.
struct FrameChoice {
  double start_seconds = 0;
  std::optional<double> duration_seconds = {};
  std::optional<int64_t> max_frames = {};  // among the chosen ones
  int64_t step = 1;                        // at least so many frames apart: every step-th one, if none is skipped
  std::optional<double> fps = {};          // at most so many frames per second of presentation time, evenly spread
  LivePolicy live = LivePolicy::kLatest;
  double max_latency_seconds = std::numeric_limits<double>::infinity();  // as in video/read_ahead.h; of live sources
  SourceOptions source = {};                                             // how the source is opened
};

// Sets `live` or `fps` from "all", "latest" or "fps=X", which replaces the step. Throws Error(kUsage) for anything else
// and for fps=X with a step of the user's own.
void parse_policy(const std::string& text, bool step_given, FrameChoice& choice);

// Opens a source and reads it ahead, on a thread of its own, by the rules of `choice`. Throws Error as open_source
// does.
std::unique_ptr<FrameSource> open_ahead(const std::string& source, const FrameChoice& choice);

// One thread at a time.
class ChosenFrames {
 public:
  ChosenFrames(std::unique_ptr<FrameSource> source, FrameChoice choice);

  // Reports each frame of the source from now on to `frames_read`, including skipped frames, but not the one that ends
  // the duration. It must outlive this object.
  void report_to(ProgressSink& frames_read) { frames_read_ = &frames_read; }
  // Reads the next frame chosen into `frame`, whose memory is reused; false at the end. Throws Error as the source
  // does; Stopped, between any two frames of the source, if `stop` or the source's own stop was requested.
  bool next(Frame& frame, const std::stop_token& stop = {});
  // Throws Error(kInput) for a source from which no frame was chosen, with the requested times and the available ones.
  [[noreturn]] void fail_empty() const;
  const SourceInfo& info() const { return source_->info(); }
  SourceFaults faults() const { return source_->faults(); }

 private:
  bool is_next(const Frame& frame);

  std::unique_ptr<FrameSource> source_;
  FrameChoice choice_;
  ProgressSink* frames_read_ = nullptr;
  int64_t next_index_ = 0;                  // of frames before it none is chosen
  std::optional<double> first_seconds_;     // of the first frame chosen
  double next_slot_ = 0;                    // of those that fps makes, counted from it
  bool after_gap_ = false;                  // a frame since the last one chosen has it
  double end_seconds_ = 0;                  // of the frames before the start
  std::optional<double> too_late_seconds_;  // of the frame that ended the duration
  int64_t taken_ = 0;
};

}  // namespace trecvit
