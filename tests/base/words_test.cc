#include "trecvit/base/words.h"

#include <gtest/gtest.h>

#include "support/errors.h"

namespace trecvit {
namespace {

enum class Fruit { kApple, kPear, kNameless };
constexpr auto enum_words(Fruit) { return make_words<Fruit>({{"apple", Fruit::kApple}, {"pear", Fruit::kPear}}); }

TEST(Words, ConvertBothWays) {
  static_assert(word_of(Fruit::kPear) == "pear");
  static_assert(value_of<Fruit>("pear") == Fruit::kPear);
  EXPECT_FALSE(value_of<Fruit>("Pear"));
  EXPECT_FALSE(value_of<Fruit>(""));
  EXPECT_EQ(word_of(Fruit::kNameless), "?");
  static_assert(kWordCount<Fruit> == 2 && value_at<Fruit>(1) == Fruit::kPear);
  EXPECT_EQ(words_for<Fruit>(), (std::vector<std::string>{"apple", "pear"}));
  EXPECT_EQ(parse_word<Fruit>("apple", "fruit"), Fruit::kApple);
  test::expect_error(ErrorKind::kUsage, {"[fruit] expected apple or pear, got 'peer'; did you mean pear?"},
                     [] { parse_word<Fruit>("peer", "fruit"); });
}

TEST(Words, AreListedForPeople) {
  EXPECT_EQ(alternatives({}), "");
  EXPECT_EQ(alternatives({"a"}), "a");
  EXPECT_EQ(alternatives({"a", "b"}), "a or b");
  EXPECT_EQ(alternatives({"a", "b", "c"}), "a, b or c");
}

}  // namespace
}  // namespace trecvit
