#include "trecvit/config/toml_json.h"

#include <gtest/gtest.h>

#include "config/train_config_test.h"
#include "support/errors.h"
#include "trecvit/config/train_config.h"

namespace trecvit {
namespace {

using test::expect_usage;
using test::parse_run;

TEST(Toml, ValuesComeBackFromTheirText) {
  const Json value = {{"a b", {1, -2.5, true, "x\"\\\x7f\n", Json::array(), {{"", Json::object()}}}}, {"z", 1e-8}};
  const std::string text = toml_value(value);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_EQ(parse_toml("x = " + text, "test")["x"], value) << text;
}

TEST(Toml, OnlySyntaxErrorsAreNothing) {
  EXPECT_EQ(parse_if_toml("a.b = 1", "test"), (Json{{"a", {{"b", 1}}}}));
  EXPECT_FALSE(parse_if_toml("a.b = x", "test"));
  test::expect_error(ErrorKind::kUsage, {"[test]", "a date"}, [] { parse_if_toml("a = 2020-01-01", "test"); });
}

TEST(TrainConfigText, OtherEncodingsAreNamed) {
  expect_usage({"[run.toml]", "UTF-8", "UTF-16", "iconv"}, std::string("\xff\xfe"
                                                                       "a\0=\0001\0",
                                                                       8));
  EXPECT_EQ(parse_run("\xef\xbb\xbfname = 'a'").name, "a");
}

TEST(TrainConfigText, WrongValuesNameTheirLine) {
  expect_usage({"[run.toml:3] expected run.steps to be a whole number"}, "name = 'a'\n[run]\nsteps = -1\n");
  expect_usage({"[run.toml:2] expected run to be a table, got 3"}, "name = 'a'\nrun = 3\n");
  expect_usage({"[--set run.steps=-1] expected run.steps to be"}, "name = 'a'\n", {"run.steps=-1"});
}

TEST(TrainConfigText, SizesAreBounded) {
  const std::string most(1 << 20, '#');
  EXPECT_NO_THROW(parse_run(most));
  expect_usage({"at most 1048576 bytes, got 1048577"}, most + "#");
  expect_usage({"at most 1048576 bytes"}, "", {"name=" + most});
  std::string keys;  // quadratic work over these would take minutes
  for (int i = 0; keys.size() < 1'000'000; ++i) keys += fmt::format("k{}=1\n", i);
  expect_usage({"unknown k0 in line 1, k1 in line 2, ", " more;"}, keys);
  expect_usage({"[run.toml: model]", "got \"k0\""}, "[model]\n" + keys);
}

std::string times(size_t count, const std::string& text) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

TEST(TrainConfigText, DeepTextIsRefused) {
  for (const size_t count : {size_t{33}, size_t{10'000}, size_t{400'000}}) {
    for (const std::string& open : {std::string("["), std::string("{a=")}) {
      if (count * open.size() > 1'000'000) continue;  // bytes
      expect_usage({"run.toml"}, "name = " + times(count, open));
      EXPECT_EQ(parse_run("", {"name=" + times(count, open)}).name, times(count, open));  // no TOML: a bare text
      expect_usage({"--set", "run.steps"}, "", {"run.steps=" + times(count, "[") + times(count, "]")});
    }
    const std::string path = "a" + times(count, ".a");
    expect_usage({"keys of at most 32 parts, got more in line 2"}, "\n" + path + " = 1");
    expect_usage({"keys of at most 32 parts"}, "[" + path + "]");
    expect_usage({"keys of at most 32 parts"}, "[[" + path + "]]");
    expect_usage({"keys of at most 32 parts"}, "x = { " + path + " = 1 }");
    // Behind what looks like the beginning of a text, or no end of it, and is not.
    for (const char* before :
         {"# '\n", "# \"\"\"\n", "x = { b = '\\', ", "x = { b = \"\\\\\", ", "x = { b = \"\"\"\\\"\"\"\"\", ",
          "x = { b = \"\"\"a\"\"\"\", ", "x = { b = '''a\\'''', ", "x = { b = \"\", "}) {
      expect_usage({"keys of at most 32 parts"}, before + path + " = '\"' }");
    }
    expect_usage({"keys of at most 32 parts"}, "", {path + "=1"});
    if (count <= 100'000) expect_usage({"keys of at most 32 parts"}, "a" + times(count, " . 'a'") + " = 1");
  }
  expect_usage({"at most 32 levels of nesting, got more in line"},
               "a" + times(20, ".a") + " = { a" + times(20, ".a") + " = 1 }");
  expect_usage({"unknown a in line 1;"}, "a" + times(31, ".a") + " = 1");
}

TEST(TrainConfigText, LettersOutsideQuotesAreWrongOrBareText) {
  for (const char* text : {"ü", "\u01fe", "\u3001", "\ufefe"}) {
    expect_usage({"expected TOML"}, std::string("name = ") + text);
    expect_usage({"expected TOML"}, std::string(text) + " = 1");
    EXPECT_EQ(parse_run("", {std::string("name=") + text}).name, text);
    EXPECT_EQ(parse_run(std::string("name = \"\"\"\\\n  ") + text + "\"\"\"").name, text);
  }
}

TEST(TrainConfigText, DotsInTextAreNotNesting) {
  const std::string dots = times(100, "a.");
  EXPECT_EQ(parse_run("name = \"" + dots + "\"").name, dots);
  EXPECT_EQ(parse_run("name = '" + dots + "'").name, dots);
  EXPECT_EQ(parse_run("name = \"\\\"" + dots + "\"").name, "\"" + dots);
  EXPECT_EQ(parse_run("name = \"\"\"\"\n" + dots + "\"\"\"\"\"").name, "\"\n" + dots + "\"\"");
  EXPECT_EQ(parse_run("# it's " + dots + "\nname = 'x'").name, "x");
  EXPECT_EQ(parse_run("name = 'x'  # " + dots).name, "x");
  EXPECT_EQ(parse_run("", {"name=" + dots + "x"}).name, dots + "x");
  EXPECT_EQ(parse_run("data.train.groups = [" + times(40, "'1.5',") + "]").train.groups.size(), 40u);
}

}  // namespace
}  // namespace trecvit
