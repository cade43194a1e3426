// What a training run is: data, model, start, objective, optimiser, length. Plain values; the file form is TOML, whose
// keys, defaults, ranges and help all come from one list (train_config_fields).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trecvit/config/field.h"
#include "trecvit/config/model_request.h"
#include "trecvit/config/train_choices.h"
#include "trecvit/io/json.h"

namespace trecvit {

// One set of clips. Tables [data.train] and [data.val].
struct DataConfig {
  // "synthetic:NAME?..." or a path: CSV with a header, list of "path label" lines, folder of class folders.
  std::string source;
  ManifestFormat format = ManifestFormat::kAuto;
  std::string root;                         // base of relative paths; empty: the folder of the list
  std::string split;                        // only rows of this split; empty: all
  std::vector<std::string> groups;          // only rows of these groups; empty: all
  std::vector<std::string> without_groups;  // no rows of these
  Wrap wrap = Wrap::kNone;
  int64_t limit = 0;      // maximum number of samples; 0: all
  int64_t per_class = 0;  // maximum number per class; 0: all
  uint64_t pick = 1;      // which of them are drawn: another number draws others
  int64_t clips = 0;      // samples per epoch of a procedural set or a wrapper; 0: its own number
};

// Which frames of a video make a clip, and its size. Table [clip].
struct ClipConfig {
  int64_t frames = 16;  // T
  Sampling sampling = Sampling::kStride;
  int64_t stride = 2;       // of kStride, in frames of the video
  double least_span = 0.8;  // of kSpan: minimum part of the video that a training clip covers; testing covers all
  int64_t views = 1;        // clips per video in testing, spread over its duration; predictions are averaged
  int64_t crops = 1;        // crops per clip in testing: 1 center, 3 along the longer side
  FrameOrder order = FrameOrder::kAsIs;
};

// Random changes of a training clip, the same for all its frames. Table [augment].
struct AugmentConfig {
  double least_area = 1, most_area = 1;    // part of the picture that the crop covers; 1: center crop
  double most_stretch = 1;                 // of the crop's sides relative to each other
  double least_scale = 1, most_scale = 1;  // scale jitter: shorter side relative to the input's, before a random crop
  bool flip = false;                       // left and right exchanged in half of the clips
  double brightness = 0, contrast = 0, saturation = 0;  // maximum relative change
  double erase = 0;                                     // probability that a rectangle is filled with noise
  int64_t operations = 0;                               // of RandAugment, in sequence (data/rand_augment.h)
  double magnitude = 0.3;                               // their strength; 1: the strongest
};

// Table [loader].
struct LoaderConfig {
  int64_t workers = 1;   // threads that decode and augment; 0: in the step
  int64_t prefetch = 4;  // batches ahead
  BadFiles bad_files = BadFiles::kFail;
  double bad_limit = 0.1;                     // part of a set that may be bad before the run stops
  bool balanced = false;                      // classes drawn equally often, else every sample once per epoch
  double cache_gb = 0;                        // decoded clips kept in memory
  int64_t cache_side = 0;                     // their shorter side in pixels; 0: as decoded
  int64_t cache_every = 1;                    // keeps every n-th of their frames
  int64_t max_pixels = int64_t{4096} * 4096;  // per frame of a file; more is refused
};

// Table [start].
struct StartConfig {
  std::string from;  // model folder, .npz, .safetensors; empty: from scratch
  StartWeights initialiser = StartWeights::kAuto;
  Backbone backbone = Backbone::kTrain;
  ProbeKind probe = ProbeKind::kNone;                             // with a frozen backbone
  std::array<double, 3> mean{0.5, 0.5, 0.5}, std{0.5, 0.5, 0.5};  // an image ViT's pixel mean and standard deviation
};

// Table [objective].
struct ObjectiveConfig {
  TargetKind target = TargetKind::kClip;
  bool multi_label = false;
  double label_smoothing = 0;
  double mixup = 0;            // alpha of the beta distribution; 0: off
  bool class_weights = false;  // inverse frequency
  double motion_weight = 0;    // of the regression of image motion, for procedural sets
  MotionTarget motion = MotionTarget::kPatch;
  double dropout = 0;  // before the classifier
};

// Table [mask]. `masked` always means hidden from the encoder.
struct MaskConfig {
  MaskKind kind = MaskKind::kTube;
  double ratio = 0.9;                   // part of the patches (with kFuture: of the frames) that is masked
  Rounding rounding = Rounding::kDown;  // of ratio times their number
};

// What reconstructs masked patches. Table [reconstruction].
struct ReconstructionConfig {
  ReconstructionBlocks blocks = ReconstructionBlocks::kTRecViT;
  int64_t width = 192, depth = 4, heads = 3;
  ReconstructionTarget target = ReconstructionTarget::kNormalised;
  ReconstructionLoss loss = ReconstructionLoss::kMasked;
};

// Table [recall].
struct RecallConfig {
  int64_t back = 8;  // frames before the last one of the clip
  RecallNetwork network = RecallNetwork::kTRecViT;
};

// Table [optimizer].
struct OptimizerConfig {
  double learning_rate = 1e-4, floor = 0;
  int64_t warmup = 100;  // steps
  double weight_decay = 0.03, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double clip_norm = 1;    // of the gradient; 0: off
  int64_t accumulate = 1;  // batches per step
  double layer_decay = 1;  // factor of the learning rate from each block to the one before it; 1: none
  double mean_decay = 0;   // of the running mean of the weights; 0: none
  double outlier = 0;      // reports gradients over this many times their usual norm; 0: none
};

inline constexpr int64_t kMostSteps = int64_t{1} << 30;  // of a run

// Table [run].
struct RunConfig {
  int64_t steps = 0;  // of the optimiser; 0: from epochs
  double epochs = 0;
  int64_t batch = 16;      // clips
  int64_t eval_every = 0;  // steps; 0: at the end
  int64_t save_every = 200;
  int64_t keep = 2;  // newest checkpoints kept, in addition to the best model
  int64_t log_every = 10;
  int64_t sheet_every = 0;  // steps between sheets of pictures; 0: at every test
  TrainPrecision precision = TrainPrecision::kF32;
  bool recompute = false;  // activation checkpointing per block
  int64_t chunk = 0;       // frames that a gradient reaches back over; clips are split into such parts; 0: all
  int64_t threads = 0;     // 0: as many as cores
  std::string device = "cpu";
  OnNan on_nan = OnNan::kStop;
};

struct TrainConfig {
  std::string name = "run";
  uint64_t seed = 1;
  TaskKind task = TaskKind::kClassify;
  std::string size;             // a named model (config/model_config.h); [model] changes single fields
  Json model = Json::object();  // fields of config.json
  StartConfig start;
  DataConfig train, val;
  ClipConfig clip;
  AugmentConfig augment;
  LoaderConfig loader;
  ObjectiveConfig objective;
  MaskConfig mask;
  ReconstructionConfig reconstruction;
  RecallConfig recall;
  OptimizerConfig optimizer;
  RunConfig run;

