// A stream from a source to sinks: the loop that a command, a server and a program of one's own share.
#pragma once

#include <optional>
#include <stop_token>
#include <vector>

#include "trecvit/engine/engine.h"
#include "trecvit/pipeline/model_input.h"
#include "trecvit/pipeline/result_sink.h"

namespace trecvit {

// One stream: its state, and the sinks that hear of every frame. One thread at a time; sessions may take turns on one
// engine. A step allocates nothing once the first frame is through, as far as source and sinks do not.
class Session {
 public:
  // engine, sinks: must outlive this object. reset_every: seconds of presentation time after which the stream forgets
  // everything, 0 = never.
  Session(Engine& engine, StreamState state, std::vector<ResultSink*> sinks, double reset_every_seconds = 0);

  // Every frame of the input in turn, until it ends or a stop is requested: between two frames, while frames are passed
  // over, or in a step that takes long, whose frame is then lost to the stream. The input's own stop and the engine's
  // do the same. State and seconds since the last reset go on from the run before; where times jump back, as in another
  // input, the seconds count anew. Throws Error as input and engine do, which names the source and the frame's
  // number in it; the state is then as before that frame.
  SessionTotals run(ModelInput& input, const std::stop_token& stop = {});

  StreamState& state() { return state_; }

 private:
  bool step(ModelInput& input, SessionTotals& totals);

  Engine& engine_;
  StreamState state_;
  std::vector<ResultSink*> sinks_;
  double reset_every_;
  std::optional<double> last_reset_;  // the time of the first frame since
};

// Frames that will be read of a source, those that are passed over among them, as far as its header is right; nothing
// where it does not say.
std::optional<int64_t> frames_to_read(const SourceInfo& source, const FrameChoice& choice);

}  // namespace trecvit
