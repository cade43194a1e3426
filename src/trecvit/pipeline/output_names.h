// Which names may be given to what is written, so that no input is lost.
#pragma once

#include <string>
#include <vector>

namespace trecvit {

// Where the inputs of a piece of work come from; empty names are ignored.
struct InputNames {
  std::string model, labels;
  std::vector<std::string> sources, others;  // others: files, or folders of models
};

// Throws Error(kUsage) for '-': only lines and JSON go to stdout.
void refuse_stdout(const std::string& output);

// Looks at the names of outputs before any work is done; empty ones are ignored. Throws Error(kUsage) for one that is
// an input, under whatever spelling, and for two that are one file.
void check_names(const InputNames& names, const std::vector<std::string>& outputs);

}  // namespace trecvit
