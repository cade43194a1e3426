#include "trecvit/config/toml_json.h"

#include <algorithm>
#include <utility>

// Deepest nesting of lists and inline tables, and of keys like a.b.c: recursion here, in the parser and in the
// destructors of its tables ends there.
#define TOML_MAX_NESTED_VALUES 32
#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

constexpr size_t kMostText = 1 << 20;  // bytes; the longest of our files has 3 kB
constexpr size_t kMostDepth = TOML_MAX_NESTED_VALUES;

// Where a text in quotes, which begins at `at`, ends. One that has no end goes to the end of the line, or of everything
// for three quotes; the parser stops there too.
size_t after_quotes(std::string_view text, size_t at) {
  const char quote = text[at];
  const std::string three(3, quote);
  const bool many_lines = text.substr(at, 3) == three;
  for (at += many_lines ? 3 : 1; at < text.size(); ++at) {
    if (text[at] == '\\' && quote == '"') {
      ++at;
    } else if (many_lines && text.substr(at, 3) == three) {
      for (at += 3; at < text.size() && text[at] == quote;) ++at;  // the text itself may end with quotes
      return at;
    } else if (!many_lines && (text[at] == quote || text[at] == '\n')) {
      return at + 1;
    }
  }
  return text.size();
}

// The parser makes a table of each part of a key a.b.c, however many there are, and destroys them one in the other.
void check_keys(std::string_view text, const std::string& where) {
  size_t dots = 0, at = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"' || c == '\'') {
      at = after_quotes(text, at);
      continue;
    }
    if (c == '#') at = std::min(text.find('\n', at), text.size() - 1);
    if (std::string_view("=,[]{}\n").find(text[at]) != std::string_view::npos) dots = 0;
    dots += c == '.';
    if (dots >= kMostDepth) {
      fail_usage(where, "expected keys of at most {} parts, got more in line {}", kMostDepth,
                 1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '\n'));
    }
    ++at;
  }
}

Json to_json(const toml::node& node, const std::string& where, size_t depth = 0) {
  if (depth > kMostDepth)
    fail_usage(where, "expected at most {} levels, got more in line {}", kMostDepth, node.source().begin.line);
  if (const auto* table = node.as_table()) {
    Json out = Json::object();
    // Json's operator[] would look through all keys for each new one.
    for (const auto& [key, value] : *table)
      out.get_ref<Json::object_t&>().emplace_back(std::string(key.str()), to_json(value, where, depth + 1));
    return out;
  }
  if (const auto* array = node.as_array()) {
    Json out = Json::array();
    for (const auto& item : *array) out.push_back(to_json(item, where, depth + 1));
    return out;
  }
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* whole = node.as_integer()) return whole->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* flag = node.as_boolean()) return flag->get();
  fail_usage(where, "expected text, numbers, true, false, lists and tables, got a date or a time in line {}",
             node.source().begin.line);
}

toml::table parse_bounded(std::string_view text, const std::string& where) {
  if (text.size() > kMostText) fail_usage(where, "expected at most {} bytes, got {}", kMostText, text.size());
  check_keys(text, where);
  return toml::parse(text);
}

}  // namespace

Json parse_toml(std::string_view text, const std::string& where) {
  try {
    return to_json(parse_bounded(text, where), where);
  } catch (const toml::parse_error& error) {
    fail_usage(where, "expected TOML, got: {} in line {}, column {}", printable(error.description()),
               error.source().begin.line, error.source().begin.column);
  }
}

std::optional<Json> parse_if_toml(std::string_view text, const std::string& where) {
  try {
    return to_json(parse_bounded(text, where), where);
  } catch (const toml::parse_error&) {
    return std::nullopt;
  }
}

std::string toml_value(const Json& value) {
  std::string out, separator;
  if (value.is_object()) {
    for (const auto& [key, item] : value.items()) {
      out += separator + toml_value(Json(key)) + " = " + toml_value(item);
      separator = ", ";
    }
    return "{ " + out + " }";
  }
  if (value.is_array()) {
    for (const auto& item : value) {
      out += separator + toml_value(item);
      separator = ", ";
    }
    return "[" + out + "]";
  }
  // JSON's forms of text and numbers are TOML's, but for the one control byte that JSON does not escape.
  for (const char c : value.dump()) {
    if (c == '\x7f') {
      out += "\\u007f";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace trecvit
