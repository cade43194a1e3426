#include "trecvit/pipeline/output_names.h"

#include <filesystem>
#include <set>

#include "trecvit/base/error.h"
#include "trecvit/weights/model_folder.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> files_of(const InputNames& names) {
  std::vector<std::string> inputs = names.sources;
  inputs.push_back(names.labels);
  const auto add_model = [&inputs](const std::string& path) {
    inputs.push_back(path);
    if (path.empty()) return;
    if (const auto weights = weights_in(path)) inputs.push_back(weights->file.string());
    for (const char* file : {"model.safetensors", "config.json"}) inputs.push_back((fs::path(path) / file).string());
    for (const auto file : kCompanions) inputs.push_back((fs::path(path) / file).string());
  };
  add_model(names.model);
  for (const auto& input : names.others) add_model(input);  // each may also be a model's folder
  return inputs;
}

// All spellings of a name have the same place. A link at that place is itself replaced, so it is not followed.
fs::path place_of(const std::string& name) {
  std::error_code error;
  const fs::path path = fs::absolute(name, error);
  return fs::weakly_canonical(path.parent_path(), error) / path.filename();
}

}  // namespace

void refuse_stdout(const std::string& output) {
  if (output == "-") fail_usage("-", "expected a file to write, got stdout; for a file of this name, write ./-");
}

void check_names(const InputNames& names, const std::vector<std::string>& outputs) {
  std::error_code none;
  const auto inputs = files_of(names);
  std::set<fs::path> places;
  for (const auto& output : outputs) {
    if (output.empty()) continue;
    for (const auto& input : inputs) {
      if (fs::equivalent(input, output, none))
        fail_usage(printable(output), "expected an output that is not an input, got {}", printable(input));
    }
    if (!places.insert(place_of(output)).second)
      fail_usage(printable(output), "expected a different file for each output, got the same file twice");
  }
}

}  // namespace trecvit
