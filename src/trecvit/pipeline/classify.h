// Classifies a whole video with one answer.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "trecvit/engine/engine.h"
#include "trecvit/pipeline/model_input.h"

namespace trecvit {

struct VideoAnswer {
  std::string source;                // its name, with the seed of generated frames
  std::vector<float> logits, probs;  // [C]
  int64_t frames = 0;                // that went into the answer
  int64_t dropped = 0;               // surplus frames at the end of a split video
  int64_t clips = 1;
  double seconds = 0;   // of video up to the end of the last frame
  SourceFaults faults;  // survived while reading
};

// How T frames are split: n = max(floor(T / frames_per_clip), 1) clips of floor(T / n) frames each. The published code
// requires n to divide T; here the surplus frames at the end are dropped and counted.
struct ClipSplit {
  int64_t clips, frames_per_clip, dropped;
};
ClipSplit split_into_clips(int64_t frames, int64_t frames_per_clip);

// Calls Engine::step; its Error(kInput) then names the source and the frame's number in it.
StepResult step_frame(Engine& engine, StreamState& state, const std::string& source, const InputFrame& frame);

// Opens the same input again; a split counts the frames first, so that memory stays constant.
using OpenInput = std::function<ModelInput()>;

// One causal pass, answered by the readout rule. Throws Error(kInput) for a source without frames.
VideoAnswer classify_video(Engine& engine, StreamState& state, const OpenInput& open);
// As in the published code: clips start from an empty state; logits are averaged over clips, probabilities over
// clips.
VideoAnswer classify_split(Engine& engine, StreamState& state, const OpenInput& open, int64_t frames_per_clip);

}  // namespace trecvit
