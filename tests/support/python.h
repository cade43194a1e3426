// Runs Python programs as an independent check of our files; for tests that skip if a module is not installed.
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>

#include "support/temp_dir.h"
#include "trecvit/io/byte_source.h"

namespace trecvit::test {

// Runs a Python program in `dir`; true if it succeeds.
inline bool python(const TempDir& dir, const std::string& program) {
  std::ofstream(dir.file("program.py")) << program;
  return std::system(("cd '" + dir.path() + "' && python3 program.py >program.log 2>&1").c_str()) == 0;
}

inline std::string log_of(const TempDir& dir) { return read_text(*open_file(dir.file("program.log")), 1 << 20); }

inline bool has_module(const TempDir& dir, const std::string& name) { return python(dir, "import " + name); }

}  // namespace trecvit::test
