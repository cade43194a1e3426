// A stream from a source to sinks: the loop shared by commands, the server and users' own programs.
#pragma once

#include <optional>
#include <stop_token>
#include <vector>

#include "trecvit/engine/engine.h"
#include "trecvit/pipeline/model_input.h"
#include "trecvit/pipeline/result_sink.h"

namespace trecvit {

// One stream: its state, and the sinks that receive every frame's result. One thread at a time; several Session objects
// may take turns on one engine. After the first frame a step allocates nothing, unless the source or a sink does.
class Session {
 public:
  // engine, sinks: must outlive this object. reset_every: seconds of presentation time after which the stream is reset,
  // 0 = never.
  Session(Engine& engine, StreamState state, std::vector<ResultSink*> sinks, double reset_every_seconds = 0);

  // Processes every frame of the input in turn, until it ends or a stop is requested. A stop takes effect between two
  // frames, while frames are skipped, or within a long step, whose frame is then lost to the stream. The input's own
  // stop and the engine's do the same. The state and the seconds since the last reset continue from the previous run;
  // if times jump back, as in another input, the seconds are counted from zero again. Throws Error as input and engine
  // do, naming the source and the frame's number in it; the state is then as before that frame.
  SessionTotals run(ModelInput& input, const std::stop_token& stop = {});

  StreamState& state() { return state_; }

 private:
  bool step(ModelInput& input, SessionTotals& totals);

  Engine& engine_;
  StreamState state_;
  std::vector<ResultSink*> sinks_;
  double reset_every_;
  std::optional<double> last_reset_;  // the time of the first frame after it
};

// The number of frames that will be read from a source, including skipped ones, if its header is right; nothing if the
// header does not say.
std::optional<int64_t> frames_to_read(const SourceInfo& source, const FrameChoice& choice);

}  // namespace trecvit
