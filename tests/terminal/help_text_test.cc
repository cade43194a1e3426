#include "trecvit/terminal/help_text.h"

#include <gtest/gtest.h>

namespace trecvit::cli {
namespace {

TEST(HelpText, ShortLinesStayAsTheyAre) { EXPECT_EQ(wrap_help("one\n\n  two\n", 60), "one\n\n  two\n"); }

TEST(HelpText, AParagraphContinuesAtItsOwnIndent) {
  EXPECT_EQ(wrap_help("    aaa bbb ccc\n", 11), "    aaa bbb\n    ccc\n");
}

TEST(HelpText, AnItemContinuesBehindItsMark) { EXPECT_EQ(wrap_help("- aaa bbb ccc\n", 9), "- aaa bbb\n    ccc\n"); }

TEST(HelpText, ADescriptionContinuesInItsColumn) {
  const std::string option = "  --topk N", column(30, ' ');
  const std::string line = option + std::string(30 - option.size(), ' ') + "classes to show";
  EXPECT_EQ(wrap_help(line + "\n", 39), line.substr(0, 37) + "\n" + column + "to show\n");
}

TEST(HelpText, WordsLongerThanALineAreNotBroken) {
  EXPECT_EQ(wrap_help("https://example.com/a/long/path and more\n", 20), "https://example.com/a/long/path\nand more\n");
}

}  // namespace
}  // namespace trecvit::cli
