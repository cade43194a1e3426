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

// A name must not look like a second message, or do anything to the terminal.
TEST(Error, NamesStayOnOneLine) {
  try {
    const std::string name = "clip\ntrecvit: all checks passed\x9b.npz";
    fail_input(name, "expected {}, got {}:{}", "a\u202eb", name, Lines{"\n  first\n  second"});
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "[clip?trecvit: all checks passed?.npz] expected a?b, got clip?trecvit: all checks passed?.npz:"
                 "\n  first\n  second");
  }
}

TEST(Check, BrokenConditionsAreLogicErrors) {
  EXPECT_THROW(TRECVIT_CHECK(1 > 2), std::logic_error);
  EXPECT_NO_THROW(TRECVIT_CHECK(2 > 1));
}

}  // namespace
}  // namespace trecvit
