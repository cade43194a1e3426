// What is done to the words of a command line before they are parsed.
#include "trecvit/terminal/usage.h"

#include <gtest/gtest.h>

#include "support/errors.h"
#include "trecvit/terminal/option_words.h"

namespace trecvit::cli {
namespace {

using test::expect_error;
using Words = std::vector<std::string>;

Words arguments(Words words) {
  words.insert(words.begin(), "trecvit");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return arguments_of(static_cast<int>(argv.size()), argv.data());
}

TEST(Arguments, WordsForHelpAndVersionAreOptions) {
  EXPECT_EQ(arguments({"help", "stream"}), (Words{"stream", "--help"}));
  EXPECT_EQ(arguments({"stream", "help"}), (Words{"stream", "--help"}));
  EXPECT_EQ(arguments({"data", "help", "check"}), (Words{"data", "check", "--help"}));
  for (const char* word : {"version", "-v", "-V"}) EXPECT_EQ(arguments({word}), Words{"--version"}) << word;
}

TEST(Arguments, ABareJsonTakesNoSource) {
  EXPECT_EQ(arguments({"stream", "--json", "a.mp4"}), (Words{"stream", "--json=-", "a.mp4"}));
  EXPECT_EQ(arguments({"stream", "--json", "@list.txt"}), (Words{"stream", "--json=-", "@list.txt"}));
  EXPECT_EQ(arguments({"stream", "--", "--json"}), (Words{"stream", "--", "--json"}));
  expect_error(ErrorKind::kUsage, {"--json=out.jsonl"}, [] { arguments({"stream", "--json", "out.jsonl"}); });
}

class OptionWords : public testing::Test {
 protected:
  OptionWords() {
    CLI::App* verb = app_.add_subcommand("stream", "");
    verb->add_option("--model,-m", model_);
    verb->add_flag("--quiet", quiet_);
    verb->add_option("--topk", topk_);
  }
  void refuse(const Words& words, const std::vector<std::string>& message) const {
    expect_error(ErrorKind::kUsage, message, [&] { check_option_words(app_, words); });
  }

  CLI::App app_;
  std::string model_, topk_;
  bool quiet_ = false;
};

TEST_F(OptionWords, UsualLinesPass) {
  for (const Words& words : {Words{"stream", "--model", "M", "a.mp4"}, Words{"stream", "-m", "M", "--topk=3"},
                             Words{"stream", "-mM"}, Words{"stream", "--quiet", "--", "-model"}}) {
    EXPECT_NO_THROW(check_option_words(app_, words)) << words[1];
  }
}

TEST_F(OptionWords, WhatTheParserWouldMisreadIsRefused) {
  refuse({"stream", "--model=", "a.mp4"}, {"[--model]", "value after the equals sign"});
  refuse({"stream", "--model", ""}, {"[--model]", "got none"});
  refuse({"stream", "--model", "--quiet"}, {"[--model]", "the option --quiet", "./--quiet"});
  refuse({"stream", "--model", "--"}, {"[--model]", "'--'"});
  refuse({"stream", "-model", "M"}, {"two dashes", "--model"});
  refuse({"stream", "-m=M"}, {"a space before the value", "-m M"});
}

}  // namespace
}  // namespace trecvit::cli
