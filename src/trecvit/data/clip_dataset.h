// A set of labelled clips. What a sample looks like is a pure function of its index and of a Draw, so it does not
// depend on which thread makes it, in which order, or what was made before.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "trecvit/config/model_config.h"
#include "trecvit/config/train_config.h"
#include "trecvit/video/source.h"

namespace trecvit {

// Which of a sample's many clips.
struct Draw {
  uint64_t seed = 1;
  int64_t epoch = 0;
  int64_t view = 0;  // of testing: 0 to views() - 1
};

struct Clip {
  std::vector<uint8_t> pixels;  // [T, H, W, 3] RGB
  int64_t label = 0;            // the class; the first of several, -1 for none of several
  std::vector<float> targets;   // [C], or [T, C] for targets a frame: 1 for the classes that hold, 0 elsewhere
  // [T, rows, columns, 2]: how far what is seen at the middle of a patch has moved since the frame before, in pixels,
  // x then y; 0 in the first frame. Empty where the set does not know it or nobody asked.
  std::vector<float> motion;
};

struct SampleInfo {
  std::string name;   // file, or number of a procedural sample
  int64_t label = 0;  // as Clip's
  std::string group;
  std::string file = {};  // what is read; empty where that is made, or several
};

// What is wanted of every clip of a set.
struct ClipOptions {
  ClipConfig clip;
  AugmentConfig augment;  // used in training alone
  int64_t height = 224, width = 224;
  PreprocessConfig preprocess;  // of the model: how a picture becomes height x width where no random crop does
  bool training = true;         // random clips; else the views of testing
  bool frame_targets = false, multi_label = false;
  bool needs_labels = true;                     // else rows without one are taken too
  int64_t motion_rows = 0, motion_columns = 0;  // patches for Clip::motion; 0: not wanted
  // Names of the classes, in order, where they are known before the set is opened, or their number, where they have no
  // names: a list may then lack some of them, and must have no others. Labels that are whole numbers where the names
  // are not are places in that order, from 0. For lists and folders as they are; sets with labels of their own have
  // their own.
  std::vector<std::string> classes;
  int64_t unnamed_classes = 0;
  // Of decoded videos, as LoaderConfig.
  double cache_gb = 0;
  int64_t cache_side = 0, cache_every = 1, max_pixels = kDefaultMaxPixels;
};

// What every clip of a set must be for a model in a run.
ClipOptions clip_options(const TrainConfig& config, const ModelConfig& model, bool training);

class ClipDataset {
 public:
  virtual ~ClipDataset() = default;
  virtual int64_t size() const = 0;
  virtual const std::vector<std::string>& classes() const = 0;
  // Without decoding. Throws nothing for 0 <= index < size().
  virtual SampleInfo info(int64_t index) const = 0;
  // Thread-safe. Throws Error(kInput) naming the file where it cannot be read.
  virtual Clip load(int64_t index, const Draw& draw) const = 0;
  // Of testing; 1 in training.
  virtual int64_t views() const { return 1; }
  // Frames of the source from one frame of a clip to the next; 1 where that differs from clip to clip.
  virtual int64_t frame_stride() const { return 1; }
  // Whether clips have motion where it is wanted.
  virtual bool knows_motion() const { return false; }
  // Of what clips are made from: all names, labels and groups in their order, or the source of a procedural set; not
  // pixels. Another one is another set.
  virtual uint64_t fingerprint() const = 0;
  // What was understood of the source, a line each, for people.
  virtual std::vector<std::string> summary() const = 0;
  // What was noticed of the clips that were loaded so far and does not keep a run from going on, a line each, for
  // people: how many are damaged in parts, and how many too short. Thread-safe.
  virtual std::vector<std::string> remarks() const { return {}; }
};

// For people: that files of a set to test on are in the training set as well, with their number and one of them; empty
// where there are none.
std::string describe_shared_files(const ClipDataset& training, const ClipDataset& testing);

// Throws Error(kUsage) for a malformed source, or one that names classes where the options have no names, Error(kInput)
// for one that cannot be read, has no samples or names other classes than the options.
std::unique_ptr<ClipDataset> open_dataset(const DataConfig& data, const ClipOptions& options);

}  // namespace trecvit
