// A folder in which the command trains tiny models on generated clips.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>

#include "cli/command.h"
#include "support/tiny_model.h"
#include "trecvit/base/random.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/io/npz.h"

namespace trecvit::test {

namespace fs = std::filesystem;

inline const std::string kConfig = std::string("name = 'tiny'\n") + kTinyModel + R"(
[data.train]
source = "synthetic:camera_moves?classes=directions&objects=0&pool=4"
clips = 40
[data.val]
source = "synthetic:camera_moves?classes=directions&objects=0&pool=4"
clips = 8
[clip]
frames = 4
[optimizer]
learning_rate = 1e-3
warmup = 2
[run]
steps = 10
batch = 4
eval_every = 3
save_every = 1
log_every = 1
threads = 1
)";

class Train : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(fs::path(TRECVIT_COMMAND).parent_path() / "trecvit-train"))
      GTEST_SKIP() << "trecvit-train is not in this build";
    write("tiny.toml", kConfig);
  }
  void write(const std::string& name, const std::string& text) const {
    AtomicFile file(dir_.file(name), Overwrite::kNo);
    file.write(text);
    file.commit();
  }
  // Writes six frames of one grey level.
  void write_video(const std::string& name, uint8_t grey) const {
    NpzWriter writer(dir_.file(name), Overwrite::kNo);
    writer.add("video", HostTensor::from<uint8_t>({6, 16, 16, 3}, std::vector<uint8_t>(6 * 16 * 16 * 3, grey)).view());
    writer.finish();
  }
  Output run(const std::string& arguments) const { return trecvit(dir_, arguments); }
  std::string bytes(const std::string& path) const { return read_text(*open_file(dir_.file(path)), 1 << 26); }

  // Starts the command in a separate process; kill(2) ends it.
  pid_t start(const std::string& resume, const std::string& log) const {
    const pid_t child = fork();
    if (child != 0) return child;
    for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) signal(number, SIG_DFL);  // nohup and '&' ignore some
    if (chdir(dir_.path().c_str()) != 0) _exit(127);
    freopen(dir_.file(log).c_str(), "w", stderr);
    freopen("/dev/null", "w", stdout);
    if (resume.empty()) {
      execl(TRECVIT_COMMAND, "trecvit", "train", "--config=tiny.toml", "--set=run.steps=40", nullptr);
    } else {
      execl(TRECVIT_COMMAND, "trecvit", "train", ("--resume=" + resume).c_str(), nullptr);
    }
    _exit(127);
  }

  // Whether the file or folder appeared before the child ended.
  bool wait_for(const std::string& path, pid_t child) const {
    while (!fs::exists(dir_.file(path))) {
      if (waitpid(child, nullptr, WNOHANG) != 0) return fs::exists(dir_.file(path));
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }

  // Whether a checkpoint of the run is partly written.
  bool is_saving(const std::string& run) const {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(dir_.file(run + "/checkpoints"), error)) {
      if (entry.path().filename().string().starts_with(".part-")) return true;
    }
    return false;
  }
  bool has_checkpoint(const std::string& run) const {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(dir_.file(run + "/checkpoints"), error)) {
      if (entry.path().filename().string().starts_with("step-")) return true;
    }
    return false;
  }
  // Returns when the condition holds for the newest run, after a few seconds, or when the child has ended.
  void wait_for(pid_t child, const std::function<bool(const std::string& run)>& is_so) const {
    for (int i = 0; i < 20'000; ++i) {
      if (is_so(newest_run())) return;
      siginfo_t info{};
      if (waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0) return;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }

  std::string newest_run() const {
    for (int number = 1000; number > 0; --number) {
      const std::string name = "runs/train/tiny-" + std::to_string(number);
      if (fs::exists(dir_.file(name))) return name;
    }
    return {};
  }

  TempDir dir_;
};

}  // namespace trecvit::test
