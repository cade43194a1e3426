// The table of tensors of any config: what it counts and names, and that the config is read off it again.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "trecvit/config/config_json.h"
#include "trecvit/weights/model_files.h"
#include "trecvit/weights/tensor_table.h"
#include "weights/weights_test.h"

namespace trecvit::test {
namespace {

// A config of any shape and the fields that no shape shows.
struct TableConfig {
  int64_t heads = 1, head_width = 1, gate_width = 1, depth = 1, mlp_dim = 1, conv_width = 1;
  int64_t patch = 1, rows = 1, columns = 1, classes = 0, head_dim = 1;
  bool square = true, cls = true, learned = true, convex = false;
  int64_t stride = 1, clip_frames = 0;

  ModelConfig config() const {
    ModelConfig c;
    c.num_heads = heads;
    c.width = heads * (learned ? head_width : (head_width + 7) / 8 * 8);  // fixed positions want it in multiples of 4
    c.lru_width = heads * gate_width;
    c.depth = depth;
    c.mlp_dim = mlp_dim;
    c.conv1d_width = conv_width;
    c.patch_size = patch;
    c.image_height = patch * rows;
    c.image_width = square ? c.image_height : patch * columns;
    c.num_classes = classes;
    c.head_dim = classes > 0 ? head_dim : 0;
    c.pool = cls ? Pool::kCls : Pool::kGap;
    c.position = learned ? Position::kLearned : Position::kSincos2d;
    c.input_scale = convex ? InputScale::kConvex : InputScale::kSqrt;
    c.frame_stride = stride;
    c.clip_frames = clip_frames;
    return c;
  }
};
std::ostream& operator<<(std::ostream& out, const TableConfig& any) { return out << print_model_config(any.config()); }

// most_depth: three digits number the blocks of the deepest.
rc::Gen<TableConfig> any_table_config(int64_t most_depth = 130) {
  using C = TableConfig;
  const auto upto = [](int64_t most) { return rc::gen::inRange<int64_t>(1, most + 1); };
  return rc::gen::build<C>(
      rc::gen::set(&C::heads, upto(9)), rc::gen::set(&C::head_width, upto(20)), rc::gen::set(&C::gate_width, upto(20)),
      rc::gen::set(&C::depth, upto(most_depth)), rc::gen::set(&C::mlp_dim, upto(100)),
      rc::gen::set(&C::conv_width, upto(kMaxConvWidth)), rc::gen::set(&C::patch, upto(8)),
      rc::gen::set(&C::rows, upto(12)), rc::gen::set(&C::columns, upto(12)),
      rc::gen::set(&C::classes, rc::gen::inRange<int64_t>(0, 30)), rc::gen::set(&C::head_dim, upto(50)),
      rc::gen::set(&C::square), rc::gen::set(&C::cls), rc::gen::set(&C::learned), rc::gen::set(&C::convex),
      rc::gen::set(&C::stride, upto(9)), rc::gen::set(&C::clip_frames, rc::gen::inRange<int64_t>(0, 99)));
}

// What config.json adds to the shapes: the fields that they do not show.
GivenConfig beyond_shapes(const ModelConfig& config) {
  GivenConfig given;
  given.config.input_scale = config.input_scale;
  given.config.frame_stride = config.frame_stride;
  given.config.clip_frames = config.clip_frames;
  return given;
}

// The shapes give the whole config, except the picture's size where positions are computed or it is not square.
RC_GTEST_PROP(TableProperty, TheConfigFollowsFromTheShapes, ()) {
  const ModelConfig config = (*any_table_config()).config();
  validate(config, "test");
  const FakeWeights weights(config);
  const InputSize size{config.image_height, config.image_width};
  RC_ASSERT(infer_config(weights, beyond_shapes(config), size) == config);
  RC_ASSERT(infer_config(weights, parse_model_config(print_model_config(config), "test"), std::nullopt) == config);
  RC_ASSERT(has_head(weights) == config.has_head());
  const int64_t side = std::llround(std::sqrt(static_cast<double>(config.patches())));
  if (config.position == Position::kSincos2d || side * side != config.patches()) {
    RC_ASSERT_THROWS_AS(infer_config(weights, beyond_shapes(config), std::nullopt), Error);
  } else if (config.image_height == config.image_width) {
    RC_ASSERT(infer_config(weights, beyond_shapes(config), std::nullopt) == config);
  }
}

// The tensors have the parameters that the config counts, and no two have one name.
RC_GTEST_PROP(TableProperty, CountsAndNamesAreCorrect, ()) {
  const ModelConfig config = (*any_table_config()).config();
  int64_t sum = 0;
  std::set<std::string> names, published;
  for (const auto& spec : tensor_table(config)) {
    sum += element_count(spec.shape).value();
    RC_ASSERT(names.insert(spec.name).second);
    RC_ASSERT(published.insert(published_name(spec.name)).second);
    RC_ASSERT(canonical_name(published_name(spec.name)) == spec.name);
  }
  RC_ASSERT(sum == config.parameter_count());
}

template <class Matches>
bool any_matches(const std::vector<std::string>& all, Matches matches) {
  return std::any_of(all.begin(), all.end(), matches);
}

// From its name alone, the part, the layer and the block of each tensor are known.
RC_GTEST_PROP(TableProperty, NamesSayPartLayerAndBlock, ()) {
  const ModelConfig config = (*any_table_config()).config();
  const auto of_encoder = beginnings_of_encoder(), of_decoder = beginnings_of_decoder(), ends = endings_of_names();
  for (const auto& spec : tensor_table(config)) {
    const std::string& name = spec.name;
    const NetworkPart part = part_of(spec.layer);
    const LayerNames names = names_of(spec.layer, spec.block);
    RC_ASSERT((spec.is_bias ? names.bias : names.weight) == name);
    RC_ASSERT(name.starts_with(scope_of(part, spec.block)));
    RC_ASSERT(is_of_decoder(name) == (part == NetworkPart::kDecoder));
    RC_ASSERT(is_of_encoder(name) != is_of_decoder(name));
    const auto begins = [&](const std::string& with) { return name.starts_with(with); };
    RC_ASSERT(any_matches(of_encoder, begins) == is_of_encoder(name));
    RC_ASSERT(any_matches(of_decoder, begins) == is_of_decoder(name));
    RC_ASSERT(any_matches(ends, [&](const std::string& end) { return name.ends_with(end); }));
    if (spec.block > 0) continue;  // layers are sought outside the blocks and in the first
    for (int i = 0; i <= static_cast<int>(Layer::kClasses); ++i) {
      const auto layer = static_cast<Layer>(i);
      RC_ASSERT(is_of_layer(name, layer) == (layer == spec.layer));
    }
  }
}

// A tensor too few, too many or of another shape is an Error, and the whole table is none.
RC_GTEST_PROP(TableProperty, EveryDifferenceIsRefused, ()) {
  const ModelConfig config = (*any_table_config(3)).config();
  const auto table = tensor_table(config);
  check_tensors(config, FakeWeights(config));
  const TensorSpec& spec = table[*rc::gen::inRange<size_t>(0, table.size())];
  FakeWeights missing(config), longer(config), deeper(config), more(config);
  missing.erase(spec.name);
  RC_ASSERT_THROWS_AS(check_tensors(config, missing), Error);
  Shape shape = spec.shape;
  ++shape[*rc::gen::inRange<size_t>(0, shape.size())];
  longer.set(spec.name, shape);
  RC_ASSERT_THROWS_AS(check_tensors(config, longer), Error);
  shape = spec.shape;
  shape.push_back(1);
  deeper.set(spec.name, shape);
  RC_ASSERT_THROWS_AS(check_tensors(config, deeper), Error);
  more.set(spec.name + "x", spec.shape);
  RC_ASSERT_THROWS_AS(check_tensors(config, more), Error);
}

bool refused(const std::function<void()>& statement) {
  try {
    statement();
    return false;
  } catch (const Error&) {
    return true;
  }
}

// Whatever shapes tensors of the right names have, a config is found or refused with an Error, and what is found is
// valid.
RC_GTEST_PROP(TableProperty, AnyShapesAreReadOrRefused, ()) {
  const ModelConfig config = (*any_table_config(3)).config();
  const auto table = tensor_table(config);
  const auto extent = rc::gen::oneOf(rc::gen::inRange<int64_t>(0, 20),
                                     rc::gen::element<int64_t>(1 << 20, int64_t{1} << 31, int64_t{1} << 62, INT64_MAX));
  const auto shapes = *rc::gen::scale(
      0.1, rc::gen::container<std::map<size_t, Shape>>(rc::gen::inRange<size_t>(0, table.size()),
                                                       rc::gen::scale(0.5, rc::gen::container<Shape>(extent))));
  FakeWeights weights(config);
  for (const auto& [at, shape] : shapes) weights.set(table[at].name, shape);
  std::optional<ModelConfig> found;
  if (refused([&] { found = infer_config(weights, {}, std::nullopt); })) return;
  validate(*found, "test");
  refused([&] { check_tensors(*found, weights); });
}

// Generated weights are finite, have the shapes of the table, and are the same each time they are read.
RC_GTEST_PROP(TableProperty, GeneratedWeightsFitTheTable, ()) {
  const ModelConfig config = (*rc::gen::scale(0.2, any_table_config(3))).config();
  const auto seed = *rc::gen::arbitrary<uint64_t>();
  const auto weights = generated_weights(config, seed), again = generated_weights(config, seed);
  check_tensors(config, *weights);
  for (const auto& spec : tensor_table(config)) {
    const HostTensor tensor = weights->read(spec.name), same = again->read(spec.name);
    const auto values = tensor.as<float>();
    RC_ASSERT(tensor.shape() == spec.shape);
    RC_ASSERT(std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }));
    RC_ASSERT(std::memcmp(tensor.data(), same.data(), tensor.bytes()) == 0);
  }
}

}  // namespace
}  // namespace trecvit::test
