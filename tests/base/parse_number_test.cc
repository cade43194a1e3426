#include "trecvit/base/parse_number.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace trecvit {
namespace {

TEST(ParseNumber, TheWholeTextIsTheNumber) {
  EXPECT_EQ(parse_number<int64_t>("-12"), -12);
  EXPECT_EQ(parse_number<int64_t>("007"), 7);
  EXPECT_EQ(parse_number<uint64_t>("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(parse_number<double>("2.5e-3"), 2.5e-3);
  for (const std::string text : {"", " 1", "1 ", "+1", "1.", "0x10", "1,5", "one", "-", "9223372036854775808"})
    EXPECT_FALSE(parse_number<int64_t>(text)) << text;
  EXPECT_FALSE(parse_number<uint64_t>("-1"));
  EXPECT_FALSE(parse_number<int>("2147483648"));
  for (const std::string text : {"inf", "-inf", "nan", "1e999", "1,5", "0x1p3", "", "+1", "1e"})
    EXPECT_FALSE(parse_number<double>(text)) << text;
}

TEST(TakeNumber, RemovesTheNumberFromTheText) {
  std::string_view text = "12.kernel";
  EXPECT_EQ(take_number<int64_t>(text), 12);
  EXPECT_EQ(text, ".kernel");
  EXPECT_FALSE(take_number<int64_t>(text));
  EXPECT_EQ(text, ".kernel");
}

}  // namespace
}  // namespace trecvit
