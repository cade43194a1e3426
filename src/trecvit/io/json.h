// Strict JSON: nlohmann's parser behind the checks its manual leaves to the caller.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace trecvit {

using Json = nlohmann::ordered_json;

// A value whose tree is taken apart without memory. The destructor of Json needs some for the children of an array or
// an object, and where there is none in a destructor, the process ends: what a library parses or builds is kept in
// these, and so are temporaries with children.
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
// numbers that do not fit 64 bits, more than 2^20 values, bytes after the value. Time grows linearly with the text. The
// same in every locale.
JsonTree parse_json_tree(std::string_view text, std::string_view where);
// The same for programs that end anyway where memory does.
Json parse_json(std::string_view text, std::string_view where);

// The value on one line, as it may go to a terminal: bytes that are not UTF-8 become U+FFFD, characters that a terminal
// would obey are escaped. Numbers have as few digits as give the same double again.
std::string json_line(const Json& value);

}  // namespace trecvit
