#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/config/train_config.h"

namespace trecvit {
namespace {

template <class T>
using Access = std::function<T&(TrainConfig&)>;

[[noreturn]] void fail_value(const std::string& where, const std::string& key, const std::string& range,
                             const Json& value) {
  fail_usage(where, "expected {} to be {}, got {}", key, range, printable(value.dump(), 80));
}

// read and write of a field from its way to the value and a conversion that returns false for what does not fit.
template <class T, class From, class To>
TrainField make_field(const std::string& key, std::string help, const std::string& range, const Access<T>& at,
                      const From& from, const To& to) {
  TrainField field{key, std::move(help), range, {}, {}};
  field.read = [key, range, at, from](const Json& value, TrainConfig& config, const std::string& where) {
    if (!from(value, at(config))) fail_value(where, key, range, value);
  };
  field.write = [at, to](const TrainConfig& config) {
    TrainConfig copy = config;
    return to(at(copy));
  };
  return field;
}

template <class T>
Json same(const T& value) {
  return value;
}

TrainField whole(const std::string& key, std::string help, const Access<int64_t>& at, int64_t least, int64_t most) {
  return make_field<int64_t>(
      key, std::move(help), fmt::format("a whole number from {} to {}", least, most), at,
      [=](const Json& value, int64_t& out) {
        if (!value.is_number_integer()) return false;
        out = value.get<int64_t>();
        return out >= least && out <= most;
      },
      same<int64_t>);
}

TrainField natural(const std::string& key, std::string help, const Access<uint64_t>& at) {
  return make_field<uint64_t>(
      key, std::move(help), "a whole number from 0", at,
      [](const Json& value, uint64_t& out) {
        if (!value.is_number_integer() || value < 0) return false;
        out = value.get<uint64_t>();
        return true;
      },
      same<uint64_t>);
}

TrainField number(const std::string& key, std::string help, const Access<double>& at, double least, double most) {
  return make_field<double>(
      key, std::move(help), fmt::format("a number from {} to {}", least, most), at,
      [=](const Json& value, double& out) {
        if (!value.is_number()) return false;
        out = value.get<double>();
        return std::isfinite(out) && out >= least && out <= most;
      },
      same<double>);
}

TrainField flag(const std::string& key, std::string help, const Access<bool>& at) {
  return make_field<bool>(
      key, std::move(help), "true or false", at,
      [](const Json& value, bool& out) {
        if (value.is_boolean()) out = value.get<bool>();
        return value.is_boolean();
      },
      same<bool>);
}

TrainField text(const std::string& key, std::string help, const Access<std::string>& at) {
  return make_field<std::string>(
      key, std::move(help), "text", at,
      [](const Json& value, std::string& out) {
        if (value.is_string()) out = value.get<std::string>();
        return value.is_string();
      },
      same<std::string>);
}

// The place of a value in a list of words; their number where it is none of them.
size_t index_of(const Json& value, const std::vector<std::string>& words) {
  if (!value.is_string()) return words.size();
  const auto found = std::find(words.begin(), words.end(), value.get_ref<const std::string&>());
  return static_cast<size_t>(found - words.begin());
}

TrainField word(const std::string& key, std::string help, const Access<std::string>& at,
                std::vector<std::string> words) {
  return make_field<std::string>(
      key, std::move(help), fmt::format("one of {}", fmt::join(words, ", ")), at,
      [words](const Json& value, std::string& out) {
        if (index_of(value, words) == words.size()) return false;
        out = value.get<std::string>();
        return true;
      },
      same<std::string>);
}

template <class Enum>
TrainField choice(const std::string& key, std::string help, const Access<Enum>& at, std::vector<std::string> words) {
  return make_field<Enum>(
      key, std::move(help), fmt::format("one of {}", fmt::join(words, ", ")), at,
      [words](const Json& value, Enum& out) {
        const size_t found = index_of(value, words);
        if (found == words.size()) return false;
        out = static_cast<Enum>(found);
        return true;
      },
      [words](const Enum& value) -> Json { return words[static_cast<size_t>(value)]; });
}

TrainField three_numbers(const std::string& key, std::string help, const Access<std::array<double, 3>>& at,
                         double least, double most) {
  return make_field<std::array<double, 3>>(
      key, std::move(help), fmt::format("three numbers from {} to {}", least, most), at,
      [=](const Json& value, std::array<double, 3>& out) {
        if (!value.is_array() || value.size() != out.size()) return false;
        for (size_t i = 0; i < out.size(); ++i) {
          if (!value[i].is_number()) return false;
          out[i] = value[i].get<double>();
          if (!(out[i] >= least && out[i] <= most)) return false;
        }
        return true;
      },
      same<std::array<double, 3>>);
}

TrainField texts(const std::string& key, std::string help, const Access<std::vector<std::string>>& at) {
  return make_field<std::vector<std::string>>(
      key, std::move(help), "a list of text", at,
      [](const Json& value, std::vector<std::string>& out) {
        const auto is_text = [](const Json& item) { return item.is_string(); };
        if (!value.is_array() || !std::all_of(value.begin(), value.end(), is_text)) return false;
        out = value.get<std::vector<std::string>>();
        return true;
      },
      same<std::vector<std::string>>);
}

constexpr int64_t kMost = int64_t{1} << 30;  // of what is counted: products of two stay within 64 bits

using Fields = std::vector<TrainField>;

void add_data(Fields& all, const std::string& name, DataConfig TrainConfig::* set) {
  const std::string at = "data." + name + ".";
  const auto get = [set](auto member) { return [set, member](TrainConfig& c) -> auto& { return c.*set.*member; }; };
  all.push_back(text(at + "source",
                     "synthetic:NAME?…, a CSV with a header, a list of 'path label' or of paths, or a folder",
                     get(&DataConfig::source)));
  all.push_back(word(at + "format", "of the source", get(&DataConfig::format), {"auto", "csv", "list", "folders"}));
  all.push_back(text(at + "root", "what relative paths start at; empty: the list's folder", get(&DataConfig::root)));
  all.push_back(text(at + "split", "rows of this split alone; empty: all", get(&DataConfig::split)));
  all.push_back(texts(at + "groups", "rows of these groups alone; empty: all", get(&DataConfig::groups)));
  all.push_back(texts(at + "without_groups", "rows of these groups left out", get(&DataConfig::without_groups)));
  all.push_back(word(at + "wrap", "labels made from the clips themselves", get(&DataConfig::wrap),
                     {"none", "pairs", "reversed", "retimed", "moves"}));
  all.push_back(whole(at + "limit", "samples at most, evenly chosen; 0: all", get(&DataConfig::limit), 0, kMost));
  all.push_back(whole(at + "per_class", "rows of each class at most, drawn by pick; 0: all",
                      get(&DataConfig::per_class), 0, kMost));
  all.push_back(natural(at + "pick", "which rows per_class draws", get(&DataConfig::pick)));
  all.push_back(whole(at + "clips", "samples an epoch of a procedural set or a wrapper; 0: its own number",
                      get(&DataConfig::clips), 0, kMost));
}

void add_clip(Fields& all) {
  const auto get = [](auto member) { return [member](TrainConfig& c) -> auto& { return c.clip.*member; }; };
  all.push_back(whole("clip.frames", "frames of a clip", get(&ClipConfig::frames), 1, 4096));
  all.push_back(choice<Sampling>("clip.sampling", "frames a stride apart, or spread over a span of the video",
                                 get(&ClipConfig::sampling), {"stride", "span"}));
  all.push_back(whole("clip.stride", "frames of the video from one to the next", get(&ClipConfig::stride), 1, 1000));
  all.push_back(number("clip.least_span", "part of the video that a training clip covers at least",
                       get(&ClipConfig::least_span), 0.01, 1));
  all.push_back(whole("clip.views", "clips a video in testing", get(&ClipConfig::views), 1, 100));
  all.push_back(whole("clip.crops", "crops a clip in testing", get(&ClipConfig::crops), 1, 3));
  all.push_back(choice<FrameOrder>("clip.order", "of the frames; all but as_is are controls", get(&ClipConfig::order),
                                   {"as_is", "shuffled", "reversed", "frozen"}));
}

void add_augment(Fields& all) {
  const auto get = [](auto member) { return [member](TrainConfig& c) -> auto& { return c.augment.*member; }; };
  using A = AugmentConfig;
  all.push_back(number("augment.least_area", "part of the picture in a random crop", get(&A::least_area), 0.01, 1));
  all.push_back(number("augment.most_area", "the same, at most", get(&A::most_area), 0.01, 1));
  all.push_back(number("augment.most_stretch", "of a crop's sides against each other", get(&A::most_stretch), 1, 4));
  all.push_back(number("augment.least_scale", "shorter side against the input's", get(&A::least_scale), 0.1, 10));
  all.push_back(number("augment.most_scale", "the same, at most", get(&A::most_scale), 0.1, 10));
  all.push_back(flag("augment.flip", "left and right exchanged in half of the clips", get(&A::flip)));
  all.push_back(number("augment.brightness", "change at most, as a part", get(&A::brightness), 0, 1));
  all.push_back(number("augment.contrast", "change at most, as a part", get(&A::contrast), 0, 1));
  all.push_back(number("augment.saturation", "change at most, as a part", get(&A::saturation), 0, 1));
  all.push_back(number("augment.erase", "chance of a rectangle of noise", get(&A::erase), 0, 1));
  all.push_back(whole("augment.operations", "of RandAugment a clip; 0: none", get(&A::operations), 0, 16));
  all.push_back(number("augment.magnitude", "of RandAugment, 1: the strongest", get(&A::magnitude), 0, 1));
}

void add_loader(Fields& all) {
  const auto get = [](auto member) { return [member](TrainConfig& c) -> auto& { return c.loader.*member; }; };
  using L = LoaderConfig;
  all.push_back(whole("loader.workers", "threads that make clips; 0: the training thread", get(&L::workers), 0, 256));
  all.push_back(whole("loader.prefetch", "batches made ahead", get(&L::prefetch), 1, 1024));
  all.push_back(choice<BadFiles>("loader.bad_files", "what a file that cannot be read does", get(&L::bad_files),
                                 {"fail", "skip", "replace"}));
  all.push_back(number("loader.bad_limit", "part of the set that may be bad", get(&L::bad_limit), 0, 1));
  all.push_back(flag("loader.balanced", "classes drawn equally often", get(&L::balanced)));
  all.push_back(number("loader.cache_gb", "memory for decoded clips, GB", get(&L::cache_gb), 0, 4096));
  all.push_back(whole("loader.cache_side", "shorter side of decoded clips, pixels; 0: as they are", get(&L::cache_side),
                      0, 4096));
  all.push_back(whole("loader.cache_every", "one frame kept in so many", get(&L::cache_every), 1, 1000));
  all.push_back(whole("loader.max_pixels", "of one frame; raise it for files that you trust", get(&L::max_pixels), 1,
                      int64_t{1} << 30));
}

void add_start(Fields& all) {
  const auto get = [](auto member) { return [member](TrainConfig& c) -> auto& { return c.start.*member; }; };
  using S = StartConfig;
  all.push_back(text("start.from",
                     "weights to begin with: a model folder, .npz or .safetensors of TRecViT or of an "
                     "image ViT; empty: from scratch",
                     get(&S::from)));
  all.push_back(word("start.initialiser", "of tensors that are not loaded", get(&S::initialiser),
                     {"auto", "scratch", "published"}));
  all.push_back(word("start.backbone", "whether all but the head learns", get(&S::backbone), {"train", "frozen"}));
  all.push_back(choice<ProbeKind>("start.probe", "what reads a frozen backbone in place of the model's head",
                                  get(&S::probe), {"none", "linear", "attentive"}));
  all.push_back(three_numbers("start.mean", "subtracted from red, green and blue where an image ViT was trained",
                              get(&S::mean), 0, 1));
  all.push_back(three_numbers("start.std", "what they were divided by then", get(&S::std), 0.001, 10));
}

void add_objective(Fields& all) {
  const auto get = [](auto member) { return [member](TrainConfig& c) -> auto& { return c.objective.*member; }; };
  using O = ObjectiveConfig;
  all.push_back(
      choice<TargetKind>("objective.target", "a label for each clip or frame", get(&O::target), {"clip", "frame"}));
  all.push_back(flag("objective.multi_label", "several classes may hold at once", get(&O::multi_label)));
  all.push_back(number("objective.label_smoothing", "", get(&O::label_smoothing), 0, 0.999));
  all.push_back(number("objective.mixup", "alpha of the beta distribution; 0: off", get(&O::mixup), 0, 100));
  all.push_back(flag("objective.class_weights", "by inverse frequency", get(&O::class_weights)));
  all.push_back(number("objective.motion_weight", "of the regression of image motion, where the data know it",
                       get(&O::motion_weight), 0, 1000));
  all.push_back(
      word("objective.motion", "of each patch, or the mean of each frame", get(&O::motion), {"patch", "frame"}));
  all.push_back(number("objective.dropout", "before the classifier", get(&O::dropout), 0, 0.99));
}

void add_mask(Fields& all) {
  const auto get = [](auto member) { return [member](TrainConfig& c) -> auto& { return c.mask.*member; }; };
  using M = MaskConfig;
  all.push_back(choice<MaskKind>("mask.kind",
                                 "tube: the same patches in all frames; block: those in rectangles; frame: others in "
                                 "every frame; future: all of the last frames",
                                 get(&M::kind), {"tube", "block", "frame", "future"}));
  all.push_back(number("mask.ratio", "of the patches (future: of the frames) that the encoder does not see",
                       get(&M::ratio), 0, 1));
  all.push_back(choice<Rounding>("mask.rounding", "of their number", get(&M::rounding), {"down", "nearest", "up"}));
}

void add_reconstruction(Fields& all) {
  const auto get = [](auto member) { return [member](TrainConfig& c) -> auto& { return c.reconstruction.*member; }; };
  using R = ReconstructionConfig;
  all.push_back(word("reconstruction.blocks", "trecvit: causal, with memory; vit: every frame by itself",
                     get(&R::blocks), {"trecvit", "vit"}));
  all.push_back(
      whole("reconstruction.width", "numbers a token, a multiple of 4 and of heads", get(&R::width), 8, 8192));
  all.push_back(whole("reconstruction.depth", "blocks", get(&R::depth), 1, 64));
  all.push_back(whole("reconstruction.heads", "", get(&R::heads), 1, 256));
  all.push_back(word("reconstruction.target", "normalised: each patch less its mean, over its deviation, by channel",
                     get(&R::target), {"normalised", "raw"}));
  all.push_back(word("reconstruction.loss", "over masked patches or all", get(&R::loss), {"masked", "all"}));
}

void add_recall(Fields& all) {
  const auto get = [](auto member) { return [member](TrainConfig& c) -> auto& { return c.recall.*member; }; };
  all.push_back(whole("recall.back", "frames from the one to give back to the last of the clip",
                      get(&RecallConfig::back), 1, 4095));
  all.push_back(choice<RecallNetwork>("recall.network",
                                      "trecvit: from the last frame's tokens; last_frame: the same without any memory; "
                                      "pooled_vit: attention over all frames, and their mean",
                                      get(&RecallConfig::network), {"trecvit", "last_frame", "pooled_vit"}));
}

void add_optimizer(Fields& all) {
  const auto get = [](auto member) { return [member](TrainConfig& c) -> auto& { return c.optimizer.*member; }; };
  using O = OptimizerConfig;
  all.push_back(number("optimizer.learning_rate", "the highest", get(&O::learning_rate), 0, 100));
  all.push_back(number("optimizer.floor", "the last of the cosine", get(&O::floor), 0, 100));
  all.push_back(whole("optimizer.warmup", "steps", get(&O::warmup), 0, kMost));
  all.push_back(number("optimizer.weight_decay", "of kernels, not of biases and scales", get(&O::weight_decay), 0, 10));
  all.push_back(number("optimizer.layer_decay",
                       "by which the learning rate falls from each block to the one before it; 1: none",
                       get(&O::layer_decay), 1e-6, 1));
  all.push_back(number("optimizer.beta1", "", get(&O::beta1), 0, 0.999999));
  all.push_back(number("optimizer.beta2", "", get(&O::beta2), 0, 0.999999));
  all.push_back(number("optimizer.epsilon", "", get(&O::epsilon), 1e-16, 1));
  all.push_back(number("optimizer.clip_norm", "of the gradient at most; 0: off", get(&O::clip_norm), 0, 1e9));
  all.push_back(whole("optimizer.accumulate", "batches a step", get(&O::accumulate), 1, 4096));
  all.push_back(number("optimizer.mean_decay", "of the mean of the weights, which is then tested and kept; 0: none",
                       get(&O::mean_decay), 0, 0.999999));
  all.push_back(number("optimizer.outlier", "reports a gradient over so many times its usual norm; 0: none",
                       get(&O::outlier), 0, 1e9));
}

void add_run(Fields& all) {
  const auto get = [](auto member) { return [member](TrainConfig& c) -> auto& { return c.run.*member; }; };
  using R = RunConfig;
  all.push_back(whole("run.steps", "of the optimiser; 0: from epochs", get(&R::steps), 0, kMost));
  all.push_back(number("run.epochs", "times through the training set, where steps is 0", get(&R::epochs), 0, 1e6));
  all.push_back(whole("run.batch", "clips", get(&R::batch), 1, 4096));
  all.push_back(whole("run.eval_every", "steps; 0: at the end", get(&R::eval_every), 0, kMost));
  all.push_back(whole("run.save_every", "steps", get(&R::save_every), 1, kMost));
  all.push_back(whole("run.keep", "newest checkpoints kept, beside the best", get(&R::keep), 1, 1000));
  all.push_back(whole("run.log_every", "steps", get(&R::log_every), 1, kMost));
  all.push_back(whole("run.sheet_every", "steps from one sheet of pictures of pretrain to the next; 0: at every test",
                      get(&R::sheet_every), 0, kMost));
  all.push_back(word("run.precision", "of the products", get(&R::precision), {"f32", "bf16"}));
  all.push_back(
      flag("run.recompute", "blocks are computed again in the backward pass, to save memory", get(&R::recompute)));
  all.push_back(
      whole("run.chunk",
            "frames that a gradient reaches back over: longer clips go in such parts, with the state carried; "
            "0: all",
            get(&R::chunk), 0, 4096));
  all.push_back(whole("run.threads", "0: as many as processors may be used", get(&R::threads), 0, 1024));
  all.push_back(text("run.device", "cpu, cuda or cuda:N", get(&R::device)));
  all.push_back(
      word("run.on_nan", "what a step whose loss or gradient is not finite does", get(&R::on_nan), {"stop", "skip"}));
}

Fields make_fields() {
  Fields all;
  all.push_back(text("name", "of the run's folder", [](TrainConfig& c) -> std::string& { return c.name; }));
  all.push_back(
      natural("seed", "of weights, order and augmentation", [](TrainConfig& c) -> uint64_t& { return c.seed; }));
  all.push_back(choice<TaskKind>("task", "what is learnt: classes, masked patches, or a past frame",
                                 [](TrainConfig& c) -> TaskKind& { return c.task; },
                                 {"classify", "reconstruct", "recall"}));
  all.push_back(text("size", "a named model, mu to L, whose fields [model] changes; empty: [model] says all",
                     [](TrainConfig& c) -> std::string& { return c.size; }));
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
  return all;
}

}  // namespace

const std::vector<TrainField>& train_config_fields() {
  static const Fields fields = make_fields();
  return fields;
}

}  // namespace trecvit
