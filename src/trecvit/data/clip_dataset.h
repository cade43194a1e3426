// A set of labelled clips. A sample's content is a pure function of its index and a Draw; it does not depend on the
// thread, the order, or earlier samples.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "trecvit/config/model_config.h"
#include "trecvit/config/train_config.h"
#include "trecvit/video/source.h"

namespace trecvit {

// Selects one of the many clips of a sample.
struct Draw {
  uint64_t seed = 1;
  int64_t epoch = 0;
  int64_t view = 0;  // for testing: 0 to views() - 1
};

struct Clip {
  std::vector<uint8_t> pixels;  // [T, H, W, 3] RGB
  int64_t label = 0;            // the class; the first of several labels, -1 if a multi-label clip has none
  std::vector<float> targets;   // [C], or [T, C] for targets per frame: 1 for the classes that apply, otherwise 0
  // [T, rows, columns, 2]: image motion at the centre of each patch since the previous frame, in pixels, x then y; 0 in
  // the first frame. Empty if the set does not know it or it was not requested.
  std::vector<float> motion;
};

struct SampleInfo {
  std::string name;   // file name, or number of a procedural sample
  int64_t label = 0;  // as in Clip
  std::string group;
  std::string file = {};  // the file that is read; empty if the sample is generated or made from several files
};

// Requirements for every clip of a set.
struct ClipOptions {
  ClipConfig clip;
  AugmentConfig augment;  // used only in training
  int64_t height = 224, width = 224;
  PreprocessConfig preprocess;  // the model's: how a picture becomes height x width if there is no random crop
  bool training = true;         // random clips; otherwise the test views
  bool frame_targets = false, multi_label = false;
  bool needs_labels = true;                     // if false, rows without a label are used too
  int64_t motion_rows = 0, motion_columns = 0;  // patches for Clip::motion; 0: not requested
  // The classes, if known before the set is opened: their names in order, or their number if they have no names. A list
  // may then lack some of these classes, but must not have others. If labels are whole numbers and the names are not,
  // labels are positions in that order, from 0. Applies to lists and folders without a wrap; sets that define their own
  // labels have their own classes.
  std::vector<std::string> classes;
  int64_t unnamed_classes = 0;
  // For decoded videos, as in LoaderConfig.
  double cache_gb = 0;
  int64_t cache_side = 0, cache_every = 1, max_pixels = kDefaultMaxPixels;
};

// The clip options that a run needs for a model.
ClipOptions clip_options(const TrainConfig& config, const ModelConfig& model, bool training);

class ClipDataset {
 public:
  virtual ~ClipDataset() = default;
  virtual int64_t size() const = 0;
  virtual const std::vector<std::string>& classes() const = 0;
  // Without decoding. Throws nothing for 0 <= index < size().
  virtual SampleInfo info(int64_t index) const = 0;
  // Thread-safe. Throws Error(kInput) naming the file if it cannot be read.
  virtual Clip load(int64_t index, const Draw& draw) const = 0;
  // Number of views in testing; 1 in training.
  virtual int64_t views() const { return 1; }
  // Distance in source frames between consecutive frames of a clip; 1 if it differs from clip to clip.
  virtual int64_t frame_stride() const { return 1; }
  // Whether clips have motion when it is requested.
  virtual bool knows_motion() const { return false; }
  // Hash of what the clips are made from: all names, labels and groups in order, or the source of a procedural set, but
  // not pixels. A different fingerprint means a different set.
  virtual uint64_t fingerprint() const = 0;
  // How the source was understood, for people, one entry per line.
  virtual std::vector<std::string> summary() const = 0;
  // Findings about the clips loaded so far that do not stop a run, for people, one entry per line: how many are partly
  // damaged, and how many are too short. Thread-safe.
  virtual std::vector<std::string> remarks() const { return {}; }
};

// For people: a note that files of the test set are also in the training set, with their number and one example; empty
// if there are none.
std::string describe_shared_files(const ClipDataset& training, const ClipDataset& testing);

// Throws Error(kUsage) for a malformed source, or for one that names classes if the options have no names;
// Error(kInput) for one that cannot be read, has no samples or names classes that the options do not have.
std::unique_ptr<ClipDataset> open_dataset(const DataConfig& data, const ClipOptions& options);

}  // namespace trecvit
