#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <set>

#include "trecvit/base/error.h"
#include "trecvit/cli/command_line.h"

namespace trecvit::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTrainer = "trecvit-train";

// Whether the arguments ask for what only the trainer has.
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

}  // namespace

void hand_over_to_trainer(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (!wants_trainer(args)) return;
  std::error_code error;
  const fs::path own = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& folder : {own, own / ".." / "libexec" / "trecvit"}) {
    const fs::path program = folder / kTrainer;
    if (!fs::exists(program, error)) continue;
    // Threads that wait by spinning take the core from whoever has the work where another program runs beside it.
    if (std::getenv("OMP_WAIT_POLICY") == nullptr) setenv("GOMP_SPINCOUNT", "2000", /*overwrite=*/0);
    execv(program.c_str(), argv);
    fail(ErrorKind::kUnavailable, program.string(), "expected to start it, got: {}", std::strerror(errno));
  }
  fail(ErrorKind::kUnavailable, "trecvit",
       "expected {} beside trecvit or in ../libexec/trecvit for this, got neither; it is built where LibTorch is found",
       kTrainer);
}

}  // namespace trecvit::cli
