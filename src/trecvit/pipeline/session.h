// A stream from a source to sinks: the loop shared by commands, the server and users' own programs.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "trecvit/base/stopwatch.h"
#include "trecvit/engine/engine.h"
#include "trecvit/pipeline/model_input.h"
#include "trecvit/pipeline/result_sink.h"

namespace trecvit {

// One stream: its state, and the sink that receives every frame's result. One thread at a time; several Session objects
// may take turns on one engine. After the first frame a step allocates nothing, unless the source or the sink does.
class Session {
 public:
  // engine, sink: must outlive this object. reset_every: seconds of presentation time after which the stream is reset,
  // 0 = never. They are counted from the first frame that this object sees, also where the state continues a stream.
  // reset_at_gap: also before a frame that follows a broken connection.
  Session(Engine& engine, StreamState state, ResultSink& sink, double reset_every_seconds = 0,
          bool reset_at_gap = false);

  // Processes every frame of the input in turn, until it ends or a stop is requested: `stop` (the engine's own token if
  // it is empty) or the source's. A stop takes effect between two frames, also while frames are skipped, or within a
  // long step, whose frame is then lost to the stream; while the source waits for data, only the source's stop does.
  // The state and the seconds since the last reset continue from the previous run; if times jump back, as in another
  // input, the seconds are counted from zero again. Throws Error as input and engine do, naming the source and the
  // frame's number in it, after the sink's end(); the state is then as before that frame.
  SessionTotals run(ModelInput& input, const std::stop_token& stop = {});

  // The parts of run(), for programs that read the frames themselves: begin(), step() for each frame, end().
  void begin(const SourceInfo& source);
  // Throws Stopped as Engine::step does.
  void step(const InputFrame& frame);
  // Takes the faults, and whether the stream was stopped or failed, from `ending`.
  SessionTotals end(SessionTotals ending);

  StreamState& state() { return state_; }

 private:
  bool is_reset_due(const InputFrame& frame);
  StepResult step_state(const InputFrame& frame);

  Engine& engine_;
  StreamState state_;
  ResultSink& sink_;
  double reset_every_;
  bool reset_at_gap_, is_live_ = false;
  std::optional<StreamState> before_reset_;  // takes the old state when a reset is due, until the step is done
  std::optional<double> last_reset_;         // the time of the first frame after it
  std::string source_;
  SessionTotals totals_;
  Stopwatch watch_;
};

// The number of frames that will be read from a source, including skipped ones, if its header is right; nothing if the
// header does not say.
std::optional<int64_t> frames_to_read(const SourceInfo& source, const FrameChoice& choice);

}  // namespace trecvit
