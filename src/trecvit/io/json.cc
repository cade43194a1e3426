#include "trecvit/io/json.h"

#include <locale.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/base/utf8.h"

namespace trecvit {
namespace {

constexpr size_t kMaxDepth = 32;
// A model of 100,000 tensors needs fewer; limits memory to a few hundred megabytes for any text.
constexpr size_t kMaxValues = size_t{1} << 20;

// Empties a value from its leaves up, so that no destructor finds children. Recursion is as deep as the value.
// NOLINTNEXTLINE(bugprone-exception-escape): get_ref throws for another type alone
void take_apart(Json& value) noexcept {
  if (value.is_array()) {
    auto& children = value.get_ref<Json::array_t&>();
    for (Json& child : children) take_apart(child);
    children.clear();
  } else if (value.is_object()) {
    auto& children = value.get_ref<Json::object_t&>();
    for (auto& [key, child] : children) take_apart(child);
    children.clear();
  }
}

// How many children each array and object has, in the order in which they begin. Reports no errors in the text: it
// stops there, and so will the Builder.
class Counter : public nlohmann::json_sax<Json> {
 public:
  std::vector<size_t> take() { return std::move(children_); }

  bool null() override { return count(); }
  bool boolean(bool) override { return count(); }
  bool number_integer(number_integer_t) override { return count(); }
  bool number_unsigned(number_unsigned_t) override { return count(); }
  bool number_float(number_float_t, const string_t&) override { return count(); }
  bool string(string_t&) override { return count(); }
  bool binary(binary_t&) override { return false; }
  bool start_object(size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool start_array(size_t) override { return open(); }
  bool end_array() override { return close(); }
  bool key(string_t&) override { return true; }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  bool count() {
    if (!open_.empty()) ++children_[open_.back()];
    return ++values_ <= kMaxValues;
  }
  bool open() {
    if (!count() || open_.size() >= kMaxDepth) return false;
    open_.push_back(children_.size());
    children_.push_back(0);
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::vector<size_t> children_, open_;  // open_: places in children_
  size_t values_ = 0;
};

// The parser stopped after `position` bytes, at an unexpected byte or at the end.
[[noreturn]] void refuse_syntax(std::string_view text, size_t position, std::string_view where) {
  constexpr size_t kMostShown = 40;
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    fail_input(where, "expected JSON, got {}; truncated download?", text.empty() ? "an empty file" : "only blanks");
  const size_t at = std::min(std::max<size_t>(position, 1), text.size());
  const std::string_view read = text.substr(0, at);
  const auto line = 1 + std::count(read.begin(), read.end(), '\n');
  std::string_view shown = read.substr(read.size() - std::min(read.size(), kMostShown));
  const size_t line_end = shown.substr(0, shown.empty() ? 0 : shown.size() - 1).rfind('\n');
  if (line_end != std::string_view::npos) shown.remove_prefix(line_end + 1);
  if (position > text.size())
    fail_input(where, "expected more JSON, got the end of the text after byte {} in line {}; truncated?", at, line);
  if (find_invalid_utf8(text) < at)
    fail_input(where, "expected JSON in UTF-8, got an invalid byte at byte {} in line {}", at, line);
  fail_input(where, "expected JSON, got an error at byte {} in line {}, the end of '{}'", at, line,
             printable(shown, kMostShown));
}

// Builds the tree from the parser's events, because the parser's own tree cannot show duplicate keys afterwards and
// searches all keys of an object for each new one. Containers get their final size at once: a growing one copies its
// values and destroys trees, for which there may be no memory.
class Builder : public nlohmann::json_sax<Json> {
 public:
  Builder(std::string_view text, std::string_view where, std::vector<size_t> children)
      : text_(text), where_(where), children_(std::move(children)) {}
  JsonTree take() { return std::move(root_); }

  bool null() override { return add(nullptr) != nullptr; }
  bool boolean(bool value) override { return add(value) != nullptr; }
  bool number_integer(number_integer_t value) override { return add(value) != nullptr; }
  bool number_unsigned(number_unsigned_t value) override { return add(value) != nullptr; }
  bool number_float(number_float_t value, const string_t& text) override {
    // Whole numbers beyond 64 bits come here too, rounded.
    if (!std::isfinite(value) || text.find_first_of(".eE") == std::string::npos)
      fail_input(where_, "expected a number that fits into 64 bits, got {}", printable(text, 40));
    return add(value) != nullptr;
  }
  bool string(string_t& value) override { return add(std::move(value)) != nullptr; }
  bool binary(binary_t&) override { return false; }  // does not occur in text
  bool start_object(size_t) override {
    open(Json::object());
    keys_.emplace_back();
    return true;
  }
  bool end_object() override {
    keys_.pop_back();
    open_.pop_back();
    return true;
  }
  bool start_array(size_t) override {
    open(Json::array());
    return true;
  }
  bool end_array() override {
    open_.pop_back();
    return true;
  }
  bool key(string_t& name) override {
    if (!keys_.back().insert(name).second)
      fail_input(where_, "expected each key once, got \"{}\" twice", printable(name));
    key_ = std::move(name);
    return true;
  }
  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) override {
    refuse_syntax(text_, position, where_);
  }

 private:
  void open(Json container) {
    if (open_.size() >= kMaxDepth) fail_input(where_, "expected at most {} levels of JSON, got more", kMaxDepth);
    TRECVIT_CHECK(next_ < children_.size());
    const size_t size = children_[next_++];
    if (container.is_array()) container.get_ref<Json::array_t&>().reserve(size);
    if (container.is_object()) container.get_ref<Json::object_t&>().reserve(size);
    open_.push_back(add(std::move(container)));
  }
  Json* add(Json value) {
    if (++values_ > kMaxValues) fail_input(where_, "expected at most {} JSON values, got more", kMaxValues);
    if (open_.empty()) {
      *root_ = std::move(value);
      return &*root_;
    }
    if (open_.back()->is_array()) return &open_.back()->get_ref<Json::array_t&>().emplace_back(std::move(value));
    return &open_.back()->get_ref<Json::object_t&>().emplace_back(std::move(key_), std::move(value)).second;
  }

  std::string_view text_, where_;
  std::vector<size_t> children_;  // of each upcoming container
  size_t next_ = 0;
  JsonTree root_ = Json();
  std::vector<Json*> open_;  // containers not yet closed; they do not move while a child is open
  std::vector<std::set<std::string>> keys_;
  std::string key_;
  size_t values_ = 0;
};

// The parser reads numbers with strtod, which follows the locale: the decimal point may differ and have several bytes.
// Sets the C locale for this thread; does not allocate.
class PlainNumbers {
 public:
  PlainNumbers() : before_(uselocale(newlocale(LC_ALL_MASK, "C", nullptr))) {}
  ~PlainNumbers() { uselocale(before_); }
  PlainNumbers(const PlainNumbers&) = delete;
  PlainNumbers& operator=(const PlainNumbers&) = delete;

