#include "trecvit/weights/generated_name.h"

#include "trecvit/base/error.h"
#include "trecvit/base/parameters.h"

namespace trecvit {

GeneratedName parse_generated_name(std::string_view text, uint64_t seed, const std::string& where) {
  const size_t question = text.find('?');
  GeneratedName name{named_model_config(std::string(text.substr(0, question))), seed};
  if (question == std::string_view::npos) return name;
  for (const auto& [key, value] : split_parameters(where, text.substr(question + 1))) {
    if (key != "seed" && key != "classes")
      fail_usage(where, "expected generated:SIZE?seed=N&classes=N, got '{}'", printable(key));
    const auto number = parse_number<int64_t>(value);
    if (!number || *number < 0)
      fail_usage(where + " " + std::string(key), "expected a whole number of 0 or more, got '{}'", printable(value));
    if (key == "seed") {
      name.seed = static_cast<uint64_t>(*number);
    } else {
      name.config.num_classes = *number;
      if (*number == 0) name.config.head_dim = 0;
    }
  }
  return name;
}

}  // namespace trecvit
