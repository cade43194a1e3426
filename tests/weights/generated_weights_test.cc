// The generator against the weights that the fixtures were made with.
#include <gtest/gtest.h>

#include <cstring>

#include "support/errors.h"
#include "support/golden.h"
#include "trecvit/base/random.h"
#include "trecvit/io/json.h"
#include "trecvit/weights/tensor_table.h"
#include "trecvit/weights/weight_source.h"

namespace trecvit::test {
namespace {

bool same_bytes(const HostTensor& a, const HostTensor& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() && std::memcmp(a.data(), b.data(), a.bytes()) == 0;
}

class GeneratedFile : public testing::TestWithParam<const char*> {};

TEST_P(GeneratedFile, IsMadeBitForBit) {
  const GoldenCase golden = golden_case(GetParam());
  const auto weights = generated_weights(golden.config, golden.seed);
  const NpzReader file = golden_arrays(golden.weights_file);
  EXPECT_EQ(weights->tensors().size(), file.names().size());
  for (const auto& name : file.names()) {
    EXPECT_TRUE(same_bytes(weights->read(canonical_name(name)), file.read(name))) << name;
  }
}
INSTANTIATE_TEST_SUITE_P(Golden, GeneratedFile, testing::Values("mu_2d", "mu_1d"),
                         [](const auto& test) { return std::string(test.param); });

class GeneratorCheck : public testing::TestWithParam<const char*> {};

TEST_P(GeneratorCheck, EveryTensorBeginsEndsAndSumsAsRecorded) {
  const GoldenCase golden = golden_case(GetParam());
  const auto weights = generated_weights(golden.config, golden.seed);
  const Json all = parse_json(read_text(*open_file(golden_path("generator_check.json")), 1 << 20), "check");
  const Json& tensors = all.at(golden.name);
  EXPECT_EQ(tensors.size(), weights->tensors().size());
  double worst = 0;
  for (const auto& [key, want] : tensors.items()) {
    const RandomStream random(golden.seed, key);
    EXPECT_EQ(fmt::format("{:016x}", random.start()), want.at("name_hash").get<std::string>()) << key;
    for (uint64_t i = 0; i < 2; ++i) {
      EXPECT_EQ(fmt::format("{:016x}", random.bits(i)), want.at("u64")[i].get<std::string>()) << key;
    }
    const HostTensor tensor = weights->read(canonical_name(key));
    EXPECT_EQ(tensor.shape(), want.at("shape").get<Shape>()) << key;
    const auto values = tensor.as<float>();
    EXPECT_EQ(values.front(), want.at("first").get<float>()) << key;
    EXPECT_EQ(values.back(), want.at("last").get<float>()) << key;
    double sum = 0;
    for (const float value : values) sum += static_cast<double>(value);
    const double off = std::abs(sum - want.at("sum").get<double>());
    EXPECT_LE(off, 1e-9) << key;
    worst = std::max(worst, off);
  }
  std::printf("%s: %zu tensors, sums off by %.1e at most\n", GetParam(), tensors.size(), worst);
}
INSTANTIATE_TEST_SUITE_P(Golden, GeneratorCheck, testing::Values("mu_2d", "ti_2d"),
                         [](const auto& test) { return std::string(test.param); });

TEST(Generator, DependsOnSeedAndNameAlone) {
  const ModelConfig config = golden_case("mu_2d").config;
  const auto a = generated_weights(config, 1), b = generated_weights(config, 1), c = generated_weights(config, 2);
  EXPECT_TRUE(same_bytes(a->read("tokenizer.cls"), b->read("tokenizer.cls")));
  EXPECT_FALSE(same_bytes(a->read("tokenizer.cls"), c->read("tokenizer.cls")));
  EXPECT_FALSE(same_bytes(a->read("encoder.encoder_norm.bias"), a->read("encoder.encoderblock_0.LayerNorm_0.bias")));
}

TEST(Generator, RefusesUnknownNames) {
  const auto weights = generated_weights(golden_case("mu_2d").config, 1);
  expect_error(ErrorKind::kInput, {"tokenizer.mask_token"}, [&] { weights->read("tokenizer.mask_token"); });
}

}  // namespace
}  // namespace trecvit::test
