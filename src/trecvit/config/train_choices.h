// The choices of a training run, with their words in the config file.
#pragma once

#include "trecvit/base/words.h"

namespace trecvit {

// How a list of clips is written (data/manifest.h).
enum class ManifestFormat {
  kAuto,  // detected from the list
  kCsv,
  kList,
  kFolders,
};
constexpr auto enum_words(ManifestFormat) {
  return make_words<ManifestFormat>({{"auto", ManifestFormat::kAuto},
                                     {"csv", ManifestFormat::kCsv},
                                     {"list", ManifestFormat::kList},
                                     {"folders", ManifestFormat::kFolders}});
}

// What turns the clips of a list into other samples (data/wrapped_dataset.h).
enum class Wrap { kNone, kPairs, kReversed, kRetimed, kMoves };
constexpr auto enum_words(Wrap) {
  return make_words<Wrap>({{"none", Wrap::kNone},
                           {"pairs", Wrap::kPairs},
                           {"reversed", Wrap::kReversed},
                           {"retimed", Wrap::kRetimed},
                           {"moves", Wrap::kMoves}});
}

enum class Sampling {
  kStride,  // frames `stride` apart
  kSpan,    // frames evenly spaced over a part of the video
};
constexpr auto enum_words(Sampling) {
  return make_words<Sampling>({{"stride", Sampling::kStride}, {"span", Sampling::kSpan}});
}

// How the frames of a clip are ordered; all but the first are controls that show whether time is used.
enum class FrameOrder {
  kAsIs,
  kShuffled,  // a different order for every clip
  kReversed,
  kFrozen,  // one frame, repeated: a random one in training, the middle one in testing
};
constexpr auto enum_words(FrameOrder) {
  return make_words<FrameOrder>({{"as_is", FrameOrder::kAsIs},
                                 {"shuffled", FrameOrder::kShuffled},
                                 {"reversed", FrameOrder::kReversed},
                                 {"frozen", FrameOrder::kFrozen}});
}

enum class BadFiles { kFail, kSkip, kReplace };
constexpr auto enum_words(BadFiles) {
  return make_words<BadFiles>({{"fail", BadFiles::kFail}, {"skip", BadFiles::kSkip}, {"replace", BadFiles::kReplace}});
}

// What reads a frozen backbone in place of the model's own head (train/tasks/probe.h).
enum class ProbeKind { kNone, kLinear, kAttentive };
constexpr auto enum_words(ProbeKind) {
  return make_words<ProbeKind>(
      {{"none", ProbeKind::kNone}, {"linear", ProbeKind::kLinear}, {"attentive", ProbeKind::kAttentive}});
}

// How weights that no file gives are drawn (model/initialise.h).
enum class StartWeights {
  kAuto,  // kPublished if some are loaded, else kScratch
  kScratch,
  kPublished,
};
constexpr auto enum_words(StartWeights) {
  return make_words<StartWeights>(
      {{"auto", StartWeights::kAuto}, {"scratch", StartWeights::kScratch}, {"published", StartWeights::kPublished}});
}

enum class Backbone { kTrain, kFrozen };
constexpr auto enum_words(Backbone) {
  return make_words<Backbone>({{"train", Backbone::kTrain}, {"frozen", Backbone::kFrozen}});
}

enum class TargetKind { kClip, kFrame };
constexpr auto enum_words(TargetKind) {
  return make_words<TargetKind>({{"clip", TargetKind::kClip}, {"frame", TargetKind::kFrame}});
}

// Whose image motion is learnt in addition to the classes.
enum class MotionTarget {
  kPatch,  // of every patch, from its token
  kFrame,  // the mean of the frame, from the class token
};
constexpr auto enum_words(MotionTarget) {
  return make_words<MotionTarget>({{"patch", MotionTarget::kPatch}, {"frame", MotionTarget::kFrame}});
}

// What a run learns.
enum class TaskKind {
  kClassify,     // classes of clips or frames
  kReconstruct,  // masked auto-encoding: the pixels of patches that the encoder does not see
  kRecall,       // a past frame, from what the network knows after the last one
};
constexpr auto enum_words(TaskKind) {
  return make_words<TaskKind>(
      {{"classify", TaskKind::kClassify}, {"reconstruct", TaskKind::kReconstruct}, {"recall", TaskKind::kRecall}});
}

// Which patches of a clip the encoder does not see.
enum class MaskKind {
  kTube,    // the same random patches in all frames
  kBlock,   // the same in all frames, in rectangles
  kFrame,   // different random patches in every frame
  kFuture,  // all patches of the last frames
};
constexpr auto enum_words(MaskKind) {
  return make_words<MaskKind>({{"tube", MaskKind::kTube},
                               {"block", MaskKind::kBlock},
                               {"frame", MaskKind::kFrame},
                               {"future", MaskKind::kFuture}});
}

enum class Rounding { kDown, kNearest, kUp };
constexpr auto enum_words(Rounding) {
  return make_words<Rounding>({{"down", Rounding::kDown}, {"nearest", Rounding::kNearest}, {"up", Rounding::kUp}});
}

enum class ReconstructionBlocks {
  kTRecViT,  // with memory, causal
  kVit,      // every frame by itself
};
constexpr auto enum_words(ReconstructionBlocks) {
  return make_words<ReconstructionBlocks>(
      {{"trecvit", ReconstructionBlocks::kTRecViT}, {"vit", ReconstructionBlocks::kVit}});
}

enum class ReconstructionTarget {
  kNormalised,  // each patch minus its mean, divided by its standard deviation, per channel
  kRaw,
};
constexpr auto enum_words(ReconstructionTarget) {
  return make_words<ReconstructionTarget>(
      {{"normalised", ReconstructionTarget::kNormalised}, {"raw", ReconstructionTarget::kRaw}});
}

enum class ReconstructionLoss { kMasked, kAll };  // over which patches
constexpr auto enum_words(ReconstructionLoss) {
  return make_words<ReconstructionLoss>({{"masked", ReconstructionLoss::kMasked}, {"all", ReconstructionLoss::kAll}});
}

// What reconstructs a past frame after the last one.
enum class RecallNetwork {
  kTRecViT,    // a dense layer on the tokens of the last frame, with all their memory
  kLastFrame,  // the same, but only the last frame was ever seen: a control
  kPooledViT,  // attention over the tokens of all frames together, then their mean over frames: no memory, no stream
};
constexpr auto enum_words(RecallNetwork) {
  return make_words<RecallNetwork>({{"trecvit", RecallNetwork::kTRecViT},
                                    {"last_frame", RecallNetwork::kLastFrame},
                                    {"pooled_vit", RecallNetwork::kPooledViT}});
}

enum class TrainPrecision { kF32, kBf16 };
constexpr auto enum_words(TrainPrecision) {
  return make_words<TrainPrecision>({{"f32", TrainPrecision::kF32}, {"bf16", TrainPrecision::kBf16}});
}

// What a step does if its loss or gradient is not finite.
enum class OnNan { kStop, kSkip };
constexpr auto enum_words(OnNan) { return make_words<OnNan>({{"stop", OnNan::kStop}, {"skip", OnNan::kSkip}}); }

}  // namespace trecvit
