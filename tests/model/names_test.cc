// The tensors of the trainable model have the names and shapes of the table of tensors.
#include <gtest/gtest.h>

#include "model/model_test.h"
#include "trecvit/weights/model_files.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit::test {
namespace {

TEST(Names, EqualTheTableForEveryConfig) {
  for (const auto& name : golden_case_names()) {
    if (golden_case(name).summary()) continue;  // the same names, a hundred times the size
    const ModelConfig config = golden_case(name).config;
    const model::TRecViT model(config);
    const auto parameters = model.named_parameters();
    const auto table = tensor_table(config);
    EXPECT_EQ(parameters.size(), table.size()) << name;
    for (const auto& spec : table) {
      ASSERT_TRUE(parameters.contains(spec.name)) << name << " " << spec.name;
      EXPECT_EQ(parameters[spec.name].sizes().vec(), spec.shape) << name << " " << spec.name;
    }
    check_tensors(config, model::ModelWeights(model));
  }
}

TEST(Names, WeightsAreLoadedAndSavedBitForBit) {
  const ModelConfig config = golden_case("mu_2d").config;
  const auto weights = generated_weights(config, 3);
  const auto model = make_model(config, 3);
  const model::ModelWeights back(*model);
  for (const auto& [name, info] : weights->tensors()) {
    const HostTensor want = weights->read(name), got = back.read(name);
    ASSERT_EQ(want.bytes(), got.bytes());
    EXPECT_EQ(std::memcmp(want.data(), got.data(), want.bytes()), 0) << name;
  }
}

}  // namespace
}  // namespace trecvit::test
