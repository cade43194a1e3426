#include "trecvit/pipeline/classify.h"

#include <algorithm>

#include "trecvit/base/error.h"
#include "trecvit/engine/frame_checks.h"

namespace trecvit {

StepResult step_frame(Engine& engine, StreamState& state, const std::string& source, const InputFrame& frame) {
  try {
    return engine.step(frame.pixels.span(), state, frame.pts_seconds);
  } catch (const FrameError& error) {
    throw error.in_source(source, frame.index);
  }
}

ClipSplit split_into_clips(int64_t frames, int64_t frames_per_clip) {
  const int64_t clips = std::max<int64_t>(frames / frames_per_clip, 1);
  return {clips, frames / clips, frames % clips};
}

VideoAnswer classify_video(Engine& engine, StreamState& state, const OpenInput& open) {
  ModelInput input = open();
  VideoAnswer answer;
  state.reset();
  for (InputFrame frame; input.next(frame);) {
    const StepResult result = step_frame(engine, state, input.info().name, frame);
    answer.logits.assign(result.logits.begin(), result.logits.end());
    answer.seconds = frame.pts_seconds + frame.duration_seconds;
    ++answer.frames;
  }
  if (answer.frames == 0) input.frames().fail_empty();
  answer.source = input.info().name;
  answer.faults = input.faults();
  answer.probs.resize(answer.logits.size());
  class_probs(engine.model().config(), answer.logits, answer.probs);
  return answer;
}

VideoAnswer classify_split(Engine& engine, StreamState& state, const OpenInput& open, int64_t frames_per_clip) {
  int64_t total = 0;
  {
    ModelInput counting = open();
    for (Frame frame; counting.frames().next(frame);) ++total;
    if (total == 0) counting.frames().fail_empty();
  }  // frees the input, which may hold the whole video, before the next one is opened
  ModelInput input = open();
  const ClipSplit split = split_into_clips(total, frames_per_clip);
  const auto classes = static_cast<size_t>(engine.model().config().num_classes);
  VideoAnswer answer{input.info().name,
                     std::vector<float>(classes),
                     std::vector<float>(classes),
                     total - split.dropped,
                     split.dropped,
                     split.clips,
                     0,
                     {}};
  std::vector<double> logits(classes), probs(classes);
  std::vector<float> clip_probs(classes);
  InputFrame frame;
  for (int64_t clip = 0; clip < split.clips; ++clip) {
    state.reset();
    StepResult result;
    for (int64_t i = 0; i < split.frames_per_clip; ++i) {
      if (!input.next(frame))
        fail_input(input.info().name, "expected {} frames as in the first pass, got fewer", total);
      result = step_frame(engine, state, input.info().name, frame);
      answer.seconds = frame.pts_seconds + frame.duration_seconds;
    }
    class_probs(engine.model().config(), result.logits, clip_probs);
    for (size_t c = 0; c < classes; ++c) {
      logits[c] += static_cast<double>(result.logits[c]) / static_cast<double>(split.clips);
      probs[c] += static_cast<double>(clip_probs[c]) / static_cast<double>(split.clips);
    }
  }
  answer.faults = input.faults();
  std::copy(logits.begin(), logits.end(), answer.logits.begin());
  std::copy(probs.begin(), probs.end(), answer.probs.begin());
  return answer;
}

}  // namespace trecvit
