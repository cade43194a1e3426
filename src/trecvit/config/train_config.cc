#include "trecvit/config/train_config.h"

#include <fmt/ranges.h>

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include <cmath>
#include <set>
#include <sstream>

#include "trecvit/base/error.h"
#include "trecvit/config/config_json.h"

namespace trecvit {
namespace {

constexpr size_t kMostText = 1 << 20;  // bytes of a file; the longest of ours has 3 kB

Json to_json(const toml::node& node, const std::string& where);

Json to_json(const toml::table& table, const std::string& where) {
  Json out = Json::object();
  for (const auto& [key, value] : table) out[std::string(key.str())] = to_json(value, where);
  return out;
}

Json to_json(const toml::node& node, const std::string& where) {
  if (const auto* table = node.as_table()) return to_json(*table, where);
  if (const auto* array = node.as_array()) {
    Json out = Json::array();
    for (const auto& item : *array) out.push_back(to_json(item, where));
    return out;
  }
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* whole = node.as_integer()) return whole->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* flag = node.as_boolean()) return flag->get();
  fail_usage(where, "expected text, numbers, true, false, lists and tables, got a date or a time in line {}",
             node.source().begin.line);
}

Json parse_toml(std::string_view text, const std::string& where) {
  if (text.size() > kMostText) fail_usage(where, "expected at most {} bytes, got {}", kMostText, text.size());
  try {
    return to_json(toml::parse(text), where);
  } catch (const toml::parse_error& error) {
    fail_usage(where, "expected TOML, got: {} in line {}, column {}", printable(error.description()),
               error.source().begin.line, error.source().begin.column);
  }
}

// "a.b=value" as a document; a value that is no TOML is text.
Json parse_change(const std::string& change, const std::string& where) {
  const size_t equals = change.find('=');
  const std::string key = change.substr(0, equals);
  const bool plain = !key.empty() && key.find_first_not_of(
                                         "abcdefghijklmnopqrstuvwxyz"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") == std::string::npos;
  if (equals == std::string::npos || !plain) fail_usage(where, "expected KEY=VALUE, got '{}'", printable(change));
  try {
    return to_json(toml::parse(change), where);
  } catch (const toml::parse_error&) {
    std::string quoted;
    for (const char c : change.substr(equals + 1)) {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
    return parse_toml(key + " = \"" + quoted + "\"", where);
  }
}

class Reader {
 public:
  Reader(TrainConfig& config, std::string where) : config_(config), where_(std::move(where)) {}

  void read(const Json& document) {
    walk(document, "");
    if (!unknown_.empty()) {
      fail_usage(where_,
                 "expected keys of a training config, got the unknown {}; trecvit train --help-config lists them",
                 printable(fmt::format("{}", fmt::join(unknown_, ", "))));
    }
  }

 private:
  void walk(const Json& table, const std::string& prefix) {
    for (const auto& [name, value] : table.items()) {
      const std::string key = prefix + name;
      if (key == "model") {
        if (!value.is_object()) fail_usage(where_, "expected model to be a table, got {}", printable(value.dump(), 80));
        config_.model.update(value);
      } else if (value.is_object()) {
        walk(value, key + ".");
      } else {
        read_field(key, value);
      }
    }
  }

  void read_field(const std::string& key, const Json& value) {
    for (const auto& field : train_config_fields()) {
      if (field.key == key) return field.read(value, config_, where_);
    }
    unknown_.insert(key);
  }

  TrainConfig& config_;
  std::string where_;
  std::set<std::string> unknown_;
};

void check_together(const TrainConfig& c, const std::string& where) {
  if (c.augment.least_area > c.augment.most_area)
    fail_usage(where, "expected augment.least_area of at most augment.most_area, got {} and {}", c.augment.least_area,
               c.augment.most_area);
  if (c.augment.least_scale > c.augment.most_scale)
    fail_usage(where, "expected augment.least_scale of at most augment.most_scale, got {} and {}",
               c.augment.least_scale, c.augment.most_scale);
  if (c.optimizer.floor > c.optimizer.learning_rate)
    fail_usage(where, "expected optimizer.floor of at most optimizer.learning_rate, got {} and {}", c.optimizer.floor,
               c.optimizer.learning_rate);
  if (c.start.probe != "none" && c.start.backbone != "frozen")
    fail_usage(where, "expected start.backbone = \"frozen\" with a probe, got \"{}\"", c.start.backbone);
  if (c.objective.multi_label && c.objective.label_smoothing > 0)
    fail_usage(where, "expected objective.label_smoothing = 0 with several labels, got {}",
               c.objective.label_smoothing);
}

// The text of a value; JSON's forms of text, numbers and flat lists are TOML's.
std::string toml_value(const Json& value) {
  if (!value.is_object()) return value.dump();
  std::string out;
  for (const auto& [key, item] : value.items()) {
    out += fmt::format("{}{} = {}", out.empty() ? "" : ", ", Json(key).dump(), toml_value(item));
  }
  return "{ " + out + " }";
}

}  // namespace

TrainConfig parse_train_config(std::string_view text, const std::string& where,
                               const std::vector<std::string>& changes) {
  TrainConfig config;
  Reader(config, where).read(parse_toml(text, where));
  for (const auto& change : changes) Reader(config, "--set " + change).read(parse_change(change, "--set"));
  if (!config.model.empty()) parse_model_config(config.model.dump(), where + ": model");
  check_together(config, where);
  return config;
}

std::string print_train_config(const TrainConfig& config) {
  std::string out, table;
  for (const auto& field : train_config_fields()) {
    const size_t dot = field.key.rfind('.');
    const std::string in = dot == std::string::npos ? "" : field.key.substr(0, dot);
    if (in != table) out += fmt::format("\n[{}]\n", in);
    table = in;
    out += fmt::format("{} = {}\n", field.key.substr(dot == std::string::npos ? 0 : dot + 1),
                       toml_value(field.write(config)));
  }
  if (!config.model.empty()) out += "\n[model]\n";
  for (const auto& [key, value] : config.model.items()) out += fmt::format("{} = {}\n", key, toml_value(value));
  return out;
}

}  // namespace trecvit
