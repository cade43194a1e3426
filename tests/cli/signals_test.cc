// Signals, a reader that leaves and system limits end a verb between two frames: the exit code says so, the requested
// results are saved, and no half-written file remains.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "support/temp_dir.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/io/safetensors.h"
#include "trecvit/terminal/signals.h"
#include "trecvit/weights/stoppable_weights.h"

namespace trecvit::test {
namespace {

namespace fs = std::filesystem;

const char* const kHandler = "handler";
const char* const kEndless = "synthetic:shapes?frames=100000000";

std::string quoted(const std::string& word) { return "'" + word + "'"; }

// Sets signals as in a terminal, regardless of how the tests were started.
void restore_signals() {
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
}

// Waits for the condition while the child is running.
template <class Condition>
void wait_until(pid_t child, const Condition& condition) {
  while (!condition()) {
    siginfo_t ended{};
    EXPECT_EQ(waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOHANG | WNOWAIT), 0);
    if (ended.si_pid != 0) {
      ADD_FAILURE() << "the command ended before it did what the test waits for";
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

// Whether the signal is in a signal set of the process, such as "SigCgt:", the signals that have a handler.
bool is_in_set(pid_t process, const std::string& set, int signal) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(set)) return (std::stoull(line.substr(set.size()), nullptr, 16) >> (signal - 1) & 1) != 0;
  }
  return false;
}

double cpu_seconds(pid_t process) {
  clockid_t clock;
  timespec time{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// The command in a folder, with a pipe as stdout that nobody reads while it runs.
class Running {
 public:
  Running(const TempDir& dir, const std::string& arguments) {
    EXPECT_EQ(pipe(lines_), 0);
    child_ = fork();
    if (child_ == 0) {
      restore_signals();
      dup2(lines_[1], 1);
      close(lines_[0]);
      dup2(open("/dev/null", O_WRONLY), 2);
      const std::string line = "exec '" TRECVIT_COMMAND "' " + arguments;
      if (chdir(dir.path().c_str()) == 0) execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
      _exit(127);
    }
  }
  ~Running() {
    for (const int end : lines_) close(end);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  // Waits until the pipe is full.
  void wait_until_blocked() const {
    wait_until(child_, [this] {
      pollfd pipe{lines_[1], POLLOUT, 0};
      return poll(&pipe, 1, 0) == 0;
    });
  }
  // Waits until the command has received a signal that was sent to it.
  void wait_until_taken(int signal) const {
    wait_until(child_, [&] { return !is_in_set(child_, "ShdPnd:", signal); });
  }
  void send(int signal) const { kill(child_, signal); }
  int exit_code() const {
    int status = 0;
    waitpid(child_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  int lines_[2];
  pid_t child_;
};

const char* name_of_signal(int signal) {
  switch (signal) {
    case SIGHUP:
      return "HangUp";
    case SIGINT:
      return "Interrupt";
    case SIGQUIT:
      return "Quit";
    case SIGXCPU:
      return "CpuLimit";
    case SIGUSR1:
      return "User1";
    case SIGUSR2:
      return "User2";
    case SIGALRM:
      return "Alarm";
    default:
      return "Terminate";
  }
}

class Signals : public testing::TestWithParam<int> {
 protected:
  // Starts the command in dir_ and waits: for its first byte on stdout (wait_for empty), for some work after it has
  // installed its handler (kHandler), or for a file to appear. Then sends the signal and returns the exit code.
  int run_and_stop(const std::vector<std::string>& arguments, const std::string& wait_for = "") {
    int lines[2];
    EXPECT_EQ(pipe(lines), 0);
    const pid_t child = fork();
    if (child == 0) {
      restore_signals();
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
      // Some way into the work, at an arbitrary point; the command must stop at any point.
      constexpr double kWork = 0.3;  // seconds of CPU time
      wait_until(child, [&] {
        if (wait_for != kHandler) return appeared(wait_for);
        return is_in_set(child, "SigCgt:", GetParam()) && cpu_seconds(child) > kWork;
      });
    }
    kill(child, GetParam());
    char rest[4096];
    while (read(lines[0], rest, sizeof rest) > 0) {  // so that a full pipe does not block it
    }
    close(lines[0]);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status));
    return WEXITSTATUS(status);
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

TEST_P(Signals, WholeClipsAreInterrupted) {
  // Takes seconds of plain loops, with no more frames of the source in between.
  const std::string frames = "synthetic:noise?frames=12";
  EXPECT_EQ(run_and_stop(
                {"dump", "--model", "generated:Ti", "--provider", "reference", "--taps", "all", "-o", "d.npz", frames},
                kHandler),
            128 + GetParam());
  EXPECT_EQ(run_and_stop({"check", "--model", "generated:Ti", frames}, kHandler), 128 + GetParam());
  EXPECT_FALSE(fs::exists(dir_.file("d.npz")));
}

// A frame of 16,385 tokens in plain loops takes at least half a minute. If it were completed, its state would be saved.
TEST_P(Signals, StepsOfAnyLengthEnd) {
  EXPECT_EQ(run_and_stop({"stream", "--model", "generated:mu", "--image-size", "2048", "--max-tokens", "20000",
                          "--provider", "reference", "--save-state", "s.state", "synthetic:noise?frames=1"},
                         kHandler),
            128 + GetParam());
  EXPECT_FALSE(fs::exists(dir_.file("s.state")));
}

TEST_P(Signals, StopWithinAStepKeepsTheFramesBefore) {
  EXPECT_EQ(run_and_stop({"stream", "--model", "generated:Ti", "--provider", "reference", "--json=a.json",
                          "--save-state", "s.state", "synthetic:noise?frames=1000"}),
            128 + GetParam());
  const std::string text = read_text(*open_file(dir_.file("a.json")), 1 << 20);
  const SafetensorsReader state(open_file(dir_.file("s.state")));
  EXPECT_EQ(state.metadata().at("frames"), std::to_string(std::count(text.begin(), text.end(), '\n')));
}

// Stopped during the first frame: no line was written.
TEST_P(Signals, NoEmptyResultAppears) {
  for (const std::string verb : {"stream", "classify"}) {
    const std::vector<std::string> line{verb,        "--model",      "generated:mu",  "--image-size",
                                        "2048",      "--max-tokens", "20000",         "--provider",
                                        "reference", "--quiet",      "--json=o.json", "synthetic:noise?frames=1"};
    EXPECT_EQ(run_and_stop(line, kHandler), 128 + GetParam());
    EXPECT_EQ(files(), 0u);
  }
}

TEST_P(Signals, SkippedFramesEndToo) {
  EXPECT_EQ(run_and_stop({"stream", "--model", "generated:mu", "--start", "1e6", kEndless}, kHandler),
            128 + GetParam());
}

TEST_P(Signals, NoTemporaryFileStays) {
  EXPECT_EQ(run_and_stop({"convert", "generated:B", "b.npz"}, "b.npz.tmp"), 128 + GetParam());
  EXPECT_EQ(files(), 0u);
}

TEST_P(Signals, AReaderThatReadsNothingDoesNotBlockTheEnd) {
  // The command is blocked on a full pipe that nobody reads until it has ended.
  Running command(dir_, "stream --model generated:mu --save-state s.state --topk 400 --json " + quoted(kEndless));
  command.wait_until_blocked();
  command.send(GetParam());
  EXPECT_EQ(command.exit_code(), 128 + GetParam());
  EXPECT_TRUE(fs::exists(dir_.file("s.state")));
}

INSTANTIATE_TEST_SUITE_P(All, Signals, testing::Values(SIGHUP, SIGINT, SIGQUIT, SIGTERM),
                         [](const auto& test) { return name_of_signal(test.param); });

// The signals of batch systems, limits and timers: they use the same handler, so two cases are enough.
class OtherSignals : public Signals {};

TEST_P(OtherSignals, StreamSavesItsState) {
  EXPECT_EQ(run_and_stop({"stream", "--model", "generated:mu", "--save-state", "s.state", kEndless}), 128 + GetParam());
  EXPECT_TRUE(fs::exists(dir_.file("s.state")));
}

TEST_P(OtherSignals, NoTemporaryFileStays) {
  EXPECT_EQ(run_and_stop({"convert", "generated:B", "b.npz"}, "b.npz.tmp"), 128 + GetParam());
  EXPECT_EQ(files(), 0u);
}

INSTANTIATE_TEST_SUITE_P(All, OtherSignals, testing::Values(SIGXCPU, SIGUSR1, SIGUSR2, SIGALRM),
                         [](const auto& test) { return name_of_signal(test.param); });

// Raises signals one after another in a separate process, starting with `first`; the process then exits with 0 if
// `first` is the one that counts. milliseconds: time between two signals.
[[noreturn]] void receive(int first, std::initializer_list<int> rest, int64_t milliseconds = 500,
                          bool reader_left = false) {
  static int64_t time = 0;
  restore_signals();
  cli::install_signal_handlers([] { return time; });
  if (reader_left) cli::request_stop(first);
  if (!reader_left) raise(first);
  for (const int signal : rest) {
    time += milliseconds;
    raise(signal);
  }
  const std::stop_token stop = cli::stop_token();
  for (int waited = 0; waited < 10'000 && !stop.stop_requested(); ++waited)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  _exit(cli::stop_signal() == first && stop.stop_requested() ? 0 : 1);
}

// As `timeout` sends them: to its child and then to the child's process group.
TEST(OrderOfSignals, RepeatsWithinHalfASecondAreOneRequest) {
  for (const int first : {SIGINT, SIGTERM, SIGQUIT}) {
    for (const int second : {SIGINT, SIGTERM, SIGQUIT}) {
      for (const int64_t pause : {0, 10, 499})
        EXPECT_EXIT(receive(first, {second}, pause), testing::ExitedWithCode(0), "") << first << ' ' << second;
    }
  }
  // Counted from the first signal: holding Ctrl-C down does not postpone the end.
  EXPECT_EXIT(receive(SIGINT, {SIGINT, SIGINT}, 250), testing::KilledBySignal(SIGINT), "");
  EXPECT_EXIT(receive(SIGTERM, {SIGINT, SIGTERM}, 249), testing::ExitedWithCode(0), "");
}

TEST(OrderOfSignals, TheSystemClockAdvances) {
  const int64_t before = cli::monotonic_milliseconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_GE(cli::monotonic_milliseconds(), before + 19);
}

TEST(OrderOfSignals, OnlyASecondRequestFromAUserEndsAtOnce) {
  EXPECT_EXIT(receive(SIGINT, {SIGTERM}), testing::KilledBySignal(SIGTERM), "");
  EXPECT_EXIT(receive(SIGTERM, {SIGINT}), testing::KilledBySignal(SIGINT), "");
  EXPECT_EXIT(receive(SIGINT, {SIGINT}), testing::KilledBySignal(SIGINT), "");
  EXPECT_EXIT(receive(SIGHUP, {SIGTERM, SIGTERM}), testing::KilledBySignal(SIGTERM), "");
  EXPECT_EXIT(receive(SIGTERM, {SIGHUP, SIGTERM}), testing::KilledBySignal(SIGTERM), "");
  for (const int first : {SIGHUP, SIGXCPU, SIGUSR1, SIGUSR2, SIGALRM}) {
    for (const int second : {SIGTERM, SIGINT, SIGQUIT, first}) {
      EXPECT_EXIT(receive(first, {second}), testing::ExitedWithCode(0), "") << first << ' ' << second;
    }
    EXPECT_EXIT(receive(SIGTERM, {first, first}), testing::ExitedWithCode(0), "") << first;
  }
}

// Checks per tensor, because a large model takes seconds to load.
TEST(Loading, EndsAtTheNextTensor) {
  const auto load = [] {
    restore_signals();
    ModelConfig config = named_model_config("mu");
    const auto weights = stoppable(generated_weights(config, 1), cli::stop_token());
    const std::string name = weights->tensors().begin()->first;
    bool stopped = false;
    weights->read(name);
    cli::request_stop(SIGTERM);
    try {
      weights->read(name);
    } catch (const Stopped&) {
      stopped = cli::stop_signal() == SIGTERM;
    }
    _exit(stopped ? 0 : 1);
  };
  EXPECT_EXIT(load(), testing::ExitedWithCode(0), "");
}

TEST(OrderOfSignals, AfterAClosedReaderTheFirstSignalCountsAsTheFirst) {
  for (const int signal : {SIGINT, SIGTERM, SIGQUIT}) {
    EXPECT_EXIT(receive(SIGPIPE, {signal}, 500, /*reader_left=*/true), testing::ExitedWithCode(0), "") << signal;
  }
  EXPECT_EXIT(receive(SIGPIPE, {SIGINT, SIGINT}, 500, /*reader_left=*/true), testing::KilledBySignal(SIGINT), "");
}

class Surroundings : public testing::Test {
 protected:
  size_t files() const { return static_cast<size_t>(std::distance(fs::directory_iterator(dir_.path()), {})); }
  // Runs a shell line in the folder and returns its exit code.
  int shell(const std::string& line) {
    const int status =
        std::system(("cd '" + dir_.path() + "' && exec 2>err; T='" TRECVIT_COMMAND "'; " + line).c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string bytes(const std::string& name) const { return read_text(*open_file(dir_.file(name)), 1 << 26); }

  // Part of a shell line: waits until the most recently started process writes b.npz or ends.
  const std::string wait_for_output_ = "until ls b.npz* >ls.txt 2>&1 || ! kill -0 $! 2>ls.txt; do sleep 0.01; done; ";
  TempDir dir_;
};

// Signals ignored before the command began: by nohup, or by `trap`.
TEST_F(Surroundings, SignalsThatWereIgnoredStayIgnored) {
  EXPECT_EQ(shell("trap '' HUP INT QUIT TERM XCPU USR1 USR2 ALRM; \"$T\" convert generated:B b.npz & " +
                  wait_for_output_ + "for s in HUP INT QUIT TERM XCPU USR1 USR2 ALRM; do kill -$s $!; done; wait $!"),
            0);
  EXPECT_TRUE(fs::exists(dir_.file("b.npz")));
}

// A script without job control starts background commands with SIGINT and SIGQUIT ignored: Ctrl-C is meant for the
// script.
TEST_F(Surroundings, InTheBackgroundOfAScriptCtrlCIsIgnored) {
  EXPECT_EQ(shell("\"$T\" convert generated:B b.npz & " + wait_for_output_ + "kill -INT $!; kill -QUIT $!; wait $!"),
            0);
  EXPECT_TRUE(fs::exists(dir_.file("b.npz")));
}

// A closing terminal sends several.
TEST_F(Surroundings, ASecondHangUpIsNotASecondRequest) {
  Running command(dir_, "stream --model generated:mu --save-state s.state --topk 400 --json " + quoted(kEndless));
  command.wait_until_blocked();
  command.send(SIGHUP);
  command.wait_until_taken(SIGHUP);
  command.send(SIGHUP);
  EXPECT_EQ(command.exit_code(), 128 + SIGHUP);
  EXPECT_TRUE(fs::exists(dir_.file("s.state")));
}

// A logout sends SIGHUP and then SIGTERM; a batch system sends its own signal and then SIGTERM.
TEST_F(Surroundings, TerminateAfterAnotherSignalLetsTheStateBeSaved) {
  for (const int first : {SIGHUP, SIGUSR1}) {
    const std::string state = std::to_string(first) + ".state";
    Running command(dir_,
                    "stream --model generated:mu --save-state " + state + " --topk 400 --json " + quoted(kEndless));
    command.wait_until_blocked();
    command.send(first);
    command.wait_until_taken(first);
    command.send(SIGTERM);
    EXPECT_EQ(command.exit_code(), 128 + first);
    EXPECT_TRUE(fs::exists(dir_.file(state)));
  }
}

TEST_F(Surroundings, TwoSignalsOfOneStopLetTheStateBeSaved) {
  for (const int signal : {SIGTERM, SIGINT}) {
    const std::string state = std::to_string(signal) + ".state";
    Running command(dir_,
                    "stream --model generated:mu --save-state " + state + " --topk 400 --json " + quoted(kEndless));
    command.wait_until_blocked();
    command.send(signal);  // and the other one at once: half a second later it would be a separate request
    command.send(signal == SIGTERM ? SIGINT : SIGTERM);
    const int code = command.exit_code();
    EXPECT_TRUE(code == 128 + SIGTERM || code == 128 + SIGINT) << code;
    EXPECT_TRUE(fs::exists(dir_.file(state)));
  }
}

TEST_F(Surroundings, AClosedReader) {
  const std::string stream = "(\"$T\" stream --model generated:mu --quiet ",
                    endless = std::string(" '") + kEndless + "'";
  const std::string one_line = "; echo $? >code) | head -n 1 >line";
  EXPECT_EQ(shell(stream + "--json --save-state a.state" + endless + one_line), 0);
  EXPECT_EQ(bytes("code"), "141\n");
  EXPECT_EQ(bytes("line").find("{\"schema\":\"trecvit.stream/1\""), 0u);
  EXPECT_EQ(bytes("err"), "");
  EXPECT_TRUE(fs::exists(dir_.file("a.state")));
  EXPECT_EQ(shell("(\"$T\" stream --model generated:mu --json=b.json --save-state b.state --progress none" + endless +
                  one_line),
            0);
  EXPECT_EQ(bytes("code"), "141\n");
  EXPECT_TRUE(fs::exists(dir_.file("b.state")));
  const std::string frames = bytes("b.json");
  EXPECT_GE(std::count(frames.begin(), frames.end(), '\n'), 1);
  std::string videos;
  for (int i = 0; i < 500; ++i) videos += " 'synthetic:shapes?frames=1'";
  EXPECT_EQ(shell("(\"$T\" classify --model generated:mu --json=c.json" + videos + one_line), 0);
  EXPECT_EQ(bytes("code"), "141\n");
  const std::string answers = bytes("c.json");
  EXPECT_GE(std::count(answers.begin(), answers.end(), '\n'), 1);
  for (const auto& entry : fs::directory_iterator(dir_.path()))
    EXPECT_EQ(entry.path().filename().string().find("tmp"), std::string::npos) << entry.path();
}

TEST_F(Surroundings, OutputThatIsNotRead) {
  for (const std::string line :
       {"--help", "--version", "stream --help", "info --env", "bench --model generated:mu --frames 1",
        "check --model generated:mu", "demo --model generated:mu"}) {
    EXPECT_EQ(shell("(sleep 0.1; \"$T\" " + line + "; echo $? >code) | true"), 0);
    EXPECT_EQ(bytes("code"), "141\n") << line << bytes("err");
    EXPECT_EQ(shell("\"$T\" " + line + " >/dev/full"), 5) << line << bytes("err");
    EXPECT_NE(bytes("err").find("[stdout] expected to write the results"), std::string::npos) << bytes("err");
  }
}

// A limit on file size is reported as an error, and what still fits is kept.
TEST_F(Surroundings, FilesOverTheSizeLimit) {
  const std::string limited = "ulimit -f 300; \"$T\" ";  // blocks of 1024 or 512 bytes
  EXPECT_EQ(shell(limited + "embed --model generated:mu --tokens -o e.npz 'synthetic:shapes?frames=40'"), 5);
  EXPECT_NE(bytes("err").find("File too large"), std::string::npos) << bytes("err");
  EXPECT_EQ(shell(limited + "convert generated:Ti m.npz"), 5);
  EXPECT_NE(bytes("err").find("File too large"), std::string::npos) << bytes("err");
  EXPECT_EQ(shell(limited + "stream --model generated:mu --quiet --topk 400 --json 'synthetic:shapes?frames=40' >out"),
            5);
  EXPECT_NE(bytes("err").find("File too large"), std::string::npos) << bytes("err");
  EXPECT_EQ(
      shell(limited + "stream --model 'generated:mu?classes=400' --image-size 32 --readout mean --quiet --topk 400 "
                      "--json=o.json --save-state o.state 'synthetic:shapes?frames=40'"),
      5);
  EXPECT_NE(bytes("err").find("o.json"), std::string::npos) << bytes("err");
  EXPECT_TRUE(fs::exists(dir_.file("o.state")));
  EXPECT_EQ(files(), 3u);  // err, out, o.state
}

}  // namespace
}  // namespace trecvit::test
