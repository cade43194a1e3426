#include "trecvit/base/error.h"

#include <gtest/gtest.h>

#include "support/errors.h"

namespace trecvit {
namespace {

TEST(Error, SaysWhereAndCarriesTheExitCode) {
  try {
    fail_input("a.npz", "expected {}, got {}", 3, 4);
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "[a.npz] expected 3, got 4");
    EXPECT_EQ(error.exit_code(), 3);
  }
  test::expect_error(ErrorKind::kUsage, {"[--flag] expected"}, [] { fail_usage("--flag", "expected more"); });
}

TEST(Printable, HidesControlBytesAndCutsLongText) {
  EXPECT_EQ(printable("plain text"), "plain text");
  EXPECT_EQ(printable("a\x1b[31m\n\x7f\xc3\xa4"), "a?[31m????");
  EXPECT_EQ(printable("abcdef", 3), "abc...");
  EXPECT_EQ(printable("abc", 3), "abc");
}

TEST(Check, BrokenConditionsAreLogicErrors) {
  EXPECT_THROW(TRECVIT_CHECK(1 > 2), std::logic_error);
  EXPECT_NO_THROW(TRECVIT_CHECK(2 > 1));
}

}  // namespace
}  // namespace trecvit
