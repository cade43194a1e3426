#include "trecvit/data/manifest_json.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/data/manifest_text.h"
#include "trecvit/io/csv.h"
#include "trecvit/io/json.h"

namespace trecvit {
namespace {

// The objects of an array or of a sequence, each with the line in which it begins.
class Objects {
 public:
  Objects(std::string_view text, const std::string& name) : text_(text), name_(printable(name)) {
    pass_blanks();
    in_array_ = at_ < text_.size() && text_[at_] == '[';
    at_ += in_array_;
  }

  std::optional<TextLine> next() {
    pass_blanks();
    if (in_array_) pass_comma();
    if (at_ == text_.size() && !in_array_) return std::nullopt;
    if (in_array_ && at_ < text_.size() && text_[at_] == ']') {
      ++at_;
      pass_blanks();
      if (at_ < text_.size()) fail_here("the end of the file after the list", "more text");
      in_array_ = false;
      return std::nullopt;
    }
    if (at_ == text_.size()) fail_here("a list of JSON objects", "the end of the file");
    // Paths or pairs in an array; TOML looks the same.
    if (text_[at_] != '{')
      fail_here("a list of JSON objects, or a list of clips as a table or lines",
                "something else; write a table with the header path,label");
    return take_object();
  }

  std::string where() const { return fmt::format("{}:{}", name_, line_); }

 private:
  TextLine take_object() {
    constexpr CsvOptions kLimits;
    const TextLine begin{text_.substr(at_), line_};
    const size_t first = at_;
    int64_t depth = 0;
    bool in_string = false;
    for (; at_ < text_.size(); ++at_) {
      if (at_ - first > kLimits.max_record_bytes)
        fail_here(fmt::format("a list of objects of at most {} bytes each", kLimits.max_record_bytes), "a larger one");
      const char c = text_[at_];
      line_ += c == '\n';
      if (in_string) {
        if (c == '\\') ++at_;
        in_string = c != '"';
        continue;
      }
      in_string = c == '"';
      depth += c == '{' || c == '[';
      depth -= c == '}' || c == ']';
      if (depth > 0) continue;
      ++at_;
      any_ = true;
      return {begin.text.substr(0, at_ - first), begin.number};
    }
    fail_here("the end of the object", "the end of the file");
  }

  void pass_comma() {
    if (!any_ || at_ == text_.size() || text_[at_] == ']') return;
    if (text_[at_] != ',') fail_here("a comma or ] after an object", "something else");
    ++at_;
    pass_blanks();
    if (at_ < text_.size() && text_[at_] == ']') fail_here("an object after the comma", "]");
  }

  void pass_blanks() {
    for (; at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos; ++at_)
      line_ += text_[at_] == '\n';
  }

  [[noreturn]] void fail_here(std::string_view expected, std::string_view got) const {
    fail_input(where(), "expected {}, got {}", expected, got);
  }

  std::string_view text_;
  std::string name_;
  size_t at_ = 0;
  int64_t line_ = 1;
  bool in_array_ = false, any_ = false;
};

[[noreturn]] void refuse_other_json(const std::string& where, const Json& object) {
  constexpr size_t kNamed = 8;
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) {
    if (keys.size() < kNamed) keys.push_back(printable(key, 40));
  }
  fail_input(where,
             "expected a list of clips as a table or lines, or Something-Something objects with id and template or "
             "label, got JSON with the keys {}; write a table with the header path,label",
             keys.empty() ? "(none)" : fmt::format("{}", fmt::join(keys, ", ")));
}

std::string text_of(const Json& object, const char* key, const std::string& where) {
  const auto found = object.find(key);
  if (found == object.end()) return {};
  if (found->is_number_integer()) return found->dump();
  if (!found->is_string()) fail_input(where, "expected text or a whole number as {}, got {}", key, found->type_name());
  return std::string(trimmed(found->get_ref<const std::string&>()));
}

}  // namespace

bool is_json(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return false;
  // A path may begin with a bracket, but its next character cannot be one that follows a bracket in JSON.
  const size_t second = text.find_first_not_of(" \t\r\n", first + 1);
  const char next = second == std::string_view::npos ? ']' : text[second];
  if (text[first] == '{') return next == '"' || next == '}';
  return text[first] == '[' && (next == '{' || next == '[' || next == '"' || next == ']');
}

Manifest parse_json_list(std::string_view text, const std::string& name) {
  constexpr CsvOptions kLimits;
  Objects objects(text, name);
  Manifest manifest;
  bool any_template = false, any_label = false;
  while (const auto object = objects.next()) {
    const std::string where = fmt::format("{}:{}", printable(name), object->number);
    const Json json = parse_json(object->text, where);
    const std::string id = text_of(json, "id", where);
    if (id.empty()) refuse_other_json(where, json);
    std::string label = text_of(json, "template", where);
    any_template = any_template || !label.empty();
    std::erase_if(label, [](char c) { return c == '[' || c == ']'; });
    if (label.empty()) label = text_of(json, "label", where);
    any_label = any_label || !label.empty();
    if (static_cast<int64_t>(manifest.rows.size()) >= kLimits.max_rows)
      fail_input(where, "expected at most {} rows, got more", kLimits.max_rows);
    manifest.rows.push_back({id + ".webm", label, {}, {}, object->number});
  }
  manifest.named_by = NamedBy::kIdentifier;
  manifest.understood = "JSON list with id";
  if (any_label) manifest.understood += any_template ? " and template, whose brackets are removed" : " and label";
  return manifest;
}

}  // namespace trecvit
