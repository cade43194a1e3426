#include "trecvit/data/procedural_dataset.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>
#include <mutex>
#include <span>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/hash.h"
#include "trecvit/base/parameters.h"
#include "trecvit/base/random.h"
#include "trecvit/data/camera_clip.h"
#include "trecvit/data/rendered_clip.h"
#include "trecvit/synth/camera_moves.h"
#include "trecvit/synth/draws.h"
#include "trecvit/synth/shape_events.h"
#include "trecvit/synth/shape_row.h"

namespace trecvit {
namespace {

constexpr int64_t kDefaultSize = 1000;
constexpr int kDefaultPool = 64, kMaxPool = 4096;
constexpr size_t kMaxPoolBytes = size_t{2} << 30;

enum class ProceduralSet { kCameraMoves, kShapeEvents, kShapeRow };
constexpr auto enum_words(ProceduralSet) {
  return make_words<ProceduralSet>({{"camera_moves", ProceduralSet::kCameraMoves},
                                    {"shape_events", ProceduralSet::kShapeEvents},
                                    {"shape_row", ProceduralSet::kShapeRow}});
}

// Of shape_row: which frame's shape is the label.
enum class Asked { kFirst, kPrevious };
constexpr auto enum_words(Asked) {
  return make_words<Asked>({{"first", Asked::kFirst}, {"previous", Asked::kPrevious}});
}

// Pictures painted on first use.
class PicturePool {
 public:
  PicturePool(const RandomStream& seeds, int count, const FrameSize& size)
      : seeds_(seeds), size_(size), painted_(count), pictures_(count) {}

  std::shared_ptr<const Picture> get(uint64_t draw) {
    const size_t i = draw % pictures_.size();
    std::call_once(painted_[i],
                   [&] { pictures_[i] = std::make_shared<const Picture>(paint_scene(seeds_.bits(i), size_)); });
    return pictures_[i];
  }

 private:
  RandomStream seeds_;
  FrameSize size_;
  std::vector<std::once_flag> painted_;
  std::vector<std::shared_ptr<const Picture>> pictures_;
};

// The parameters in the text, apart from the set's name.
struct Source {
  uint64_t seed = 1;
  CameraClasses classes = CameraClasses::kTen;
  int objects = kMaxCameraObjects;
  int pool = kDefaultPool;
  ShapeEvent event = ShapeEvent::kOrder;
  Asked ask = Asked::kFirst;
};

struct SourceParameter {
  std::string_view name;
  void (*read)(std::string_view value, Source& source);
};

constexpr SourceParameter kSeed = {"seed", [](std::string_view value, Source& source) {
                                     source.seed =
                                         parse_number<uint64_t>(kProceduralSet, value, {"seed", 0, ~uint64_t{0}});
                                   }};
constexpr std::array<SourceParameter, 4> kCameraParameters = {{
    {"classes", [](std::string_view value,
                   Source& source) { source.classes = parse_choice<CameraClasses>(kProceduralSet, "classes", value); }},
    {"objects",
     [](std::string_view value, Source& source) {
       source.objects = parse_number<int>(kProceduralSet, value, {"objects", 0, kMaxCameraObjects});
     }},
    {"pool", [](std::string_view value,
                Source& source) { source.pool = parse_number<int>(kProceduralSet, value, {"pool", 1, kMaxPool}); }},
    kSeed,
}};
constexpr std::array<SourceParameter, 2> kEventParameters = {{
    {"event", [](std::string_view value,
                 Source& source) { source.event = parse_choice<ShapeEvent>(kProceduralSet, "event", value); }},
    kSeed,
}};

constexpr std::array<SourceParameter, 2> kRowParameters = {{
    {"ask",
     [](std::string_view value, Source& source) { source.ask = parse_choice<Asked>(kProceduralSet, "ask", value); }},
    kSeed,
}};

std::span<const SourceParameter> parameters_of(ProceduralSet set) {
  switch (set) {
    case ProceduralSet::kCameraMoves:
      return kCameraParameters;
    case ProceduralSet::kShapeEvents:
      return kEventParameters;
    case ProceduralSet::kShapeRow:
      return kRowParameters;
  }
  TRECVIT_CHECK(false);
}

Source parse_source(std::string_view text, std::span<const SourceParameter> known) {
  Source source;
  const size_t question = text.find('?');
  if (question == std::string_view::npos) return source;
  for (const Parameter& given : split_parameters(kProceduralSet, text.substr(question + 1))) {
    const auto found = std::find_if(known.begin(), known.end(), [&](const auto& one) { return one.name == given.key; });
    if (found == known.end()) {
      std::vector<std::string_view> names;
      for (const SourceParameter& one : known) names.push_back(one.name);
      fail_usage(kProceduralSet, "expected one of the parameters {}, got '{}'", fmt::join(names, ", "),
                 printable(given.key));
    }
    found->read(given.value, source);
  }
  return source;
}

class ProceduralDataset : public ClipDataset {
 public:
  // Makes the clip of a class and a seed; thread-safe.
  using Maker = std::function<Clip(int64_t label, uint64_t seed)>;
  struct Kind {
    std::vector<std::string> classes;
    std::string summary;
    Maker make;
    bool knows_motion = false;
  };

  ProceduralDataset(Kind kind, uint64_t source_seed, int64_t size, bool training)
      : kind_(std::move(kind)), source_seed_(source_seed), size_(size), training_(training) {}