  ModelRequest wanted_model() const { return {size, model, start.from}; }
};

using TrainField = Field<TrainConfig>;
// The one list that reading, writing, help and the list of known keys are derived from. [model] is not in it: its keys
// are those of config.json.
const std::vector<TrainField>& train_config_fields();

// text: TOML within the limits of config/toml_json.h. where: for messages. changes: "a.b=c", the value as TOML or bare
// text, applied after the file, in order; a change to one part of a table in [model] keeps the other parts. Throws
// Error(kUsage) naming `where` and the key for syntax errors, unknown keys and values of a wrong type or out of range,
// including those in [model]; several unknown keys are reported at once.
TrainConfig parse_train_config(std::string_view text, const std::string& where,
                               const std::vector<std::string>& changes = {});
// The same for a file of at most kMostConfig bytes.
inline constexpr uint64_t kMostConfig = 1 << 20;
TrainConfig read_train_config(const std::string& path, const std::vector<std::string>& changes = {});

// parse_train_config in three steps, for callers that set fields in between: parse the text alone, apply changes to a
// config, check that its fields are compatible.
TrainConfig parse_train_fields(std::string_view text, const std::string& where);
void apply_changes(const std::vector<std::string>& changes, TrainConfig& config);
void check_train_config(const TrainConfig& config, const std::string& where);

// Throws Error(kUsage) naming the file if a config says nothing about the model: no size, start.from or [model].
void require_model(const TrainConfig& config, const std::string& path);
// Every field as TOML; parse_train_config reads the same config back.
std::string print_train_config(const TrainConfig& config);

}  // namespace trecvit
