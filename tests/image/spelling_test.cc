#include "trecvit/image/spelling.h"

#include <gtest/gtest.h>

namespace trecvit {
namespace {

TEST(Spelling, LettersLoseTheirMarks) {
  EXPECT_EQ(spell_in_ascii("walk 1 ~"), "walk 1 ~");
  EXPECT_EQ(spell_in_ascii("café Straße ÆØÅ þórr"), "cafe Strasse AEOA thorr");
  EXPECT_EQ(spell_in_ascii("ÀÿĀžſ Łódź ĳ İstanbul ŉ"), "AyAzs Lodz ij Istanbul 'n");
  EXPECT_EQ(spell_in_ascii("Đường phố ḀỿẞșƯ"), "Duong pho AySSsU");
  EXPECT_EQ(spell_in_ascii("e\u0301te\u0301"), "ete");  // marks after their letter
  EXPECT_EQ(spell_in_ascii("“a” – ‘b’…"), "\"a\" - 'b'...");
}

// Different names must stay different.
TEST(Spelling, OtherCharactersBecomeTheirNumber) {
  EXPECT_EQ(spell_in_ascii("走路 a"), "<8D70><8DEF> a");
  EXPECT_EQ(spell_in_ascii("😀"), "<1F600>");
  EXPECT_EQ(spell_in_ascii("×÷"), "x/");
}

TEST(Spelling, ControlsAndInvalidBytesBecomeBoxes) {
  EXPECT_EQ(spell_in_ascii("a\n\x7f\xc2\x9b"
                           "b"),
            "a\x7f\x7f\x7f"
            "b");
  EXPECT_EQ(spell_in_ascii("\xff"
                           "a\xc3"),
            "\x7f"
            "a\x7f");
  EXPECT_EQ(spell_in_ascii("\xe4\xbd"), "\x7f\x7f");
  EXPECT_EQ(spell_in_ascii("\xc0\xaf"), "\x7f\x7f");
  EXPECT_EQ(spell_in_ascii(""), "");
}

}  // namespace
}  // namespace trecvit
