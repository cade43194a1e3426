#include "trecvit/base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace trecvit {
namespace {

TEST(FirstCharacter, IsTheFirstOfValidTextAlone) {
  const auto code = [](std::string_view text) { return first_character(text).code; };
  EXPECT_EQ(code("a rest"), 'a');
  EXPECT_EQ(code("\xc3\xa9t"), 0xe9u);
  EXPECT_EQ(code("\xe8\xb5\xb0"), 0x8d70u);
  EXPECT_EQ(code("\xf0\x9f\x8e\xac"), 0x1f3acu);
  for (const std::string_view none :
       {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"})
    EXPECT_EQ(first_character(none).bytes, 0u) << none;
}

TEST(WideEncoding, IsNamedByItsMarkOrItsZeroBytes) {
  using namespace std::string_view_literals;
  EXPECT_EQ(wide_encoding("\xff\xfe"
                          "a\0"sv),
            "UTF-16");
  EXPECT_EQ(wide_encoding("\xfe\xff\0a"sv), "UTF-16");
  EXPECT_EQ(wide_encoding("\xff\xfe\0\0a\0\0\0"sv), "UTF-32");
  EXPECT_EQ(wide_encoding("\0\0\xfe\xff\0\0\0a"sv), "UTF-32");
  EXPECT_EQ(wide_encoding("a\0b\0"sv), "UTF-16LE");
  EXPECT_EQ(wide_encoding("\0a\0b"sv), "UTF-16BE");
  EXPECT_EQ(wide_encoding("a\0\0\0b"sv), "UTF-32LE");
  EXPECT_EQ(wide_encoding("\0\0\0a"sv), "UTF-32BE");
  for (const auto other : {""sv, "a"sv, "walk\n"sv, "ab\0\0"sv, "a\0"sv, "\0\0\0\0"sv, "\xff\xfe"sv,
                           "\xef\xbb\xbf"
                           "a"sv})
    EXPECT_EQ(wide_encoding(other), "") << other.size();
}

TEST(Trimmed, RemovesBlanksOfEveryKindFromBothEnds) {
  EXPECT_EQ(trimmed(" \t\xc2\xa0 walk the dog\xc2\xa0\r"), "walk the dog");
  EXPECT_EQ(trimmed(" \t\r"), "");
  EXPECT_EQ(trimmed("\xef\xbb\xbf walk\xe2\x80\x8b "), "walk");
  EXPECT_EQ(trimmed(""), "");
  EXPECT_EQ(trimmed("\xc3\xa0"), "\xc3\xa0") << "its last byte is that of a no-break space";
}

}  // namespace
}  // namespace trecvit
