#include "trecvit/base/random.h"

#include <gtest/gtest.h>

#include "support/golden.h"
#include "trecvit/base/shape.h"
#include "trecvit/io/json.h"

namespace trecvit {
namespace {

Json generator_check() {
  const auto source = open_file(test::golden_path("generator_check.json"));
  return parse_json(read_text(*source, 1 << 20), source->name());
}

TEST(Fnv1a, KnownValues) {
  EXPECT_EQ(fnv1a(""), 0xcbf29ce484222325u);
  EXPECT_EQ(fnv1a("a"), 0xaf63dc4c8601ec8cu);
  EXPECT_EQ(fnv1a("foobar"), 0x85944171f73967e8u);
}

// Every tensor of the two cases: name hash, first bits, first and last value, and for the small case the sum of all.
TEST(RandomStream, MatchesTheReferenceGenerator) {
  const Json check = generator_check();
  for (const auto& [name, sum_too] : {std::pair{"mu_2d", true}, std::pair{"ti_2d", false}}) {
    const uint64_t seed = test::golden_case(name).seed;
    for (const auto& [key, want] : check.at(name).items()) {
      SCOPED_TRACE(key);
      const RandomStream random(seed, key);
      const auto value = [&](uint64_t i) {
        return static_cast<float>(want["offset"].get<double>() + want["scale"].get<double>() * random.symmetric(i));
      };
      const auto count = static_cast<uint64_t>(element_count(want["shape"].get<Shape>()).value());
      EXPECT_EQ(fmt::format("{:016x}", random.start()), want["name_hash"].get<std::string>());
      EXPECT_EQ(fmt::format("{:016x}", random.bits(0)), want["u64"][0].get<std::string>());
      EXPECT_EQ(fmt::format("{:016x}", random.bits(1)), want["u64"][1].get<std::string>());
      EXPECT_EQ(value(0), want["first"].get<float>());
      EXPECT_EQ(value(count - 1), want["last"].get<float>());
      if (!sum_too) continue;
      double sum = 0;
      for (uint64_t i = 0; i < count; ++i) sum += static_cast<double>(value(i));
      EXPECT_NEAR(sum, want["sum"].get<double>(), 1e-9 * static_cast<double>(count));
    }
  }
}

TEST(RandomStream, BytesOfTheInputVideoAddUp) {
  const auto source = open_file(test::golden_path("cases.json"));
  const Json cases = parse_json(read_text(*source, 1 << 20), source->name());
  const Json& c = cases.at("mu_2d");
  const RandomStream random(c.at("seed").get<uint64_t>(), "input");
  const auto number = [&c](const char* key) { return c.at(key).get<uint64_t>(); };
  const uint64_t count = number("B") * number("T") * number("H_img") * number("W_img") * 3;
  uint64_t sum = 0;
  for (uint64_t i = 0; i < count; ++i) sum += random.byte(i);
  EXPECT_EQ(sum, number("input_byte_sum"));
}

TEST(RandomStream, ValuesStayInTheirRanges) {
  const RandomStream random(7, "range");
  double low = 1, high = -1;
  for (uint64_t i = 0; i < 10'000; ++i) {
    low = std::min(low, random.symmetric(i));
    high = std::max(high, random.symmetric(i));
    ASSERT_GE(random.unit(i), 0.0);
    ASSERT_LT(random.unit(i), 1.0);
  }
  EXPECT_GE(low, -1.0);
  EXPECT_LT(low, -0.99);
  EXPECT_LT(high, 1.0);
  EXPECT_GT(high, 0.99);
}

}  // namespace
}  // namespace trecvit
