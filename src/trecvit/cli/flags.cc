#include "trecvit/cli/flags.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "trecvit/base/error.h"

namespace trecvit::cli {
namespace {

template <class Number>
std::optional<Number> parse(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// expected: as it stands in a sentence; short_form: as it stands in --help.
CLI::Validator check(const std::string& expected, const std::string& short_form,
                     std::function<bool(const std::string&)> passes) {
  return {[expected, passes = std::move(passes)](const std::string& text) {
            return passes(text) ? std::string() : fmt::format("expected {}, got '{}'", expected, printable(text));
          },
          short_form};
}

// "--threads: sentence" -> "--threads", "sentence"
std::pair<std::string, std::string> split_name(const std::string& text) {
  const size_t colon = text.find(": ");
  if (colon == std::string::npos) return {"command line", text};
  return {text.substr(0, colon), text.substr(colon + 2)};
}

}  // namespace

CLI::Validator whole_number(int64_t least, int64_t most) {
  const auto passes = [=](const std::string& text) {
    const auto value = parse<int64_t>(text);
    return value && *value >= least && *value <= most;
  };
  if (most == INT64_MAX)
    return check(fmt::format("a whole number of {} or more", least), fmt::format(">= {}", least), passes);
  return check(fmt::format("a whole number from {} to {}", least, most), fmt::format("{} to {}", least, most), passes);
}

CLI::Validator number_from(double least) {
  return check(fmt::format("a number of {} or more", least), fmt::format(">= {}", least), [=](const std::string& text) {
    const auto value = parse<double>(text);
    return value && std::isfinite(*value) && *value >= least;
  });
}

CLI::Validator number_over(double bound) {
  return check(fmt::format("a number over {}", bound), fmt::format("> {}", bound), [=](const std::string& text) {
    const auto value = parse<double>(text);
    return value && std::isfinite(*value) && *value > bound;
  });
}

CLI::Validator non_empty() {
  return check("a name", "", [](const std::string& text) { return !text.empty(); });
}

CLI::Validator one_of(std::vector<std::string> words) {
  const std::string list = fmt::format("{}", fmt::join(words, " or "));
  return check(list, fmt::format("{}", fmt::join(words, "|")), [words = std::move(words)](const std::string& text) {
    return std::find(words.begin(), words.end(), text) != words.end();
  });
}

void check_in_build(const char* flag, const std::string& value, const std::vector<std::string>& here,
                    const std::vector<std::string>& elsewhere) {
  const std::string kind = value.substr(0, value.find(':'));
  if (std::find(here.begin(), here.end(), value) != here.end()) return;
  if (std::find(elsewhere.begin(), elsewhere.end(), kind) != elsewhere.end()) {
    fail(ErrorKind::kUnavailable, flag, "expected {} in this build, got {}", fmt::join(here, " or "), printable(value));
  }
  fail_usage(flag, "expected {}, got '{}'", fmt::join(here, " or "), printable(value));
}

std::string sentence_of(const CLI::ParseError& error, const std::string& verb) {
  const std::string what = error.what();
  const std::string hint = fmt::format("see trecvit {}{}--help", verb, verb.empty() ? "" : " ");
  if (dynamic_cast<const CLI::ValidationError*>(&error)) {
    const auto [name, sentence] = split_name(what);
    return fmt::format("[{}] {}; {}", name, sentence, hint);
  }
  if (dynamic_cast<const CLI::RequiredError*>(&error)) {
    const std::string missing = what.substr(0, what.find(" is required"));
    return fmt::format("[command line] expected {}, got none; {}", missing, hint);
  }
  if (dynamic_cast<const CLI::ExtrasError*>(&error)) {
    const auto [sentence, extras] = split_name(what);
    return fmt::format("[command line] expected options and arguments of this verb, got {}; {}", printable(extras),
                       hint);
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error)) {
    const auto [name, sentence] = split_name(what);
    return fmt::format("[{}] expected a value, got none; {}", name, hint);
  }
  return fmt::format("[command line] {}; {}", printable(what), hint);
}

}  // namespace trecvit::cli
