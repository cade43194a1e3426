// The fields of a config, each described once: reading, writing, help and the list of known keys are derived from one
// list. Both kinds of config, of a model (config_json.h) and of a training run (train_config.h), consist of such
// fields.
#pragma once

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/base/words.h"
#include "trecvit/config/misfit.h"
#include "trecvit/io/json.h"

namespace trecvit {

// States what was expected, and shows the value.
inline Misfit misfit(std::string expected, const Json& got, std::string inside = {}) {
  return {std::move(expected), printable(got.dump(), 80), std::move(inside)};
}

template <class Config>
struct Field {
  std::string key;          // "optimizer.learning_rate"
  std::string help;         // meaning, unit
  std::string range;        // "a number from 0 to 1", "one of f32, bf16"
  std::string when_absent;  // for model configs, whose fields may be derived from the weights
  // Leaves the config unchanged if the value has another type or is out of range.
  std::function<std::optional<Misfit>(const Json& value, Config& config)> read;
  std::function<Json(const Config& config)> write;
};

// Collects fields. `at` locates a value: called with a Config& or a const Config&, it returns a reference.
template <class Config>
class FieldList {
 public:
  template <class At>
  using ValueOf = std::remove_cvref_t<std::invoke_result_t<At, const Config&>>;

  template <class At>
  Field<Config>& whole(std::string key, std::string help, At at, int64_t least, int64_t most) {
    return add(std::move(key), std::move(help), fmt::format("a whole number from {} to {}", least, most), at,
               [=](const Json& value, int64_t& out) {
                 if (!value.is_number_integer()) return false;
                 if (value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX) return false;
                 const auto number = value.get<int64_t>();
                 if (number < least || number > most) return false;
                 out = number;
                 return true;
               });
  }

  // Any whole number of 64 bits; which values are allowed is checked with the other fields.
  template <class At>
  Field<Config>& integer(std::string key, std::string help, At at) {
    Field<Config>& field = whole(std::move(key), std::move(help), at, INT64_MIN, INT64_MAX);
    field.range = "a whole number";
    field.read = [at](const Json& value, Config& config) -> std::optional<Misfit> {
      if (!value.is_number_integer()) return misfit("a whole number", value);
      if (value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX) return misfit("a smaller number", value);
      at(config) = value.get<int64_t>();
      return std::nullopt;
    };
    return field;
  }

  template <class At>
  Field<Config>& natural(std::string key, std::string help, At at) {
    return add(std::move(key), std::move(help), "a whole number from 0", at, [](const Json& value, uint64_t& out) {
      if (!value.is_number_integer() || value < 0) return false;
      out = value.get<uint64_t>();
      return true;
    });
  }

  template <class At>
  Field<Config>& number(std::string key, std::string help, At at, double least, double most) {
    return number(std::move(key), std::move(help), at, least, most, fmt::format("a number from {} to {}", least, most));
  }
  // The same with other words for the range.
  template <class At>
  Field<Config>& number(std::string key, std::string help, At at, double least, double most, std::string range) {
    return add(std::move(key), std::move(help), std::move(range), at,
               [=](const Json& value, double& out) { return read_number(value, least, most, out); });
  }

  template <class At>
  Field<Config>& three_numbers(std::string key, std::string help, At at, double least, double most) {
    return add(std::move(key), std::move(help), fmt::format("three numbers from {} to {}", least, most), at,
               [=](const Json& value, std::array<double, 3>& out) {
                 std::array<double, 3> numbers{};
                 if (!value.is_array() || value.size() != numbers.size()) return false;
                 for (size_t i = 0; i < numbers.size(); ++i) {
                   if (!read_number(value[i], least, most, numbers[i])) return false;
                 }
                 out = numbers;
                 return true;
               });
  }

  template <class At>
  Field<Config>& flag(std::string key, std::string help, At at) {
    return add(std::move(key), std::move(help), "true or false", at, [](const Json& value, bool& out) {
      if (value.is_boolean()) out = value.get<bool>();
      return value.is_boolean();
    });
  }

  template <class At>
  Field<Config>& text(std::string key, std::string help, At at) {
    return add(std::move(key), std::move(help), "text", at, [](const Json& value, std::string& out) {
      if (value.is_string()) out = value.get<std::string>();
      return value.is_string();
    });
  }

  template <class At>
  Field<Config>& texts(std::string key, std::string help, At at) {
    return add(std::move(key), std::move(help), "a list of text", at,
               [](const Json& value, std::vector<std::string>& out) {
                 const auto is_text = [](const Json& item) { return item.is_string(); };
                 if (!value.is_array() || !std::all_of(value.begin(), value.end(), is_text)) return false;
                 out = value.get<std::vector<std::string>>();
                 return true;
               });
  }

  // A word of an enumeration (base/words.h).
  template <class At>
  Field<Config>& word(std::string key, std::string help, At at) {
    using Enum = ValueOf<At>;
    return add(std::move(key), std::move(help), fmt::format("one of {}", fmt::join(words_for<Enum>(), ", ")), at,
               [](const Json& value, Enum& out) {
                 const auto found =
                     value.is_string() ? value_of<Enum>(value.get_ref<const std::string&>()) : std::nullopt;
                 if (found) out = *found;
                 return found.has_value();
               });
  }

  // A value of another form.
  Field<Config>& other(Field<Config> field) {
    all_.push_back(std::move(field));
    return all_.back();
  }

  std::vector<Field<Config>> take() { return std::move(all_); }

 private:
  // read: returns false if the value does not fit.
  template <class At, class Read>
  Field<Config>& add(std::string key, std::string help, std::string range, At at, Read read) {
    Field<Config> field{std::move(key), std::move(help), range, {}, {}, {}};
    field.read = [range = std::move(range), at, read](const Json& value, Config& config) -> std::optional<Misfit> {
      if (read(value, at(config))) return std::nullopt;
      return misfit(range, value);
    };
    field.write = [at](const Config& config) -> Json {
      if constexpr (std::is_enum_v<ValueOf<At>>) {
        return word_of(at(config));
      } else {
        return at(config);
      }
    };
    return other(std::move(field));
  }

  static bool read_number(const Json& value, double least, double most, double& out) {
    if (!value.is_number()) return false;
    const auto number = value.get<double>();
    if (!std::isfinite(number) || number < least || number > most) return false;
    out = number;
    return true;
  }

  std::vector<Field<Config>> all_;
};

}  // namespace trecvit