 private:
  locale_t before_;
};

}  // namespace

JsonTree::~JsonTree() { take_apart(value_); }

JsonTree parse_json_tree(std::string_view text, std::string_view where) {
  if (const auto encoding = wide_encoding(text); !encoding.empty())
    fail_input(where, "expected JSON in UTF-8, got {0}; iconv -f {0} -t UTF-8 converts it", encoding);
  // The parser treats a zero byte as the end of the text and would not see what follows.
  const size_t zero = text.find('\0');
  if (zero != std::string_view::npos) fail_input(where, "expected JSON, got a zero byte at byte {}", zero + 1);
  if (text.starts_with("\xef\xbb\xbf")) fail_input(where, "expected JSON, got a byte order mark; save it without one");
  const PlainNumbers plain;
  Counter counter;
  Json::sax_parse(text.begin(), text.end(), &counter);
  Builder builder(text, where, counter.take());
  Json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

Json parse_json(std::string_view text, std::string_view where) { return parse_json_tree(text, where).release(); }

namespace {

// nlohmann prints numbers with Grisu2, which sometimes uses 17 digits although fewer give the same value.
std::string shortest_number(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

void append_json(const Json& value, std::string& out) {
  const char* between = "";
  if (value.is_object()) {
    out += '{';
    for (const auto& [key, member] : value.items()) {
      out += between + Json(key).dump(-1, ' ', false, Json::error_handler_t::replace) + ':';
      append_json(member, out);
      between = ",";
    }
    out += '}';
  } else if (value.is_array()) {
    out += '[';
    for (const auto& element : value) {
      out += between;
      append_json(element, out);
      between = ",";
    }
    out += ']';
  } else if (value.is_number_float() && std::isfinite(value.get<double>())) {
    out += shortest_number(value.get<double>());
  } else {
    out += value.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
}

}  // namespace

std::string json_line(const Json& value) {
  std::string out;
  append_json(value, out);
  return escape_for_terminal(out);
}

}  // namespace trecvit
