#include <cmath>

#include "trecvit/weights/model_files.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit {
namespace {

// Reads sizes off the shapes of tensors that every model has.
class Shapes {
 public:
  explicit Shapes(const WeightSource& weights) : weights_(weights) {}

  bool has(const std::string& name) const { return weights_.tensors().contains(name); }

  // Extent of one axis of the first of some tensors that is there. A size stands in several shapes, so that one missing
  // tensor does not keep the others from being checked.
  struct Place {
    std::string name;
    size_t axes, axis;
  };
  int64_t extent(const std::vector<Place>& places) const {
    for (const auto& place : places) {
      const auto found = weights_.tensors().find(place.name);
      if (found != weights_.tensors().end() && found->second.shape.size() == place.axes) {
        return found->second.shape[place.axis];
      }
    }
    const auto other = weights_.tensors().find(places[0].name);
    const std::string got = other == weights_.tensors().end()
                                ? fmt::format("none among {} tensors", weights_.tensors().size())
                                : to_string(other->second.shape);
    fail_input(weights_.name(),
               "expected a tensor {} of {} axes to read the model's sizes from, got {}; is this a TRecViT checkpoint?",
               published_name(places[0].name), places[0].axes, got);
  }

  // One more than the highest block that has any tensor, so that a block missing in the middle is named as missing.
  int64_t depth() const {
    for (int64_t depth = kMaxDepth; depth > 0; --depth) {
      if (has_scope(temporal_scope(depth - 1)) || has_scope(spatial_scope(depth - 1))) return depth;
    }
    return 0;
  }

 private:
  bool has_scope(const std::string& scope) const {
    const auto next = weights_.tensors().lower_bound(scope);
    return next != weights_.tensors().end() && next->first.starts_with(scope);
  }

  const WeightSource& weights_;
};

// A square picture, when the length of the position table is a square number.
std::optional<int64_t> square_side(int64_t patches, int64_t patch_size) {
  constexpr int64_t kSane = int64_t{1} << 40;  // an empty tensor's shape may say anything
  if (patches > kSane || patch_size > kSane >> 20) return std::nullopt;
  const auto side = static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(patches))));
  if (side * side != patches) return std::nullopt;
  return side * patch_size;
}

void infer_image_size(const Shapes& shapes, const std::string& where, ModelConfig& config) {
  std::optional<int64_t> side;
  if (config.position == Position::kLearned) {
    side = square_side(shapes.extent({{"tokenizer.pos_embedding", 3, 1}}), config.patch_size);
  }
  if (!side) {
    fail_usage(where,
               "expected the picture's size, which the tensors do not say; give --image-size HxW or image_size in "
               "config.json");
  }
  config.image_height = config.image_width = *side;
}

void check_given(const GivenConfig& given, const ModelConfig& found, const std::string& where) {
  std::string wrong;
  for (const auto& field : model_config_fields()) {
    if (!given.has(field.key)) continue;
    const Json stated = field.write(given.config), actual = field.write(found);
    if (stated == actual) continue;
    wrong += fmt::format("{}{} to be {} as the tensors' shapes say, got {} in config.json", wrong.empty() ? "" : "; ",
                         field.key, actual.dump(), stated.dump());
  }
  if (!wrong.empty()) fail_input(where, "expected {}", wrong);
}

}  // namespace

ModelConfig infer_config(const WeightSource& weights, const GivenConfig& given, std::optional<InputSize> image_size) {
  const Shapes shapes(weights);
  ModelConfig config = given.config;  // what shapes cannot say: readout, input scale, preprocessing, labels, ...
  const std::string recurrent = temporal_scope(0) + "recurrent_block.";
  const std::string attention = spatial_scope(0) + "MultiHeadDotProductAttention_0.";
  const std::string mlp = spatial_scope(0) + "MlpBlock_0.Dense_0.";
  config.width = shapes.extent({{"tokenizer.embedding.kernel", 5, 4}, {"tokenizer.embedding.bias", 1, 0}});
  config.patch_size = shapes.extent({{"tokenizer.embedding.kernel", 5, 1}});
  config.depth = shapes.depth();
  config.conv1d_width = shapes.extent({{recurrent + "conv_1d.w", 2, 0}});
  config.lru_width = shapes.extent({{recurrent + "conv_1d.w", 2, 1}, {recurrent + "conv_1d.b", 1, 0}});
  config.num_heads = shapes.extent({{attention + "query.kernel", 3, 1}, {attention + "query.bias", 2, 0}});
  config.mlp_dim = shapes.extent({{mlp + "kernel", 2, 1}, {mlp + "bias", 1, 0}});
  config.head_dim = shapes.extent({{"decoder.cls_head.kernel", 2, 0}, {"decoder.pre_logits.bias", 1, 0}});
  config.num_classes = shapes.extent({{"decoder.cls_head.kernel", 2, 1}, {"decoder.cls_head.bias", 1, 0}});
  config.pool = shapes.has("tokenizer.cls") ? Pool::kCls : Pool::kGap;
  config.position = shapes.has("tokenizer.pos_embedding") ? Position::kLearned : Position::kSincos2d;
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
