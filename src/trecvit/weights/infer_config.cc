// The config of a model from the shapes of its tensors; declared in model_files.h.
#include <algorithm>

#include "trecvit/base/checked.h"
#include "trecvit/weights/model_files.h"
#include "trecvit/weights/other_weights.h"
#include "trecvit/weights/position_table.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit {
namespace {

// Reads sizes from the shapes of tensors that every model has.
class Shapes {
 public:
  explicit Shapes(const WeightSource& weights) : weights_(weights), depth_(count_blocks()) {}

  bool has(Layer layer) const { return weights_.tensors().contains(names_of(layer).weight); }

  // Extent of one axis of the first of the given tensors that exists with that many axes. A size occurs in several
  // shapes, so one missing tensor does not keep the others from being checked.
  struct Place {
    Layer layer;
    std::string LayerNames::* tensor;
    size_t axes, axis;
  };
  std::optional<int64_t> extent(const std::vector<Place>& places, int64_t block = 0) const {
    for (const auto& place : places) {
      const auto found = weights_.tensors().find(names_of(place.layer, block).*place.tensor);
      if (found != weights_.tensors().end() && found->second.shape.size() == place.axes) {
        return found->second.shape[place.axis];
      }
    }
    return std::nullopt;
  }
  // The same for tensors that every block has.
  std::optional<int64_t> extent_in_blocks(const std::vector<Place>& places) const {
    for (int64_t block = 0; block < depth_; ++block) {
      if (const auto size = extent(places, block)) return size;
    }
    return std::nullopt;
  }

  int64_t depth() const { return depth_; }

 private:
  // One more than the highest block that has any tensor, so that a block missing in the middle is reported as missing.
  int64_t count_blocks() const {
    for (int64_t depth = kMaxDepth; depth > 0; --depth) {
      if (has_scope(scope_of(NetworkPart::kTemporalBlock, depth - 1)) ||
          has_scope(scope_of(NetworkPart::kSpatialBlock, depth - 1)))
        return depth;
    }
    return 0;
  }
  bool has_scope(const std::string& scope) const {
    const auto next = weights_.tensors().lower_bound(scope);
    return next != weights_.tensors().end() && next->first.starts_with(scope);
  }

  const WeightSource& weights_;
  int64_t depth_;
};

constexpr std::string LayerNames::* kWeight = &LayerNames::weight;
constexpr std::string LayerNames::* kBias = &LayerNames::bias;

// The side of a square picture if the length of the position table is a square number.
std::optional<int64_t> square_side(int64_t patches, int64_t patch_size) {
  const auto grid = square_grid(patches);
  return grid ? checked_mul(grid->rows, patch_size) : std::nullopt;
}

void infer_image_size(const Shapes& shapes, const std::string& where, ModelConfig& config) {
  std::optional<int64_t> side;
  if (config.position == Position::kLearned) {
    const auto patches = shapes.extent({{Layer::kPositions, kWeight, 3, 1}});
    if (!patches) return;  // the table has the wrong number of axes, which is reported later
    side = square_side(*patches, config.patch_size);
  }
  if (!side) {
    fail_usage(where,
               "expected the image size, which the tensors do not give, got none; give --image-size HxW or image_size "
               "in config.json");
  }
  config.image_height = config.image_width = *side;
}

void check_given(const GivenConfig& given, const ModelConfig& found, const std::string& where) {
  std::string wrong;
  for (const auto& field : model_config_fields()) {
    if (!given.has(field.key)) continue;
    const JsonTree stated = field.write(given.config), actual = field.write(found);
    if (*stated == *actual) continue;
    wrong += fmt::format("{}{} to be {} as in the tensors' shapes, got {} in config.json", wrong.empty() ? "" : "; ",
                         field.key, actual->dump(), stated->dump());
  }
  if (!wrong.empty()) fail_input(where, "expected {}", wrong);
}

}  // namespace

bool has_head(const WeightSource& weights) {
  return std::any_of(weights.tensors().begin(), weights.tensors().end(), [](const auto& entry) {
    return is_of_layer(entry.first, Layer::kPreLogits) || is_of_layer(entry.first, Layer::kClasses);
  });
}

ModelConfig infer_config(const WeightSource& weights, const GivenConfig& given, std::optional<InputSize> image_size) {
  const Shapes shapes(weights);
  ModelConfig config = given.config;  // what shapes cannot tell: readout, input scale, preprocessing, labels, ...
  using enum Layer;
  const auto width =
      shapes.extent({{kEmbedding, kWeight, 5, 4}, {kEmbedding, kBias, 1, 0}, {kEncoderNorm, kWeight, 1, 0}});
  const auto lru_width = shapes.extent_in_blocks(
      {{kConv, kWeight, 2, 1}, {kConv, kBias, 1, 0}, {kLinearX, kBias, 1, 0}, {kLinearY, kBias, 1, 0}});
  const auto num_heads = shapes.extent_in_blocks({{kQuery, kWeight, 3, 1}, {kQuery, kBias, 2, 0}, {kKey, kBias, 2, 0}});
  const auto mlp_dim = shapes.extent_in_blocks({{kMlp0, kWeight, 2, 1}, {kMlp0, kBias, 1, 0}});
  if (!width || !lru_width || !num_heads || !mlp_dim) {
    fail_no_checkpoint(weights);
  }
  config.width = *width;
  config.lru_width = *lru_width;
  config.num_heads = *num_heads;
  config.mlp_dim = *mlp_dim;
  config.depth = shapes.depth();
  // A size that occurs in few shapes keeps its usual value if all of them are missing: the missing tensors are reported
  // anyway.
  const auto or_usual = [](std::optional<int64_t> found, int64_t& size) { size = found.value_or(size); };
  or_usual(shapes.extent({{kEmbedding, kWeight, 5, 1}}), config.patch_size);
  or_usual(shapes.extent_in_blocks({{kConv, kWeight, 2, 0}}), config.conv1d_width);
  if (has_head(weights)) {
    or_usual(shapes.extent({{kClasses, kWeight, 2, 0}, {kPreLogits, kBias, 1, 0}}), config.head_dim);
    const auto classes = shapes.extent({{kClasses, kWeight, 2, 1}, {kClasses, kBias, 1, 0}});
    config.num_classes = classes.value_or(std::max<int64_t>(given.config.num_classes, 1));
  } else {
    config.num_classes = config.head_dim = 0;
  }
  config.pool = shapes.has(kClassToken) ? Pool::kCls : Pool::kGap;
  config.position = shapes.has(kPositions) ? Position::kLearned : Position::kSincos2d;
  if (image_size) {
    config.image_height = image_size->height;
    config.image_width = image_size->width;
  } else if (!given.has("image_size")) {
    infer_image_size(shapes, weights.name(), config);
  }
  check_given(given, config, weights.name());
  validate(config, weights.name());
  return config;
}

}  // namespace trecvit
