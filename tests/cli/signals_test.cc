// Ctrl-C and SIGTERM end a stream between two frames: the exit code says so, and what was asked to be kept is kept.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "support/temp_dir.h"

namespace trecvit::test {
namespace {

class Signals : public testing::TestWithParam<int> {};

TEST_P(Signals, StateIsSaved) {
  const TempDir dir;
  const std::string state = dir.file("s.state");
  int lines[2];
  ASSERT_EQ(pipe(lines), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    dup2(lines[1], 1);
    close(lines[0]);
    dup2(open("/dev/null", O_WRONLY), 2);
    execl(TRECVIT_COMMAND, "trecvit", "stream", "--model", "generated:mu", "--save-state", state.c_str(),
          "synthetic:shapes?frames=100000000", nullptr);
    _exit(127);
  }
  close(lines[1]);
  char byte;
  ASSERT_EQ(read(lines[0], &byte, 1), 1);  // the first frame is through
  kill(child, GetParam());
  char rest[4096];
  while (read(lines[0], rest, sizeof rest) > 0) {  // so that a full pipe does not hold it up
  }
  close(lines[0]);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 128 + GetParam());
  EXPECT_TRUE(std::filesystem::exists(state));
}

INSTANTIATE_TEST_SUITE_P(All, Signals, testing::Values(SIGINT, SIGTERM),
                         [](const auto& test) { return test.param == SIGINT ? "Interrupt" : "Terminate"; });

}  // namespace
}  // namespace trecvit::test
