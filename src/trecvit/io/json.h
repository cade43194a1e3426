// Strict JSON: nlohmann's parser behind the checks its manual leaves to the caller.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace trecvit {

using Json = nlohmann::ordered_json;

// Keys keep their order. Throws Error(kInput) with `where` for: syntax errors, invalid UTF-8 and zero bytes (with the
// byte offset), a byte order mark, duplicate keys, nesting deeper than 32, fractions that do not fit a double, whole
// numbers that do not fit 64 bits, more than 2^20 values, bytes after the value. Time grows linearly with the text.
Json parse_json(std::string_view text, std::string_view where);

}  // namespace trecvit
