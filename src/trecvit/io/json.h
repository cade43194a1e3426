// Strict JSON: nlohmann's parser behind the checks its manual leaves to the caller.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace trecvit {

using Json = nlohmann::ordered_json;

// Throws Error(kInput) with `where` and the byte offset for: syntax errors, duplicate keys, nesting deeper than 32,
// numbers that do not fit a double, bytes after the value.
Json parse_json(std::string_view text, std::string_view where);

}  // namespace trecvit