  int64_t size() const override { return size_; }
  const std::vector<std::string>& classes() const override { return kind_.classes; }
  bool knows_motion() const override { return kind_.knows_motion; }
  SampleInfo info(int64_t index) const override {
    return {fmt::format("{}", index), index % std::ssize(kind_.classes), ""};
  }
  Clip load(int64_t index, const Draw& draw) const override {
    TRECVIT_CHECK(index >= 0 && index < size_);
    return kind_.make(index % std::ssize(kind_.classes), clip_seed(static_cast<uint64_t>(index), draw));
  }
  uint64_t fingerprint() const override {
    return hash_text(fmt::format("{} {} {} {}", kind_.summary, source_seed_, size_, fmt::join(kind_.classes, " ")));
  }
  std::vector<std::string> summary() const override {
    return {fmt::format("{} clips {}, {} classes: {}", size_, training_ ? "per epoch, new ones in each" : "for testing",
                        kind_.classes.size(), fmt::join(kind_.classes, ", ")),
            kind_.summary};
  }

 private:
  uint64_t clip_seed(uint64_t index, const Draw& draw) const {
    if (!training_) return RandomStream(source_seed_, "clips of testing").bits(index);
    const uint64_t set = RandomStream(source_seed_, "clips of training").bits(draw.seed);
    return RandomStream(RandomStream(set, "epoch").bits(static_cast<uint64_t>(draw.epoch)), "clip").bits(index);
  }

  Kind kind_;
  uint64_t source_seed_;
  int64_t size_;
  bool training_;
};

ProceduralDataset::Kind camera_kind(const Source& source, const ClipOptions& options) {
  check_camera_frames(source.classes, options.clip.frames);
  const FrameSize size = scene_size(rendered_size(options));
  if (static_cast<size_t>(source.pool) * size.bytes() > kMaxPoolBytes) {
    fail_usage(kProceduralSet,
               "expected a pool of at most {} bytes, got {} pictures of {}x{}; ask for fewer with pool=N",
               kMaxPoolBytes, source.pool, size.height, size.width);
  }
  const RandomStream seeds(source.seed, options.training ? "pictures of training" : "pictures of testing");
  auto pool = std::make_shared<PicturePool>(seeds, source.pool, size);
  auto make = [pool, source, options](int64_t label, uint64_t seed) {
    return make_camera_clip({.picture = pool->get(Draws(seed, "picture").bits()),
                             .classes = source.classes,
                             .label = label,
                             .seed = seed,
                             .objects = source.objects,
                             .wanted = options});
  };
  return {camera_class_names(source.classes),
          fmt::format("virtual camera over {} painted pictures of {}x{}, up to {} objects", source.pool, size.height,
                      size.width, source.objects),
          make, /*knows_motion=*/true};
}

ProceduralDataset::Kind event_kind(const Source& source, const ClipOptions& options) {
  const auto names = shape_event_classes(source.event);
  auto make = [source, options](int64_t label, uint64_t seed) {
    const ShapeEvents events({.seed = seed,
                              .size = rendered_size(options),
                              .event = source.event,
                              .label = static_cast<int>(label),
                              .frames = options.clip.frames});
    return render_clip(events, options, label, kShapeEventClasses);
  };
  return {{names.begin(), names.end()}, fmt::format("two figures, event {}", word_of(source.event)), make};
}

ProceduralDataset::Kind row_kind(const Source& source, const ClipOptions& options) {
  const bool ask_previous = source.ask == Asked::kPrevious;
  if (ask_previous && !options.frame_targets)
    fail_usage(kProceduralSet, "expected objective.target = \"frame\" with ask=previous, got one label per clip");
  const auto names = row_shape_names();
  auto make = [ask_previous, options](int64_t label, uint64_t seed) {
    const ShapeRow row({.seed = seed, .size = rendered_size(options), .first = static_cast<int>(label)});
    Clip clip = render_clip(row, options, label, kRowShapes);
    // The first frame has no predecessor, so its own shape is the answer.
    for (int64_t t = 1; ask_previous && t < options.clip.frames; ++t) {
      const auto target = clip.targets.begin() + t * kRowShapes;
      std::fill(target, target + kRowShapes, 0.0F);
      target[row.shape_at(t - 1)] = 1;
    }
    return clip;
  };
  return {{names.begin(), names.end()},
          fmt::format("a figure a frame, the label is the {} one", word_of(source.ask)),
          make};
}

ProceduralDataset::Kind kind_of(ProceduralSet set, const Source& source, const ClipOptions& options) {
  switch (set) {
    case ProceduralSet::kCameraMoves:
      return camera_kind(source, options);
    case ProceduralSet::kShapeEvents:
      return event_kind(source, options);
    case ProceduralSet::kShapeRow:
      return row_kind(source, options);
  }
  TRECVIT_CHECK(false);
}

}  // namespace

std::unique_ptr<ClipDataset> make_procedural_dataset(std::string_view text, const DataConfig& data,
                                                     const ClipOptions& options) {
  constexpr std::string_view kPrefix = "synthetic:";
  if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
  const std::string_view name = text.substr(0, text.find('?'));
  const auto set = parse_choice<ProceduralSet>(kProceduralSet, "the set", name);
  const Source source = parse_source(text, parameters_of(set));
  check_rendered_clip(options);
  int64_t size = data.clips > 0 ? data.clips : kDefaultSize;
  if (data.limit > 0) size = std::min(size, data.limit);
  return std::make_unique<ProceduralDataset>(kind_of(set, source, options), source.seed, size, options.training);
}

}  // namespace trecvit
