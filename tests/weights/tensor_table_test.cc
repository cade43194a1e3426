// The table against the published models' lists of names, shapes and parameters.
#include "trecvit/weights/tensor_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "support/golden.h"
#include "trecvit/io/json.h"

namespace trecvit::test {
namespace {

// variant (mu, Ti, S, B, L) and R / D
class PublishedKeys : public testing::TestWithParam<std::tuple<const char*, int>> {
 protected:
  Json list() const {
    const auto& [variant, ratio] = GetParam();
    const std::string file = fmt::format("keys_trecvit_{}_{}d.json", variant, ratio);
    return parse_json(read_text(*open_file(golden_path(file)), 1 << 20), file);
  }
  ModelConfig config() const {
    ModelConfig config = named_model_config(std::get<0>(GetParam()));
    config.lru_width = std::get<1>(GetParam()) * config.width;
    return config;
  }
};

TEST_P(PublishedKeys, NamesAndShapesMatch) {
  std::map<std::string, Shape> want, got;
  const Json keys = list();
  for (const auto& [key, shape] : keys.at("tensors").items()) want[key] = shape.get<Shape>();
  for (const auto& spec : tensor_table(config())) {
    EXPECT_TRUE(got.emplace(published_name(spec.name), spec.shape).second) << spec.name << " twice";
    EXPECT_EQ(canonical_name(published_name(spec.name)), spec.name);
  }
  EXPECT_EQ(got, want);
  if (std::string(std::get<0>(GetParam())) == "B") {
    EXPECT_EQ(got.size(), 370u);
  }
}

TEST_P(PublishedKeys, ParameterCountsMatch) {
  const int64_t published = list().at("parameters");
  int64_t sum = 0;
  for (const auto& spec : tensor_table(config())) sum += element_count(spec.shape).value();
  EXPECT_EQ(config().parameter_count(), published);
  EXPECT_EQ(sum, published);
}

INSTANTIATE_TEST_SUITE_P(Variants, PublishedKeys,
                         testing::Combine(testing::Values("mu", "Ti", "S", "B", "L"), testing::Values(1, 2)),
                         [](const auto& test) {
                           return fmt::format("{}_{}d", std::get<0>(test.param), std::get<1>(test.param));
                         });

TEST(TensorTable, CountsTheParametersOfEveryGoldenCase) {
  for (const auto& name : golden_case_names()) {
    const ModelConfig config = golden_case(name).config;
    int64_t sum = 0;
    for (const auto& spec : tensor_table(config)) sum += element_count(spec.shape).value();
    EXPECT_EQ(sum, config.parameter_count()) << name;
    const Json cases = parse_json(read_text(*open_file(golden_path("cases.json")), 1 << 20), "cases");
    EXPECT_EQ(sum, cases.at(name).at("params").get<int64_t>()) << name;
  }
}

TEST(TensorTable, LeavesOutWhatAConfigDoesNotHave) {
  const auto names = [](const char* golden) {
    std::set<std::string> all;
    for (const auto& spec : tensor_table(golden_case(golden).config)) all.insert(spec.name);
    return all;
  };
  EXPECT_TRUE(names("mu_2d").contains("tokenizer.cls"));
  EXPECT_TRUE(names("mu_2d").contains("tokenizer.pos_embedding"));
  EXPECT_FALSE(names("mu_gap").contains("tokenizer.cls"));
  EXPECT_FALSE(names("mu_sincos").contains("tokenizer.pos_embedding"));
}

TEST(TensorTable, BlocksAreNumberedAsPublished) {
  EXPECT_EQ(scope_of(NetworkPart::kTemporalBlock, 3), "encoder.residualblock_03.");
  EXPECT_EQ(scope_of(NetworkPart::kTemporalBlock, 23), "encoder.residualblock_23.");
  EXPECT_EQ(scope_of(NetworkPart::kTemporalBlock, 123), "encoder.residualblock_123.");
  EXPECT_EQ(scope_of(NetworkPart::kSpatialBlock, 3), "encoder.encoderblock_3.");
  EXPECT_EQ(scope_of(NetworkPart::kSpatialBlock, 23), "encoder.encoderblock_23.");
  EXPECT_EQ(scope_of(NetworkPart::kDecoder), "decoder.");
}

TEST(TensorTable, EveryTensorSaysItsLayerAndBlock) {
  const ModelConfig config = golden_case("mu_2d").config;
  std::set<Layer> layers;
  for (const auto& spec : tensor_table(config)) {
    const LayerNames names = names_of(spec.layer, spec.block);
    EXPECT_EQ(spec.is_bias ? names.bias : names.weight, spec.name);
    EXPECT_EQ(spec.block >= 0,
              part_of(spec.layer) == NetworkPart::kTemporalBlock || part_of(spec.layer) == NetworkPart::kSpatialBlock);
    EXPECT_EQ(is_of_decoder(spec.name), part_of(spec.layer) == NetworkPart::kDecoder) << spec.name;
    EXPECT_NE(is_of_decoder(spec.name), is_of_encoder(spec.name)) << spec.name;
    EXPECT_NE(spec.name.find(path_of(spec.layer).back()), std::string::npos);
    layers.insert(spec.layer);
  }
  EXPECT_EQ(layers.size(), static_cast<size_t>(Layer::kClasses) + 1);
  EXPECT_TRUE(is_of_layer("decoder.cls_head.kernel", Layer::kClasses));
  EXPECT_TRUE(is_of_layer("tokenizer.cls", Layer::kClassToken));
  EXPECT_FALSE(is_of_layer("tokenizer.cls_more", Layer::kClassToken));
  EXPECT_FALSE(is_of_layer("decoder.pre_logits.kernel", Layer::kClasses));
}

// Kernels decay: every tensor with an axis of inputs except positions and the class token.
TEST(TensorTable, KernelsDecay) {
  std::set<std::string> ends;
  for (const auto& spec : tensor_table(golden_case("mu_2d").config)) {
    if (!spec.decays) continue;
    EXPECT_FALSE(spec.is_bias);
    EXPECT_GT(spec.shape.size(), 1u);
    ends.insert(spec.name.substr(spec.name.rfind('.')));
  }
  EXPECT_EQ(ends, (std::set<std::string>{".kernel", ".w"}));
}

TEST(TensorTable, NamesBeginAndEndAsKnown) {
  const auto encoder = beginnings_of_encoder(), decoder = beginnings_of_decoder(), endings = endings_of_names();
  for (const auto& spec : tensor_table(golden_case("mu_2d").config)) {
    const auto begins = [&](const std::string& scope) { return spec.name.starts_with(scope); };
    const auto& own = is_of_decoder(spec.name) ? decoder : encoder;
    EXPECT_EQ(std::count_if(own.begin(), own.end(), begins), 1) << spec.name;
    EXPECT_EQ(std::count(endings.begin(), endings.end(), spec.name.substr(spec.name.rfind('.'))), 1) << spec.name;
  }
}

// 12 blocks, 197 tokens, 1536 channels, h and three past inputs, 4 bytes each.
TEST(State, OfTheReleasedModelTakes58Megabytes) {
  const ModelConfig b = named_model_config("B");
  EXPECT_EQ(b.state_floats(), int64_t{12} * 197 * 1536 * 4);
  EXPECT_NEAR(static_cast<double>(b.state_floats()) * 4 / 1e6, 58.1, 0.05);
}

}  // namespace
}  // namespace trecvit::test
