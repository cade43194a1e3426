#include "trecvit/io/json.h"

#include <cmath>
#include <set>
#include <vector>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

constexpr size_t kMaxDepth = 32;
// A model of 100,000 tensors needs fewer; bounds memory to some hundred megabytes whatever the text.
constexpr size_t kMaxValues = size_t{1} << 20;

// Builds the tree from the parser's events, because the parser's own tree cannot show duplicate keys afterwards and
// looks through all keys of an object for each new one.
class Builder : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(std::string_view where) : where_(where) {}
  Json take() { return std::move(root_); }

  bool null() override { return add(nullptr) != nullptr; }
  bool boolean(bool value) override { return add(value) != nullptr; }
  bool number_integer(number_integer_t value) override { return add(value) != nullptr; }
  bool number_unsigned(number_unsigned_t value) override { return add(value) != nullptr; }
  bool number_float(number_float_t value, const string_t& text) override {
    // Whole numbers beyond 64 bits come here too, rounded.
    if (!std::isfinite(value) || text.find_first_of(".eE") == std::string::npos)
      fail_input(where_, "expected a number that fits, got {}", printable(text, 40));
    return add(value) != nullptr;
  }
  bool string(string_t& value) override { return add(std::move(value)) != nullptr; }
  bool binary(binary_t&) override { return false; }  // no such thing in text
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
  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    fail_input(where_, "expected JSON, got something else at byte {}: {}", position, printable(error.what()));
  }

 private:
  void open(Json container) {
    if (open_.size() >= kMaxDepth) fail_input(where_, "expected at most {} levels of JSON, got more", kMaxDepth);
    open_.push_back(add(std::move(container)));
  }
  Json* add(Json value) {
    if (++values_ > kMaxValues) fail_input(where_, "expected at most {} JSON values, got more", kMaxValues);
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (open_.back()->is_array()) return &open_.back()->get_ref<Json::array_t&>().emplace_back(std::move(value));
    return &open_.back()->get_ref<Json::object_t&>().emplace_back(std::move(key_), std::move(value)).second;
  }

  std::string_view where_;
  Json root_;
  std::vector<Json*> open_;  // containers not yet closed; they do not move while a child is open
  std::vector<std::set<std::string>> keys_;
  std::string key_;
  size_t values_ = 0;
};

}  // namespace

Json parse_json(std::string_view text, std::string_view where) {
  // The parser takes a zero byte for the end of the text and would not look at what follows.
  const size_t zero = text.find('\0');
  if (zero != std::string_view::npos) fail_input(where, "expected JSON, got a zero byte at byte {}", zero + 1);
  if (text.starts_with("\xef\xbb\xbf")) fail_input(where, "expected JSON, got a byte order mark; save it without one");
  Builder builder(where);
  Json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

}  // namespace trecvit
