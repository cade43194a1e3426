// TOML as JSON, for config files; limits are checked before parsing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "trecvit/io/json.h"

namespace trecvit {

// Keys of a table are in the order of their bytes; there are no nulls. Throws Error(kUsage) naming `where` for syntax
// errors (with line and column), dates and times, more than 1 MB, keys of more than 32 parts and more than 32 levels.
// Time grows linearly with the text, up to a logarithmic factor.
Json parse_toml(std::string_view text, const std::string& where);

// The same, but nullopt for a syntax error or a key of too many parts.
std::optional<Json> parse_if_toml(std::string_view text, const std::string& where);

// The line of every key in a text that parse_toml accepts, by its dotted path: "clip.frames".
std::map<std::string, int64_t> lines_of_keys(std::string_view text);

// The TOML text of a value, which parse_toml reads back: all in one line, tables in braces.
std::string toml_value(const Json& value);

}  // namespace trecvit
