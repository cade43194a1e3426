// Every system call of the verbs that write fails in turn, or kills the program. In all cases, each output is complete:
// the old one or the new one. After an error no other file is left, and the next run succeeds.
//
// By default only some of the many writes are tried; with TRECVIT_EVERY_FAULT=1, all of them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <map>

#include "support/faults.h"

namespace trecvit::test {
namespace {

namespace fs = std::filesystem;

// Everything in a folder: name and content; the content of a folder is "/".
using Tree = std::map<std::string, std::string>;

Tree tree_of(const TempDir& dir) {
  Tree tree;
  for (const auto& name : names_in(dir.path())) {
    const std::string path = dir.file(name);
    tree[name] = fs::is_directory(path) ? "/" : content(path);
  }
  return tree;
}

// The part of a tree that belongs to one output: a file, or a folder with everything in it.
Tree part_of(const Tree& tree, const std::string& output) {
  Tree part;
  for (const auto& [name, text] : tree) {
    if (name == output || name.starts_with(output + "/")) part[name] = text;
  }
  return part;
}

// One provider: the fastest one is measured, and two that are equally fast differ in the last bits of a state.
#define FRAMES "--provider reference --model 'generated:mu?classes=4' 'synthetic:noise?frames=4' "

bool is_temporary(const std::string& name) { return name.find(".tmp-") != std::string::npos; }

struct Job {
  const char* name;
  const char* arguments;
  std::vector<std::string> outputs;
  std::function<void(const TempDir&)> prepare = [](auto&) {};
  bool times = false;  // the first output contains measured times, so no two runs write the same
};

class Faults : public testing::TestWithParam<Job> {
 protected:
  // The outputs before and after a run without a fault.
  void SetUp() override {
    const TempDir dir;
    GetParam().prepare(dir);
    before_ = tree_of(dir);
    const FaultyRun run = run_with_fault(dir, command(), {});
    ASSERT_EQ(run.code, 0) << run.err;
    after_ = tree_of(dir);
  }
  static std::string command() { return "'" TRECVIT_COMMAND "' " + std::string(GetParam().arguments) + " --quiet"; }

  bool is_new(const Tree& tree, const std::string& output) const {
    const Tree part = part_of(tree, output), want = part_of(after_, output);
    if (!GetParam().times || output != GetParam().outputs[0]) return part == want;
    const auto lines = [](const Tree& of) {
      const std::string text = of.empty() ? "" : of.begin()->second;
      return text.ends_with('\n') ? std::count(text.begin(), text.end(), '\n') : 0;
    };
    return lines(part) == lines(want);
  }
  bool is_old(const Tree& tree, const std::string& output) const {
    return part_of(tree, output) == part_of(before_, output);
  }
  // If a stream fails at a frame, it saves the state after the frames before. A stream must be able to continue from
  // it.
  static bool is_state(const TempDir& dir, const std::string& output) {
    return output.ends_with(".state") &&
           run_with_fault(dir, "'" TRECVIT_COMMAND "' stream " FRAMES "--quiet --load-state " + output, {}).code == 0;
  }
  void expect_whole(const TempDir& dir, const Tree& tree) const {
    for (const auto& output : GetParam().outputs) {
      EXPECT_TRUE(is_old(tree, output) || is_new(tree, output) || is_state(dir, output))
          << output << " is neither old nor new";
    }
  }
  void expect_all_new(const Tree& tree) const {
    for (const auto& output : GetParam().outputs) EXPECT_TRUE(is_new(tree, output)) << output << " is not new";
  }

