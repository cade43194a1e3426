#include "trecvit/base/log.h"

#include <gtest/gtest.h>

#include "support/errors.h"

namespace trecvit {
namespace {

TEST(Log, AcceptsItsLevelsOnly) {
  for (const char* level : {"debug", "info", "warn", "error", "off"}) EXPECT_NO_THROW(log::set_level(level)) << level;
  for (const char* level : {"", "Debug", "loud", "trace", "critical", "warning", "err", "debug "}) {
    SCOPED_TRACE(level);
    test::expect_error(ErrorKind::kUsage, {"debug, info, warn, error or off", level}, [&] { log::set_level(level); });
  }
}

TEST(Log, FiltersByLevelAndWritesToStderr) {
  log::set_level("warn");
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  log::info("not shown");
  log::warn("shown {}", "a\nb");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "trecvit: warning: shown a?b\n");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  log::set_level("info");
}

}  // namespace
}  // namespace trecvit
