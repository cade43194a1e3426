#include "trecvit/io/json.h"

#include <cmath>
#include <set>
#include <vector>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

constexpr size_t kMaxDepth = 32;

// Watches the parser's events for what a tree cannot show afterwards: duplicate keys and depth. Builds nothing.
class Checker : public nlohmann::json_sax<Json> {
 public:
  explicit Checker(std::string_view where) : where_(where) {}

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t value, const string_t& text) override {
    if (!std::isfinite(value)) fail_input(where_, "expected a number that fits, got {}", printable(text, 40));
    return true;
  }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(size_t) override {
    enter();
    keys_.emplace_back();
    return true;
  }
  bool end_object() override {
    keys_.pop_back();
    --depth_;
    return true;
  }
  bool start_array(size_t) override {
    enter();
    return true;
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool key(string_t& name) override {
    if (!keys_.back().insert(name).second)
      fail_input(where_, "expected each key once, got \"{}\" twice", printable(name));
    return true;
  }
  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    fail_input(where_, "expected JSON, got something else at byte {}: {}", position, printable(error.what()));
  }

 private:
  void enter() {
    if (++depth_ > kMaxDepth) fail_input(where_, "expected at most {} levels of JSON, got more", kMaxDepth);
  }

  std::string_view where_;
  size_t depth_ = 0;
  std::vector<std::set<std::string>> keys_;
};

}  // namespace

Json parse_json(std::string_view text, std::string_view where) {
  Checker checker(where);
  Json::sax_parse(text.begin(), text.end(), &checker);
  return Json::parse(text.begin(), text.end());
}

}  // namespace trecvit
