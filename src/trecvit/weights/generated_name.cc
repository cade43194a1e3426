#include "trecvit/weights/generated_name.h"

#include <algorithm>

#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"

namespace trecvit {

GeneratedName parse_generated_name(std::string_view text, uint64_t seed, const std::string& where) {
  const size_t question = text.find('?');
  GeneratedName name{named_model_config(std::string(text.substr(0, question))), seed};
  std::string_view rest = question == std::string_view::npos ? "" : text.substr(question + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const size_t equals = pair.find('=');
    const std::string_view key = pair.substr(0, equals);
    if (equals == std::string_view::npos || (key != "seed" && key != "classes")) {
      fail_usage(where, "expected generated:SIZE?seed=N&classes=N, got '{}'", printable(pair));
    }
    const std::string_view number = pair.substr(equals + 1);
    const auto value = parse_number<int64_t>(number);
    if (!value || *value < 0) {
      fail_usage(where + " " + std::string(key), "expected a whole number of 0 or more, got '{}'", printable(number));
    }
    if (key == "seed") name.seed = static_cast<uint64_t>(*value);
    if (key == "classes") name.config.num_classes = *value;
    if (key == "classes" && *value == 0) name.config.head_dim = 0;
  }
  return name;
}

}  // namespace trecvit
