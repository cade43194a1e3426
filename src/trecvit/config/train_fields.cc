// The fields of a training config, one row each; declared in train_config.h.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/config/train_config.h"

namespace trecvit {
namespace {

constexpr int64_t kMost = int64_t{1} << 30;  // maximum of counts: products of two stay within 64 bits

using Fields = FieldList<TrainConfig>;

void add_data(Fields& all, const std::string& name, DataConfig TrainConfig::* set) {
  const std::string at = "data." + name + ".";
  const auto get = [set](auto member) { return [set, member](auto& c) -> auto& { return c.*set.*member; }; };
  all.text(at + "source", "synthetic:NAME?…, a CSV with a header, a list of 'path label' or of paths, or a folder",
           get(&DataConfig::source));
  all.word(at + "format", "format of the source", get(&DataConfig::format));
  all.text(at + "root", "folder that relative paths start from; empty: the folder of the list", get(&DataConfig::root));
  all.text(at + "split", "only rows of this split; empty: all", get(&DataConfig::split));
  all.texts(at + "groups", "only rows of these groups; empty: all", get(&DataConfig::groups));
  all.texts(at + "without_groups", "leave out the rows of these groups", get(&DataConfig::without_groups));
  all.word(at + "wrap", "labels made from the clips themselves", get(&DataConfig::wrap));
  all.whole(at + "limit", "at most this many samples, spread over the list; 0: all", get(&DataConfig::limit), 0, kMost);
  all.whole(at + "per_class", "at most this many rows per class, drawn at random by pick; 0: all",
            get(&DataConfig::per_class), 0, kMost);
  all.natural(at + "pick", "seed that decides which rows per_class draws", get(&DataConfig::pick));
  all.whole(at + "clips", "samples per epoch of a procedural set or a wrapper; 0: its own number",
            get(&DataConfig::clips), 0, kMost);
}

void add_clip(Fields& all) {
  const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.clip.*member; }; };
  all.whole("clip.frames", "frames per clip", get(&ClipConfig::frames), 1, 4096);
  all.word("clip.sampling", "choose frames at a stride, or spread over a span of the video",
           get(&ClipConfig::sampling));
  all.whole("clip.stride", "video frames from one frame of a clip to the next", get(&ClipConfig::stride), 1, 1000);
  all.number("clip.least_span", "smallest part of the video that a training clip covers", get(&ClipConfig::least_span),
             0.01, 1);
  all.whole("clip.views", "clips per video in testing", get(&ClipConfig::views), 1, 100);
  all.whole("clip.crops", "crops per clip in testing", get(&ClipConfig::crops), 1, 3);
  all.word("clip.order", "order of the frames of a clip; all but as_is are controls", get(&ClipConfig::order));
}

void add_augment(Fields& all) {
  const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.augment.*member; }; };
  using A = AugmentConfig;
  all.number("augment.least_area", "smallest part of the picture in a random crop; 1: center crop", get(&A::least_area),
             0.01, 1);
  all.number("augment.most_area", "largest part of the picture in a random crop", get(&A::most_area), 0.01, 1);
  all.number("augment.most_stretch", "largest change of a crop's aspect ratio, as a factor", get(&A::most_stretch), 1,
             4);
  all.number("augment.least_scale", "scale jitter: smallest shorter side relative to the input's", get(&A::least_scale),
             0.1, 10);
  all.number("augment.most_scale", "scale jitter: largest shorter side relative to the input's", get(&A::most_scale),
             0.1, 10);
  all.flag("augment.flip", "flip half of the clips horizontally", get(&A::flip));
  all.number("augment.brightness", "largest relative change", get(&A::brightness), 0, 1);
  all.number("augment.contrast", "largest relative change", get(&A::contrast), 0, 1);
  all.number("augment.saturation", "largest relative change", get(&A::saturation), 0, 1);
  all.number("augment.erase", "probability of filling a rectangle with noise", get(&A::erase), 0, 1);
  all.whole("augment.operations", "RandAugment operations per clip; 0: none", get(&A::operations), 0, 16);
  all.number("augment.magnitude", "strength of RandAugment; 1: the strongest", get(&A::magnitude), 0, 1);
}

