#include "trecvit/base/parameters.h"

#include <gtest/gtest.h>

#include "support/errors.h"

namespace trecvit {
namespace {

enum class Season { kSpring, kAutumn };
constexpr auto enum_words(Season) {
  return make_words<Season>({{"spring", Season::kSpring}, {"autumn", Season::kAutumn}});
}

TEST(Parameters, AreSplitInOrder) {
  const auto all = split_parameters("w", "b=1&a=x=y&c=");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].key, "b");
  EXPECT_EQ(all[0].value, "1");
  EXPECT_EQ(all[1].value, "x=y");
  EXPECT_EQ(all[2].value, "");
}

TEST(Parameters, MalformedTextIsRefused) {
  const auto refuse = [](std::string_view text, const std::string& part) {
    test::expect_error(ErrorKind::kUsage, {"[w]", part}, [&] { split_parameters("w", text); });
  };
  refuse("", "expected PARAMETER=VALUE, got ''");
  refuse("a=1&", "expected PARAMETER=VALUE, got ''");
  refuse("a=1&b", "expected PARAMETER=VALUE, got 'b'");
  refuse("a=1&a=1", "expected each parameter once, got 'a' twice");
}

TEST(Parameters, NumbersHaveARange) {
  const NumberRange<int> range{"sides", 1, 9};
  EXPECT_EQ(parse_number("w", "9", range), 9);
  for (const char* text : {"0", "10", "", "3x", " 3"}) {
    test::expect_error(ErrorKind::kUsage, {"[w] expected sides from 1 to 9", text},
                       [&] { parse_number("w", text, range); });
  }
}

TEST(Parameters, ChoicesAreWords) {
  const std::vector<std::string> words{"red", "blue"};
  EXPECT_EQ(parse_choice("w", "colour", "blue", words), 1U);
  EXPECT_EQ(parse_choice<Season>("w", "season", "autumn"), Season::kAutumn);
  test::expect_error(ErrorKind::kUsage,
                     {"[w] expected season to be one of spring, autumn, got 'autum'; did you mean autumn?"},
                     [] { parse_choice<Season>("w", "season", "autum"); });
}

}  // namespace
}  // namespace trecvit
