// Checks the names of outputs, so that no input is overwritten.
#pragma once

#include <string>
#include <vector>

namespace trecvit {

// The inputs of a command; empty names are ignored.
struct InputNames {
  std::string model, labels;
  std::vector<std::string> sources, others;  // others: files or model folders
};

// Throws Error(kUsage) for '-': only lines and JSON go to stdout.
void refuse_stdout(const std::string& output);

// Checks the names of outputs before any work is done; empty ones are ignored. Throws Error(kUsage) for an output that
// is also an input, in any spelling, and for two outputs that are the same file.
void check_names(const InputNames& names, const std::vector<std::string>& outputs);

}  // namespace trecvit
