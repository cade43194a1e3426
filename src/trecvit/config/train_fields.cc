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
  all.word(at + "format", "of the source", get(&DataConfig::format));
  all.text(at + "root", "what relative paths start at; empty: the list's folder", get(&DataConfig::root));
  all.text(at + "split", "rows of this split alone; empty: all", get(&DataConfig::split));
  all.texts(at + "groups", "rows of these groups alone; empty: all", get(&DataConfig::groups));
  all.texts(at + "without_groups", "rows of these groups left out", get(&DataConfig::without_groups));
  all.word(at + "wrap", "labels made from the clips themselves", get(&DataConfig::wrap));
  all.whole(at + "limit", "samples at most, evenly chosen; 0: all", get(&DataConfig::limit), 0, kMost);
  all.whole(at + "per_class", "rows of each class at most, drawn by pick; 0: all", get(&DataConfig::per_class), 0,
            kMost);
  all.natural(at + "pick", "which rows per_class draws", get(&DataConfig::pick));
  all.whole(at + "clips", "samples an epoch of a procedural set or a wrapper; 0: its own number",
            get(&DataConfig::clips), 0, kMost);
}

void add_clip(Fields& all) {
  const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.clip.*member; }; };
  all.whole("clip.frames", "frames of a clip", get(&ClipConfig::frames), 1, 4096);
  all.word("clip.sampling", "frames a stride apart, or spread over a span of the video", get(&ClipConfig::sampling));
  all.whole("clip.stride", "frames of the video from one to the next", get(&ClipConfig::stride), 1, 1000);
  all.number("clip.least_span", "part of the video that a training clip covers at least", get(&ClipConfig::least_span),
             0.01, 1);
  all.whole("clip.views", "clips a video in testing", get(&ClipConfig::views), 1, 100);
  all.whole("clip.crops", "crops a clip in testing", get(&ClipConfig::crops), 1, 3);
  all.word("clip.order", "of the frames; all but as_is are controls", get(&ClipConfig::order));
}

void add_augment(Fields& all) {
  const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.augment.*member; }; };
  using A = AugmentConfig;
  all.number("augment.least_area", "part of the picture in a random crop", get(&A::least_area), 0.01, 1);
  all.number("augment.most_area", "the same, at most", get(&A::most_area), 0.01, 1);
  all.number("augment.most_stretch", "of a crop's sides against each other", get(&A::most_stretch), 1, 4);
  all.number("augment.least_scale", "shorter side against the input's", get(&A::least_scale), 0.1, 10);
  all.number("augment.most_scale", "the same, at most", get(&A::most_scale), 0.1, 10);
  all.flag("augment.flip", "left and right exchanged in half of the clips", get(&A::flip));
  all.number("augment.brightness", "change at most, as a part", get(&A::brightness), 0, 1);
  all.number("augment.contrast", "change at most, as a part", get(&A::contrast), 0, 1);
  all.number("augment.saturation", "change at most, as a part", get(&A::saturation), 0, 1);
  all.number("augment.erase", "chance of a rectangle of noise", get(&A::erase), 0, 1);
  all.whole("augment.operations", "of RandAugment a clip; 0: none", get(&A::operations), 0, 16);
  all.number("augment.magnitude", "of RandAugment, 1: the strongest", get(&A::magnitude), 0, 1);
}

void add_loader(Fields& all) {
  const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.loader.*member; }; };
  using L = LoaderConfig;
  all.whole("loader.workers", "threads that make clips; 0: the training thread", get(&L::workers), 0, 256);
  all.whole("loader.prefetch", "batches made ahead", get(&L::prefetch), 1, 1024);
  all.word("loader.bad_files", "what a file that cannot be read does", get(&L::bad_files));
  all.number("loader.bad_limit", "part of the set that may be bad", get(&L::bad_limit), 0, 1);
  all.flag("loader.balanced", "classes drawn equally often", get(&L::balanced));
  all.number("loader.cache_gb", "memory for decoded clips, GB", get(&L::cache_gb), 0, 4096);
  all.whole("loader.cache_side", "shorter side of decoded clips, pixels; 0: as they are", get(&L::cache_side), 0, 4096);
  all.whole("loader.cache_every", "one frame kept in so many", get(&L::cache_every), 1, 1000);
  all.whole("loader.max_pixels", "of one frame; raise it for files that you trust", get(&L::max_pixels), 1,
            int64_t{1} << 30);
}

void add_start(Fields& all) {
  const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.start.*member; }; };
  using S = StartConfig;
  all.text("start.from",
           "weights to begin with: a model folder, .npz or .safetensors of TRecViT or of an "
           "image ViT; empty: from scratch",
           get(&S::from));
  all.word("start.initialiser", "of tensors that are not loaded", get(&S::initialiser));
  all.word("start.backbone", "whether all but the head learns", get(&S::backbone));
  all.word("start.probe", "what reads a frozen backbone in place of the model's head", get(&S::probe));
  all.three_numbers("start.mean", "subtracted from red, green and blue where an image ViT was trained", get(&S::mean),
                    0, 1);
  all.three_numbers("start.std", "what they were divided by then", get(&S::std), 0.001, 10);
}

