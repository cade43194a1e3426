// Runs the trecvit command through a shell and keeps its output.
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <string>
#include <vector>

#include "support/temp_dir.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/io/json.h"

namespace trecvit::test {

struct Output {
  int code = -1;
  std::string out, err;

  // Parses stdout as one JSON value per line.
  std::vector<Json> json() const {
    std::vector<Json> lines;
    for (size_t at = 0; at < out.size();) {
      const size_t end = out.find('\n', at);
      lines.push_back(parse_json(out.substr(at, end - at), "stdout"));
      at = end + 1;
    }
    return lines;
  }
};

inline Output trecvit(const TempDir& dir, const std::string& arguments) {
  const std::string out = dir.file("stdout"), err = dir.file("stderr");
  // Redirections come first, so that `arguments` can override them.
  const std::string line = "cd '" + dir.path() + "' && XDG_CACHE_HOME=\"$PWD/cache\" '" TRECVIT_COMMAND "' >'" + out +
                           "' 2>'" + err + "' " + arguments;
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_text(*open_file(out), 1 << 26),
          read_text(*open_file(err), 1 << 26)};
}

}  // namespace trecvit::test
