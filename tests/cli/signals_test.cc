// Ctrl-C and SIGTERM end a verb between two frames: the exit code says so, what was asked to be kept is kept, and no
// half-written file stays.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "support/temp_dir.h"
#include "trecvit/io/byte_source.h"

namespace trecvit::test {
namespace {

namespace fs = std::filesystem;

const char* const kHandler = "handler";
const char* const kEndless = "synthetic:shapes?frames=100000000";

class Signals : public testing::TestWithParam<int> {
 protected:
  // Starts the command in dir_, waits for its first byte on stdout (wait_for empty), for its handler of the signal
  // (kHandler) or for a file to appear, sends the
  // signal, and gives the exit code.
  int run_and_stop(const std::vector<std::string>& arguments, const std::string& wait_for = "") {
    int lines[2];
    EXPECT_EQ(pipe(lines), 0);
    const pid_t child = fork();
    if (child == 0) {
      dup2(lines[1], 1);
      close(lines[0]);
      dup2(open("/dev/null", O_WRONLY), 2);
      std::vector<char*> argv{const_cast<char*>("trecvit")};
      for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
      argv.push_back(nullptr);
      if (chdir(dir_.path().c_str()) == 0) execv(TRECVIT_COMMAND, argv.data());
      _exit(127);
    }
    close(lines[1]);
    if (wait_for.empty()) {
      char byte;
      EXPECT_EQ(read(lines[0], &byte, 1), 1);
    } else {
      while (wait_for == kHandler ? !handles(child) : !appeared(wait_for))
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      // A while into the work, wherever that is; every place must end as well.
      if (wait_for == kHandler) std::this_thread::sleep_for(std::chrono::milliseconds(300));
    }
    kill(child, GetParam());
    char rest[4096];
    while (read(lines[0], rest, sizeof rest) > 0) {  // so that a full pipe does not hold it up
    }
    close(lines[0]);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status));
    return WEXITSTATUS(status);
  }
  // Whether the process has a handler for the signal: what to wait for where a verb shows nothing.
  bool handles(pid_t process) const {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("SigCgt:")) return (std::stoull(line.substr(7), nullptr, 16) >> (GetParam() - 1) & 1) != 0;
    }
    return false;
  }
  bool appeared(const std::string& begin) const {
    for (const auto& entry : fs::directory_iterator(dir_.path()))
      if (entry.path().filename().string().starts_with(begin)) return true;
    return false;
  }
  size_t files() const { return static_cast<size_t>(std::distance(fs::directory_iterator(dir_.path()), {})); }

  TempDir dir_;
};

TEST_P(Signals, StreamSavesItsState) {
  EXPECT_EQ(run_and_stop({"stream", "--model", "generated:mu", "--save-state", "s.state", kEndless}), 128 + GetParam());
  EXPECT_TRUE(fs::exists(dir_.file("s.state")));
}

TEST_P(Signals, EmbedKeepsTheFramesSoFar) {
  EXPECT_EQ(run_and_stop({"embed", "--model", "generated:mu", "-o", "e.npz", kEndless}, "e.npz.tmp"), 128 + GetParam());
}

TEST_P(Signals, ClassifyKeepsTheVideosBefore) {
  EXPECT_EQ(
      run_and_stop({"classify", "--model", "generated:mu", "--json=a.json", "synthetic:shapes?frames=2", kEndless}),
      128 + GetParam());
  const std::string text = read_text(*open_file(dir_.file("a.json")), 1 << 20);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
}

TEST_P(Signals, WhatComputesAWholeClipEnds) {
  // Seconds of plain loops, which no frame of the source interrupts any more.
  const std::string frames = "synthetic:noise?frames=12";
  EXPECT_EQ(run_and_stop(
                {"dump", "--model", "generated:Ti", "--provider", "reference", "--taps", "all", "-o", "d.npz", frames},
                kHandler),
            128 + GetParam());
  EXPECT_EQ(run_and_stop({"check", "--model", "generated:Ti", frames}, kHandler), 128 + GetParam());
  EXPECT_FALSE(fs::exists(dir_.file("d.npz")));
}

TEST_P(Signals, FramesThatArePassedOver) {
  EXPECT_EQ(run_and_stop({"stream", "--model", "generated:mu", "--start", "1e6", kEndless}, kHandler),
            128 + GetParam());
}

TEST_P(Signals, NoTemporaryFileStays) {
  EXPECT_EQ(run_and_stop({"convert", "generated:B", "b.npz"}, "b.npz.tmp"), 128 + GetParam());
  EXPECT_EQ(files(), 0u);
}

INSTANTIATE_TEST_SUITE_P(All, Signals, testing::Values(SIGINT, SIGTERM),
                         [](const auto& test) { return test.param == SIGINT ? "Interrupt" : "Terminate"; });

}  // namespace
}  // namespace trecvit::test