void add_objective(Fields& all) {
  const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.objective.*member; }; };
  using O = ObjectiveConfig;
  all.word("objective.target", "a label for each clip or frame", get(&O::target));
  all.flag("objective.multi_label", "several classes may hold at once", get(&O::multi_label));
  all.number("objective.label_smoothing", "", get(&O::label_smoothing), 0, 0.999);
  all.number("objective.mixup", "alpha of the beta distribution; 0: off", get(&O::mixup), 0, 100);
  all.flag("objective.class_weights", "by inverse frequency", get(&O::class_weights));
  all.number("objective.motion_weight", "of the regression of image motion, where the data know it",
             get(&O::motion_weight), 0, 1000);
  all.word("objective.motion", "of each patch, or the mean of each frame", get(&O::motion));
  all.number("objective.dropout", "before the classifier", get(&O::dropout), 0, 0.99);
}

void add_mask(Fields& all) {
  const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.mask.*member; }; };
  using M = MaskConfig;
  all.word("mask.kind",
           "tube: the same patches in all frames; block: those in rectangles; frame: others in "
           "every frame; future: all of the last frames",
           get(&M::kind));
  all.number("mask.ratio", "of the patches (future: of the frames) that the encoder does not see", get(&M::ratio), 0,
             1);
  all.word("mask.rounding", "of their number", get(&M::rounding));
}

void add_reconstruction(Fields& all) {
  const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.reconstruction.*member; }; };
  using R = ReconstructionConfig;
  all.word("reconstruction.blocks", "trecvit: causal, with memory; vit: every frame by itself", get(&R::blocks));
  all.whole("reconstruction.width", "numbers a token, a multiple of 4 and of heads", get(&R::width), 8, 8192);
  all.whole("reconstruction.depth", "blocks", get(&R::depth), 1, 64);
  all.whole("reconstruction.heads", "", get(&R::heads), 1, 256);
  all.word("reconstruction.target", "normalised: each patch less its mean, over its deviation, by channel",
           get(&R::target));
  all.word("reconstruction.loss", "over masked patches or all", get(&R::loss));
}

void add_recall(Fields& all) {
  const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.recall.*member; }; };
  all.whole("recall.back", "frames from the one to give back to the last of the clip", get(&RecallConfig::back), 1,
            4095);
  all.word("recall.network",
           "trecvit: from the last frame's tokens; last_frame: the same without any memory; "
           "pooled_vit: attention over all frames, and their mean",
           get(&RecallConfig::network));
}

void add_optimizer(Fields& all) {
  const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.optimizer.*member; }; };
  using O = OptimizerConfig;
  all.number("optimizer.learning_rate", "the highest", get(&O::learning_rate), 0, 100);
  all.number("optimizer.floor", "the last of the cosine", get(&O::floor), 0, 100);
  all.whole("optimizer.warmup", "steps", get(&O::warmup), 0, kMost);
  all.number("optimizer.weight_decay", "of kernels, not of biases and scales", get(&O::weight_decay), 0, 10);
  all.number("optimizer.layer_decay", "by which the learning rate falls from each block to the one before it; 1: none",
             get(&O::layer_decay), 1e-6, 1);
  all.number("optimizer.beta1", "", get(&O::beta1), 0, 0.999999);
  all.number("optimizer.beta2", "", get(&O::beta2), 0, 0.999999);
  all.number("optimizer.epsilon", "", get(&O::epsilon), 1e-16, 1);
  all.number("optimizer.clip_norm", "of the gradient at most; 0: off", get(&O::clip_norm), 0, 1e9);
  all.whole("optimizer.accumulate", "batches a step", get(&O::accumulate), 1, 4096);
  all.number("optimizer.mean_decay", "of the mean of the weights, which is then tested and kept; 0: none",
             get(&O::mean_decay), 0, 0.999999);
  all.number("optimizer.outlier", "reports a gradient over so many times its usual norm; 0: none", get(&O::outlier), 0,
             1e9);
}

void add_run(Fields& all) {
  const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.run.*member; }; };
  using R = RunConfig;
  all.whole("run.steps", "of the optimiser; 0: from epochs", get(&R::steps), 0, kMost);
  all.number("run.epochs", "times through the training set, where steps is 0", get(&R::epochs), 0, 1e6);
  all.whole("run.batch", "clips", get(&R::batch), 1, 4096);
  all.whole("run.eval_every", "steps; 0: at the end", get(&R::eval_every), 0, kMost);
  all.whole("run.save_every", "steps", get(&R::save_every), 1, kMost);
  all.whole("run.keep", "how many of the newest checkpoints are kept; the best model is kept as well", get(&R::keep), 1,
            1000);
  all.whole("run.log_every", "steps", get(&R::log_every), 1, kMost);
  all.whole("run.sheet_every", "steps from one sheet of pictures of pretrain to the next; 0: at every test",
            get(&R::sheet_every), 0, kMost);
  all.word("run.precision", "of the products", get(&R::precision));
  all.flag("run.recompute", "blocks are computed again in the backward pass, to save memory", get(&R::recompute));
  all.whole("run.chunk",
            "frames that a gradient reaches back over: longer clips go in such parts, with the state carried; "
            "0: all",
            get(&R::chunk), 0, 4096);
  all.whole("run.threads", "0: as many as processors may be used", get(&R::threads), 0, 1024);
  all.text("run.device", "cpu, cuda or cuda:N", get(&R::device));
  all.word("run.on_nan", "what a step whose loss or gradient is not finite does", get(&R::on_nan));
}

std::vector<TrainField> make_train_fields() {
  Fields all;
  all.text("name", "of the run's folder", [](auto& c) -> auto& { return c.name; });
  all.natural("seed", "of weights, order and augmentation", [](auto& c) -> auto& { return c.seed; });
  all.word("task", "what is learnt: classes, masked patches, or a past frame", [](auto& c) -> auto& { return c.task; });
  all.text("size", "a named model, mu to L, whose fields [model] changes; empty: [model] says all",
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
