// Each system call by which a training run writes kills the run, or fails once. The run is then resumed and must end
// with the same bits.
//
// preload.c is linked into this program, so that the calls of a run in a forked process are counted without starting
// another program. By default only some of the calls are tried; with TRECVIT_EVERY_FAULT=1, all of them.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "train/train_test.h"

namespace trecvit::test {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kSmall = {"run.steps=6",
                                         "run.batch=2",
                                         "run.save_every=1",
                                         "run.eval_every=1",
                                         "data.val.clips=20",
                                         "loader.workers=0",
                                         "optimizer.learning_rate=0.01",
                                         "optimizer.warmup=0"};
const std::vector<const char*> kResults = {"/model/model.safetensors", "/model/config.json", "/best/model.safetensors",
                                           "/best/config.json", "/log.jsonl"};
constexpr const char* kFew = "fsync,rename,link,mkdir,unlink,open,truncate";  // all calls except writes
constexpr int kMostCalls = 100'000;

struct Point {
  int at = 0;  // 0: no fault
  const char* error = "KILL";
  const char* calls = kFew;
  const char* under = "";  // only calls on paths that begin with this, relative to the folder of the run
};

bool every_fault() { return std::getenv("TRECVIT_EVERY_FAULT") != nullptr; }

// Starts or resumes a run in a forked process. Returns its status, as waitpid does; the exit code is that of the
// command.
int run_apart(const std::string& folder, const Point& point = {}, const std::string& log = "") {
  const pid_t child = fork();
  if (child == 0) {
    if (point.at > 0) {
      setenv("TRECVIT_FAULT_ERROR", point.error, 1);
      setenv("TRECVIT_FAULT_CALLS", point.calls, 1);
      setenv("TRECVIT_FAULT_LOG", log.c_str(), 1);
      setenv("TRECVIT_FAULT_UNDER", (folder + point.under).c_str(), 1);
      setenv("TRECVIT_FAULT_AT", std::to_string(point.at).c_str(), 1);
    }
    int code = 70;
    try {
      run_in(folder, tiny_config(kSmall), -1, fs::exists(folder + "/config.toml"));
      code = 0;
    } catch (const Error& error) {
      std::fprintf(stderr, "%s\n", error.what());
      code = error.exit_code();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
    }
    _exit(code);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status;
}

class TrainFaults : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(run_apart(dir_.file("whole")), 0);
    for (const char* file : kResults) want_.push_back(bytes_of(dir_.file("whole") + file));
  }

  // False if the run ended before that call.
  bool one(const Point& point) {
    const std::string folder = dir_.file("run"), log = dir_.file("reached");
    fs::remove_all(folder);
    fs::remove(log);
    fs::create_directory(folder);
    const int status = run_apart(folder, point, log);
    const bool reached = fs::exists(log);
    SCOPED_TRACE(point.error + (" at " + (reached ? bytes_of(log) : "no call")));
    if (!reached) {
      EXPECT_EQ(status, 0);
    } else if (std::string_view(point.error) == "KILL") {
      EXPECT_TRUE(WIFSIGNALED(status));
    } else {
      EXPECT_TRUE(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 5)) << status;
    }
    if (status != 0) {
      EXPECT_EQ(run_apart(folder), 0);
    }
    for (size_t i = 0; i < kResults.size(); ++i)
      EXPECT_TRUE(bytes_of(folder + kResults[i]) == want_[i]) << kResults[i] << " has other bytes";
    ++tried_;
    return reached;
  }

  // Tries the call `first` and every `stride`th call after it.
  void loop(Point point, int first, int stride) {
    for (point.at = first; point.at < kMostCalls; point.at += every_fault() ? 1 : stride) {
      if (!one(point)) return;
      if (HasFailure()) return;
    }
    FAIL() << "expected an end";
  }
  void TearDown() override { RecordProperty("faults", tried_); }

  TempDir dir_;
  std::vector<std::string> want_;
  int tried_ = 0;
};

TEST_F(TrainFaults, KilledAtACallTheResultIsTheSame) {
  loop({.error = "KILL"}, 1, 9);
  loop({.error = "KILL", .calls = "write"}, 1, 97);
}

TEST_F(TrainFaults, AfterACallThatFailedOnceTheResultIsTheSame) {
  loop({.error = "EIO"}, every_fault() ? 1 : 5, 11);
  loop({.error = "ENOSPC", .calls = "write"}, every_fault() ? 1 : 40, 101);
}

// Each call that writes the best model fails once. The run is saved, resumed and tested again, so that best/ has the
// model of the best step.
TEST_F(TrainFaults, TheBestModelIsNotLost) {
  ASSERT_NE(bytes_of(dir_.file("whole/best/model.safetensors")), "");
  loop({.error = "EIO", .under = "/best"}, 1, 2);
}

}  // namespace
}  // namespace trecvit::test