void add_loader(Fields& all) {
  const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.loader.*member; }; };
  using L = LoaderConfig;
  all.whole("loader.workers", "threads that prepare clips; 0: use the training thread", get(&L::workers), 0, 256);
  all.whole("loader.prefetch", "batches prepared ahead", get(&L::prefetch), 1, 1024);
  all.word("loader.bad_files", "what to do with files that cannot be read", get(&L::bad_files));
  all.number("loader.bad_limit", "part of the set that may be bad before the run stops", get(&L::bad_limit), 0, 1);
  all.flag("loader.balanced", "draw all classes equally often", get(&L::balanced));
  all.number("loader.cache_gb", "memory for a cache of decoded clips, in GB", get(&L::cache_gb), 0, 4096);
  all.whole("loader.cache_side", "shorter side of cached clips, in pixels; 0: as decoded", get(&L::cache_side), 0,
            4096);
  all.whole("loader.cache_every", "keep every n-th frame in the cache", get(&L::cache_every), 1, 1000);
  all.whole("loader.max_pixels", "most pixels per frame; raise it for files that you trust", get(&L::max_pixels), 1,
            int64_t{1} << 30);
}

void add_start(Fields& all) {
  const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.start.*member; }; };
  using S = StartConfig;
  all.text(
      "start.from",
      "weights to start from: a model folder, .npz or .safetensors of TRecViT or of an image ViT; empty: from scratch",
      get(&S::from));
  all.word("start.initialiser", "how to initialise tensors that are not loaded", get(&S::initialiser));
  all.word("start.backbone", "whether the layers below the head are trained", get(&S::backbone));
  all.word("start.probe", "probe that replaces the head on a frozen backbone", get(&S::probe));
  all.three_numbers("start.mean", "mean of red, green and blue with which an image ViT was trained", get(&S::mean), 0,
                    1);
  all.three_numbers("start.std", "standard deviation of red, green and blue with which an image ViT was trained",
                    get(&S::std), 0.001, 10);
}

void add_objective(Fields& all) {
  const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.objective.*member; }; };
  using O = ObjectiveConfig;
  all.word("objective.target", "one label per clip or per frame", get(&O::target));
  all.flag("objective.multi_label", "several classes may apply at once", get(&O::multi_label));
  all.number("objective.label_smoothing", "part of each target that is spread evenly over all classes",
             get(&O::label_smoothing), 0, 0.999);
  all.number("objective.mixup", "alpha of the beta distribution; 0: off", get(&O::mixup), 0, 100);
  all.flag("objective.class_weights", "weight classes by inverse frequency", get(&O::class_weights));
  all.number("objective.motion_weight", "weight of the loss on image motion, for data whose motion is known",
             get(&O::motion_weight), 0, 1000);
  all.word("objective.motion", "predict the motion of each patch, or the mean of each frame", get(&O::motion));
  all.number("objective.dropout", "dropout before the classifier", get(&O::dropout), 0, 0.99);
}

void add_mask(Fields& all) {
  const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.mask.*member; }; };
  using M = MaskConfig;
  all.word("mask.kind",
           "tube: the same patches in all frames; block: the same, in rectangles; frame: different patches in every "
           "frame; future: all patches of the last frames",
           get(&M::kind));
  all.number("mask.ratio", "part of the patches (future: of the frames) that is masked", get(&M::ratio), 0, 1);
  all.word("mask.rounding", "rounding of the number of masked patches or frames", get(&M::rounding));
}

void add_reconstruction(Fields& all) {
  const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.reconstruction.*member; }; };
  using R = ReconstructionConfig;
  all.word("reconstruction.blocks", "trecvit: causal, with memory; vit: each frame separately", get(&R::blocks));
  all.whole("reconstruction.width", "numbers per token, a multiple of 4 and of heads", get(&R::width), 8, 8192);
  all.whole("reconstruction.depth", "number of blocks", get(&R::depth), 1, 64);
  all.whole("reconstruction.heads", "attention heads", get(&R::heads), 1, 256);
  all.word("reconstruction.target",
           "normalised: each patch minus its mean, divided by its standard deviation, per channel", get(&R::target));
  all.word("reconstruction.loss", "average over masked patches or over all", get(&R::loss));
}

void add_recall(Fields& all) {
  const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.recall.*member; }; };
  all.whole("recall.back", "how many frames before the last one the frame to recall lies", get(&RecallConfig::back), 1,
            4095);
  all.word("recall.network",
           "trecvit: from the tokens of the last frame; last_frame: the same without memory; pooled_vit: attention "
           "over all frames, then their mean",
           get(&RecallConfig::network));
}

