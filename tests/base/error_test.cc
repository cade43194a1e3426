#include "trecvit/base/error.h"

#include <gtest/gtest.h>

#include <string>

#include "support/errors.h"
#include "trecvit/base/log.h"

namespace trecvit {
namespace {

TEST(Error, MessageNamesThePlace) {
  try {
    fail_input("weights.npz: cls", "expected {} bytes, got {}", 4, 3);
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "[weights.npz: cls] expected 4 bytes, got 3");
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
  }
}

TEST(Error, KindIsTheExitCode) {
  EXPECT_EQ(Error(ErrorKind::kCheckFailed, "").exit_code(), 1);
  EXPECT_EQ(Error(ErrorKind::kUsage, "").exit_code(), 2);
  EXPECT_EQ(Error(ErrorKind::kInput, "").exit_code(), 3);
  EXPECT_EQ(Error(ErrorKind::kUnavailable, "").exit_code(), 4);
  EXPECT_EQ(Error(ErrorKind::kResource, "").exit_code(), 5);
}

TEST(Error, BracesOfOutsideTextAreNoFormat) {
  test::expect_error(ErrorKind::kUsage, {"[{}]", "got '{0}'"}, [] { fail_usage("{}", "got '{}'", "{0}"); });
}

TEST(Error, PrintableTextHasNoControlBytes) {
  EXPECT_EQ(printable("plain text-1.npz"), "plain text-1.npz");
  EXPECT_EQ(printable("a\nb\x1b[31mc\x7f"), "a?b?[31mc?");
  EXPECT_EQ(printable(std::string_view("\0\xff\xc3\xa4", 4)), "????");
  EXPECT_EQ(printable(""), "");
}

TEST(Error, PrintableTextIsCut) {
  EXPECT_EQ(printable("12345", 5), "12345");
  EXPECT_EQ(printable("123456", 5), "12345...");
  EXPECT_EQ(printable(std::string(1'000'000, 'x')).size(), 203u);
}

TEST(Error, ChecksAreMistakesOfTheProgram) {
  EXPECT_THROW(TRECVIT_CHECK(1 > 2), std::logic_error);
  EXPECT_NO_THROW(TRECVIT_CHECK(2 > 1));
}

TEST(Log, Levels) {
  for (const char* level : {"debug", "info", "warn", "error", "off"}) EXPECT_NO_THROW(log::set_level(level)) << level;
  for (const char* level : {"", "Debug", "loud", "trace", "critical", "warning", "err", "debug "}) {
    test::expect_error(ErrorKind::kUsage, {"debug, info, warn, error or off", level}, [&] { log::set_level(level); });
  }
}

TEST(Log, OnlyFromItsLevelOnAndOnStderr) {
  log::set_level("warn");
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  log::info("not shown");
  log::warn("shown {}", 1);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "trecvit: warning: shown 1\n");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  log::set_level("info");
}

}  // namespace
}  // namespace trecvit
