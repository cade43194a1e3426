#include "trecvit/terminal/flags.h"

#include <gtest/gtest.h>

namespace trecvit::cli {
namespace {

TEST(Flags, NumbersInRangePass) {
  for (const char* text : {"1", "7", "10"}) EXPECT_EQ(whole_number(1, 10)(text), "") << text;
  for (const char* text : {"0", "0.5", "1e300"}) EXPECT_EQ(number_from(0)(text), "") << text;
  EXPECT_EQ(number_over(0)("0.001"), "");
}

TEST(Flags, WhatIsNoNumberOrOutOfRangeIsNamed) {
  EXPECT_EQ(whole_number(1)("0"), "expected a whole number of 1 or more, got '0'");
  EXPECT_EQ(whole_number(1, 10)("11"), "expected a whole number from 1 to 10, got '11'");
  for (const char* text : {"1.5", "1x", "", " 1", "99999999999999999999"}) EXPECT_NE(whole_number(1)(text), "") << text;
  for (const char* text : {"nan", "inf", "-1", "1,5"}) EXPECT_NE(number_from(0)(text), "") << text;
  EXPECT_EQ(number_over(0)("0"), "expected a number over 0, got '0'");
}

TEST(Flags, UnknownWordsAreAnsweredWithTheNearest) {
  EXPECT_EQ(one_of({"mean", "last"})("last"), "");
  EXPECT_EQ(one_of({"mean", "last"})("lst"), "expected mean or last, got 'lst'; did you mean last?");
  EXPECT_EQ(non_empty()(""), "expected a name, got ''");
}

TEST(Flags, BytesThatCouldStyleATerminalArePrintedAsText) {
  EXPECT_EQ(whole_number(1)("\x1b[31m").find('\x1b'), std::string::npos);
}

enum class Colour { kRed, kBlue };
constexpr auto enum_words(Colour) { return make_words<Colour>({{"red", Colour::kRed}, {"blue", Colour::kBlue}}); }

TEST(Flags, AWordSetsAnEnumeration) {
  Colour colour = Colour::kRed;
  CLI::App app;
  const CLI::Option* option = add_word_option(app, "--colour", colour, "");
  EXPECT_EQ(option->get_default_str(), "red");
  app.parse("--colour blue");
  EXPECT_EQ(colour, Colour::kBlue);
  EXPECT_THROW(app.parse("--colour green"), CLI::ValidationError);
}

TEST(Flags, HiddenOptionsAreTakenAndNotShown) {
  CLI::App app;
  int threads = 1;
  app.add_option("--threads", threads);
  hide(app, {"--threads"});
  EXPECT_EQ(app.help().find("--threads"), std::string::npos);
  app.parse("--threads 3");
  EXPECT_EQ(threads, 3);
}

}  // namespace
}  // namespace trecvit::cli