  // False if the run ended before that call.
  bool one(const Fault& fault) const {
    const TempDir dir;
    GetParam().prepare(dir);
    const FaultyRun run = run_with_fault(dir, command(), fault);
    SCOPED_TRACE(fault.error + (fault.lasting ? " from " : " at ") + run.call.substr(0, run.call.find('\n')));
    const Tree tree = tree_of(dir);
    expect_whole(dir, tree);
    if (!run.reached) {
      EXPECT_EQ(run.code, 0) << run.err;
      expect_all_new(tree);
    } else if (fault.error == "KILL") {
      EXPECT_EQ(run.code, 128 + SIGKILL);
      const FaultyRun again = run_with_fault(dir, command() + " --force", {});
      EXPECT_EQ(again.code, 0) << again.err;
      expect_all_new(tree_of(dir));
    } else {
      EXPECT_TRUE(run.code == 0 || run.code == 5) << run.code << run.err;
      const char* reason = fault.error == "EIO" ? "Input/output error" : "No space left";
      if (run.code == 0) expect_all_new(tree);
      EXPECT_TRUE(run.code == 0 || run.err.find(reason) != std::string::npos) << run.err;
      for (const auto& [name, text] : tree) {
        // If nothing can be removed any more, temporary files may stay.
        EXPECT_TRUE(!is_temporary(name) || fault.lasting) << name;
        EXPECT_TRUE(after_.contains(name) || is_temporary(name)) << name << " was not there and should not be";
      }
    }
    return run.reached;
  }

  Tree before_, after_;
};

bool every_fault() { return std::getenv("TRECVIT_EVERY_FAULT") != nullptr; }

constexpr int kMostCalls = 100'000;

void loop(const std::function<bool(int at)>& reached, int stride) {
  for (int at = 1; at < kMostCalls; at += stride) {
    if (!reached(at) || testing::Test::HasFailure()) return;
  }
  FAIL() << "expected an end";
}

constexpr const char* kFew = "fsync,rename,link,mkdir,unlink,open,truncate";  // all calls except writes

TEST_P(Faults, ErrorsLeaveTheOldOrTheNewOutput) {
  loop([&](int at) { return one({.at = at, .calls = kFew}); }, 1);
  loop([&](int at) { return one({.at = at, .error = "ENOSPC", .calls = "write"}); }, every_fault() ? 1 : 23);
  loop([&](int at) { return one({.at = at, .error = "ENOSPC", .lasting = true}); }, every_fault() ? 1 : 29);
}

TEST_P(Faults, KillsLeaveTheOldOrTheNewOutput) {
  loop([&](int at) { return one({.at = at, .error = "KILL", .calls = kFew}); }, 1);
  loop([&](int at) { return one({.at = at, .error = "KILL", .calls = "write"}); }, every_fault() ? 1 : 31);
}

// A model with other weights, and files that a user added to its folder.
void old_folder(const TempDir& dir) {
  const FaultyRun run = run_with_fault(dir, "'" TRECVIT_COMMAND "' convert 'generated:mu?seed=2&classes=4' model", {});
  EXPECT_EQ(run.code, 0) << run.err;
  fs::create_directory(dir.file("model/notes"));
  std::ofstream(dir.file("model/notes/a.txt")) << "a";
  std::ofstream(dir.file("model/README.md")) << "read me";
}

void old_files(const TempDir& dir) {
  for (const char* name : {"o.json", "s.state", "o.npz"}) std::ofstream(dir.file(name)) << "old\n";
}

const Job kJobs[] = {
    {"ConvertToNpz", "convert 'generated:mu?classes=4' o.npz --drop-config", {"o.npz"}},
    {"ConvertOntoNpz", "convert 'generated:mu?classes=4' o.npz --drop-config --force", {"o.npz"}, old_files},
    {"ConvertToFolder", "convert 'generated:mu?classes=4' model", {"model"}},
    {"ConvertOntoFolder", "convert 'generated:mu?classes=4' model --force", {"model"}, old_folder},
    {"Stream", "stream " FRAMES "--json=o.json --save-state s.state", {"o.json", "s.state"}, [](auto&) {}, true},
    {"StreamOnto",
     "stream " FRAMES "--json=o.json --save-state s.state --force",
     {"o.json", "s.state"},
     old_files,
     true},
    {"Embed", "embed " FRAMES "-o o.npz --tokens", {"o.npz"}},
    {"Dump", "dump " FRAMES "-o o.npz --force", {"o.npz"}, old_files},
};
INSTANTIATE_TEST_SUITE_P(Verbs, Faults, testing::ValuesIn(kJobs), [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace trecvit::test
