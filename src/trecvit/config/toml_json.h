// TOML as JSON: what a config file may hold, bounded before it is parsed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "trecvit/io/json.h"

namespace trecvit {

// Keys of a table in the order of their bytes; there are no nulls. Throws Error(kUsage) naming `where` for syntax
// errors (with line and column), dates and times, more than 1 MB, keys of more than 32 parts and more than 32 levels.
// Time grows linearly with the text, but for a logarithm.
Json parse_toml(std::string_view text, const std::string& where);

// The same, with nothing for a syntax error or a key of too many parts.
std::optional<Json> parse_if_toml(std::string_view text, const std::string& where);

// The line of every key of a text that parse_toml takes, by the names of the way to it with dots between:
// "clip.frames".
std::map<std::string, int64_t> lines_of_keys(std::string_view text);

// The text of a value that parse_toml gives back: a table in braces, all in one line.
std::string toml_value(const Json& value);

}  // namespace trecvit
