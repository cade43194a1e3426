// Strict JSON: nlohmann's parser plus the checks that its manual leaves to the caller.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace trecvit {

using Json = nlohmann::ordered_json;

// A value whose tree is destroyed without allocation. The destructor of Json allocates for the children of an array or
// an object, and if that fails in a destructor, the process ends. So library code keeps everything that it parses or
// builds in a JsonTree, temporaries with children included.
class JsonTree {
 public:
  JsonTree(Json value) noexcept : value_(std::move(value)) {}
  JsonTree(JsonTree&& other) noexcept : value_(std::move(other.value_)) {}
  JsonTree& operator=(JsonTree&&) = delete;
  ~JsonTree();

  const Json& operator*() const { return value_; }
  const Json* operator->() const { return &value_; }
  Json& operator*() { return value_; }
  Json* operator->() { return &value_; }
  Json release() && { return std::move(value_); }

 private:
  Json value_;
};

// Keys keep their order. Throws Error(kInput) with `where` for: syntax errors, invalid UTF-8 and zero bytes (with the
// byte offset), a byte order mark, duplicate keys, nesting deeper than 32, fractions that do not fit a double, whole
// numbers that do not fit 64 bits, more than 2^20 values, bytes after the value. Time grows linearly with the text.
// Independent of the locale.
JsonTree parse_json_tree(std::string_view text, std::string_view where);
// The same, for programs that end anyway if allocation fails.
Json parse_json(std::string_view text, std::string_view where);

// The value on one line, safe for a terminal: bytes that are not UTF-8 become U+FFFD, characters that a terminal would
// obey are escaped. Numbers have the fewest digits that give the same double again.
std::string json_line(const Json& value);

}  // namespace trecvit