void add_optimizer(Fields& all) {
  const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.optimizer.*member; }; };
  using O = OptimizerConfig;
  all.number("optimizer.learning_rate", "highest learning rate, after the warm-up", get(&O::learning_rate), 0, 100);
  all.number("optimizer.floor", "learning rate at the end of the cosine", get(&O::floor), 0, 100);
  all.whole("optimizer.warmup", "steps of warm-up", get(&O::warmup), 0, kMost);
  all.number("optimizer.weight_decay", "weight decay of kernels, not of biases and scales", get(&O::weight_decay), 0,
             10);
  all.number("optimizer.layer_decay", "factor of the learning rate from each block to the one before it; 1: none",
             get(&O::layer_decay), 1e-6, 1);
  all.number("optimizer.beta1", "decay of the first moment in AdamW", get(&O::beta1), 0, 0.999999);
  all.number("optimizer.beta2", "decay of the second moment in AdamW", get(&O::beta2), 0, 0.999999);
  all.number("optimizer.epsilon", "added to the denominator in AdamW", get(&O::epsilon), 1e-16, 1);
  all.number("optimizer.clip_norm", "clip the gradient to this norm; 0: off", get(&O::clip_norm), 0, 1e9);
  all.whole("optimizer.accumulate", "batches per step", get(&O::accumulate), 1, 4096);
  all.number("optimizer.mean_decay", "decay of the running mean of the weights, which is then tested and kept; 0: none",
             get(&O::mean_decay), 0, 0.999999);
  all.number("optimizer.outlier", "report gradients over this many times their usual norm; 0: none", get(&O::outlier),
             0, 1e9);
}

void add_run(Fields& all) {
  const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.run.*member; }; };
  using R = RunConfig;
  all.whole("run.steps", "steps of the optimiser; 0: from epochs", get(&R::steps), 0, kMostSteps);
  all.number("run.epochs", "passes over the training set, if steps is 0", get(&R::epochs), 0, 1e6);
  all.whole("run.batch", "clips per batch", get(&R::batch), 1, 4096);
  all.whole("run.eval_every", "steps between tests; 0: only at the end", get(&R::eval_every), 0, kMost);
  all.whole("run.save_every", "steps between checkpoints", get(&R::save_every), 1, kMost);
  all.whole("run.keep", "number of newest checkpoints to keep, in addition to the best model", get(&R::keep), 1, 1000);
  all.whole("run.log_every", "steps between lines of the log", get(&R::log_every), 1, kMost);
  all.whole("run.sheet_every", "steps between the picture sheets of pretrain; 0: at every test", get(&R::sheet_every),
            0, kMost);
  all.word("run.precision", "number type of matrix products", get(&R::precision));
  all.flag("run.recompute", "recompute blocks in the backward pass to save memory", get(&R::recompute));
  all.whole("run.chunk",
            "frames over which gradients flow back; longer clips are split into such parts, and the state is passed "
            "on; 0: all",
            get(&R::chunk), 0, 4096);
  all.whole("run.threads", "threads; 0: one per available processor", get(&R::threads), 0, 1024);
  all.text("run.device", "cpu, cuda or cuda:N", get(&R::device));
  all.word("run.on_nan", "what to do if a loss or gradient is not finite", get(&R::on_nan));
}

std::vector<TrainField> make_train_fields() {
  Fields all;
  all.text("name", "name of the run's folder", [](auto& c) -> auto& { return c.name; });
  all.natural("seed", "seed of weights, order and augmentation", [](auto& c) -> auto& { return c.seed; });
  all.word("task", "what to learn: classes, masked patches, or a past frame", [](auto& c) -> auto& { return c.task; });
  all.text("size", "named model, mu to L, whose fields [model] may change; empty: [model] defines all",
           [](auto& c) -> auto& { return c.size; });
  add_data(all, "train", &TrainConfig::train);
  add_data(all, "val", &TrainConfig::val);
  add_clip(all);
  add_augment(all);
  add_loader(all);
  add_start(all);
  add_objective(all);
  add_mask(all);
  add_reconstruction(all);
  add_recall(all);
  add_optimizer(all);
  add_run(all);
  return all.take();
}

}  // namespace

const std::vector<TrainField>& train_config_fields() {
  static const std::vector<TrainField> fields = make_train_fields();
  return fields;
}

}  // namespace trecvit
