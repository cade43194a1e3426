#include "trecvit/cli/endings.h"

#include "trecvit/base/error.h"
#include "trecvit/io/file_kind.h"

namespace trecvit::cli {

bool is_archive_name(std::string_view verb, const std::string& path) {
  const std::string_view promised = format_of_ending(path);
  if (!path.empty() && (promised.empty() || promised == "NumPy")) return !promised.empty();
  fail_usage(verb,
             "expected NAME.npz or a folder to write, got '{}'{}{}; a folder holds config.json and model.safetensors",
             printable(path), promised.empty() ? "" : ", which promises ", promised);
}

void check_ending(std::string_view verb, const std::string& path, std::string_view format) {
  const std::string_view promised = format_of_ending(path);
  if (promised.empty() || promised == format) return;
  fail_usage(verb, "expected a name ending in {}, got '{}', which promises {}", format == "NumPy" ? ".npz" : ".png",
             printable(path), promised);
}

}  // namespace trecvit::cli
