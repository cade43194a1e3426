#include "trecvit/terminal/hand_over.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <set>

#include "trecvit/base/error.h"

namespace trecvit::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTrainer = "trecvit-train";

// Whether the arguments ask for something that only the trainer has.
bool wants_trainer(const std::vector<std::string>& args) {
  static const std::set<std::string> always = {"train", "pretrain", "probe"}, with_model = {"check", "dump", "eval"};
  size_t verb = 0;
  while (verb < args.size() && args[verb].starts_with("-")) verb += args[verb] == "--log-level" ? 2 : 1;
  if (verb >= args.size()) return false;
  if (always.contains(args[verb])) return true;
  if (!with_model.contains(args[verb])) return false;
  for (size_t i = verb + 1; i < args.size() && args[i] != "--"; ++i) {
    if (args[i].starts_with("--baseline")) return true;
    const std::string next = i + 1 < args.size() ? args[i + 1] : "";
    const std::string value = args[i] == "--execution"              ? next
                              : args[i].starts_with("--execution=") ? args[i].substr(12)
                                                                    : "";
    if (value == "model" || value == "both") return true;
  }
  return false;
}

// Replaces this program.
[[noreturn]] void start(const std::string& program, std::vector<std::string> arguments) {
  std::string name = "trecvit";
  std::vector<char*> argv{name.data()};
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  execv(program.c_str(), argv.data());
  fail(ErrorKind::kUnavailable, program, "expected to start this program, got: {}", std::strerror(errno));
}

// If LibTorch is missing, the loader would end the program with its own message and exit code 127. So the loader is
// first asked which libraries it cannot find.
void check_libraries(const std::string& program) {
  int lines[2];
  if (pipe(lines) != 0) return;
  const pid_t child = fork();
  if (child == 0) {
    dup2(lines[1], STDOUT_FILENO);
    dup2(lines[1], STDERR_FILENO);
    close(lines[0]);
    setenv("LD_TRACE_LOADED_OBJECTS", "1", /*overwrite=*/1);
    execl(program.c_str(), program.c_str(), nullptr);
    _exit(0);
  }
  close(lines[1]);
  std::string text;
  char piece[4096];
  for (ssize_t got = 0; (got = read(lines[0], piece, sizeof piece)) > 0 || (got < 0 && errno == EINTR);)
    text.append(piece, static_cast<size_t>(std::max<ssize_t>(got, 0)));
  close(lines[0]);
  if (child > 0) waitpid(child, nullptr, 0);
  const size_t missing = text.find(" => not found");
  if (missing == std::string::npos) return;
  const size_t begin = text.find_last_of("\t\n", missing) + 1;
  fail(ErrorKind::kUnavailable, program,
       "expected the library {}, which this program needs, got none; add the folder of LibTorch's libraries to "
       "LD_LIBRARY_PATH, or rebuild trecvit",
       printable(text.substr(begin, missing - begin)));
}

}  // namespace

void hand_over_to_trainer(const std::vector<std::string>& arguments) {
  if (!wants_trainer(arguments)) return;
  std::error_code error;
  const fs::path own = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& folder : {own, own / ".." / "libexec" / "trecvit"}) {
    const fs::path program = folder / kTrainer;
    if (!fs::exists(program, error)) continue;
    // Threads that wait by spinning take the core from the thread that has work, if another program is running too.
    if (std::getenv("OMP_WAIT_POLICY") == nullptr) setenv("GOMP_SPINCOUNT", "2000", /*overwrite=*/0);
    check_libraries(program.string());
    start(program.string(), arguments);
  }
  fail(ErrorKind::kUnavailable, "trecvit",
       "expected {} next to trecvit or in ../libexec/trecvit, got neither; this command needs it, and a build without "
       "LibTorch lacks it",
       kTrainer);
}

}  // namespace trecvit::cli
