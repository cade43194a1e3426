#include "trecvit/base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "support/golden.h"
#include "trecvit/base/shape.h"
#include "trecvit/io/json.h"

namespace trecvit {
namespace {

uint64_t from_hex(const std::string& text) {
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

Json generator_check() {
  return parse_json(read_text(*open_file(test::golden_path("generator_check.json")), 1 << 20), "generator_check.json");
}

TEST(Random, Fnv1aVectors) {  // published with the hash
  EXPECT_EQ(fnv1a(""), 0xcbf29ce484222325ull);
  EXPECT_EQ(fnv1a("a"), 0xaf63dc4c8601ec8cull);
  EXPECT_EQ(fnv1a("foobar"), 0x85944171f73967e8ull);
}

TEST(Random, ReferenceTensors) {
  const Json all = generator_check();
  size_t tensors = 0;
  for (const char* name : {"mu_2d", "ti_2d"}) {
    const uint64_t seed = test::golden_case(name).seed;
    for (const auto& [key, want] : all.at(name).items()) {
      const RandomStream random(seed, key);
      ASSERT_EQ(random.start(), from_hex(want.at("name_hash"))) << name << " " << key;
      ASSERT_EQ(random.bits(0), from_hex(want.at("u64")[0])) << key;
      ASSERT_EQ(random.bits(1), from_hex(want.at("u64")[1])) << key;
      const double offset = want.at("offset"), scale = want.at("scale");
      const auto last = static_cast<uint64_t>(element_count(want.at("shape").get<Shape>()).value() - 1);
      ASSERT_EQ(static_cast<float>(offset + scale * random.symmetric(0)), want.at("first").get<float>()) << key;
      ASSERT_EQ(static_cast<float>(offset + scale * random.symmetric(last)), want.at("last").get<float>()) << key;
      ++tensors;
    }
  }
  EXPECT_EQ(tensors, 440u);
}

TEST(Random, ReferenceSum) {
  const Json want = generator_check().at("mu_2d").at("decoder/cls_head/kernel");
  const RandomStream random(test::golden_case("mu_2d").seed, "decoder/cls_head/kernel");
  double sum = 0;
  const int64_t count = element_count(want.at("shape").get<Shape>()).value();
  for (int64_t i = 0; i < count; ++i) {
    sum += static_cast<double>(static_cast<float>(0.125 * random.symmetric(static_cast<uint64_t>(i))));
  }
  EXPECT_NEAR(sum, want.at("sum").get<double>(), 1e-9);
}

TEST(Random, ReferenceInput) {
  const Json all = parse_json(read_text(*open_file(test::golden_path("cases.json")), 1 << 20), "cases.json");
  const auto golden = test::golden_case("mu_2d");
  const RandomStream random(golden.seed, "input");
  const auto count =
      static_cast<uint64_t>(golden.batch * golden.frames * golden.config.image_height * golden.config.image_width * 3);
  uint64_t sum = 0;
  for (uint64_t i = 0; i < count; ++i) sum += random.byte(i);
  EXPECT_EQ(sum, all.at("mu_2d").at("input_byte_sum").get<uint64_t>());
}

TEST(Random, Ranges) {
  const RandomStream random(5, "ranges");
  double low = 0, high = 0, unit_low = 1, unit_high = 0;
  for (uint64_t i = 0; i < 100'000; ++i) {
    const double u = random.symmetric(i), v = random.unit(i);
    ASSERT_TRUE(u >= -1 && u < 1);
    ASSERT_TRUE(v >= 0 && v < 1);
    ASSERT_EQ(static_cast<double>(static_cast<float>(u)), u);  // exact in float32
    low = std::min(low, u), high = std::max(high, u);
    unit_low = std::min(unit_low, v), unit_high = std::max(unit_high, v);
  }
  EXPECT_LT(low, -0.999);
  EXPECT_GT(high, 0.999);
  EXPECT_LT(unit_low, 0.001);
  EXPECT_GT(unit_high, 0.999);
}

TEST(Random, StreamsDifferBySeedAndKey) {
  EXPECT_NE(RandomStream(1, "a").bits(0), RandomStream(2, "a").bits(0));
  EXPECT_NE(RandomStream(1, "a").bits(0), RandomStream(1, "b").bits(0));
  EXPECT_EQ(RandomStream(1, "a").bits(7), RandomStream(1, "a").bits(7));
}

}  // namespace
}  // namespace trecvit
