#include "trecvit/base/shell_word.h"

#include <gtest/gtest.h>

namespace trecvit::test {
namespace {

TEST(ShellWord, QuotesWhatAShellWouldTakeApart) {
  EXPECT_EQ(shell_word("runs/train/a-1"), "runs/train/a-1");
  EXPECT_EQ(shell_word("my runs/a-1"), "'my runs/a-1'");
  EXPECT_EQ(shell_word("it's"), R"('it'\''s')");
  EXPECT_EQ(shell_word("$(x)"), "'$(x)'");
  EXPECT_EQ(shell_word("~/a"), "'~/a'");
  EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace trecvit::test
