// Runs a program whose system calls fail, or that is killed at one of them (tests/faults/preload.c). A program that
// uses this links trecvit_test_support and gets the path of the library as TRECVIT_FAULTS:
//   target_compile_definitions(NAME PRIVATE TRECVIT_FAULTS="$<TARGET_FILE:trecvit_faults>")
//   add_dependencies(NAME trecvit_faults)
//
// The loop over all calls of a run:
//
//   for (int at = 1;; ++at) {
//     const TempDir dir;                                 // the same start each time
//     const FaultyRun run = run_with_fault(dir, "'" TRECVIT_COMMAND "' train ...", {.at = at, .error = "KILL"});
//     if (!run.reached) break;                           // the run ended before its call number `at`
//     ...                                                // check what must hold now, resume, compare with a whole run
//   }
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "support/files.h"
#include "support/temp_dir.h"

namespace trecvit::test {

struct Fault {
  int at = 0;                 // which call, counted from 1; 0: none
  std::string error = "EIO";  // or ENOSPC, or KILL
  std::string calls = {};     // empty: all but reads; otherwise a list such as "rename,fsync"
  bool lasting = false;       // all later calls fail too
  std::string under = {};     // only calls on files under this folder inside the scratch folder; empty: all of it
};

struct FaultyRun {
  int code = -1;  // exit code; 128 plus the signal if one ended it
  bool reached = false;
  std::string call;  // "12 rename /tmp/.../o.json"
  std::string out, err;
};

// Runs a shell command, which must be a single program, in the scratch folder `dir`.
inline FaultyRun run_with_fault(const TempDir& dir, const std::string& command, const Fault& fault) {
  const TempDir scratch;  // separate from the folder whose files are checked
  const std::string log = scratch.file("log"), out = scratch.file("out"), err = scratch.file("err");
  std::string line = "cd '" + dir.path() + "' && exec env XDG_CACHE_HOME='" + scratch.file("cache") + "'";
  if (fault.at > 0) {
    line += " ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 LD_PRELOAD='" TRECVIT_FAULTS "' TRECVIT_FAULT_AT=" +
            std::to_string(fault.at) + " TRECVIT_FAULT_ERROR=" + fault.error + " TRECVIT_FAULT_LOG='" + log +
            "' TRECVIT_FAULT_UNDER='" + dir.file(fault.under) + "'";
    if (!fault.calls.empty()) line += " TRECVIT_FAULT_CALLS=" + fault.calls;
    if (fault.lasting) line += " TRECVIT_FAULT_LASTING=1";
  }
  line += " " + command + " >'" + out + "' 2>'" + err + "'";
  const int status = std::system(line.c_str());
  FaultyRun run;
  run.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  run.reached = std::filesystem::exists(log);
  run.call = content(log);
  run.out = content(out);
  run.err = content(err);
  return run;
}

}  // namespace trecvit::test
