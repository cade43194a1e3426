#include "trecvit/terminal/flags.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"
#include "trecvit/base/suggest.h"

namespace trecvit::cli {
namespace {

// expected: the words in a message; short_form: the words in --help.
CLI::Validator check(const std::string& expected, const std::string& short_form,
                     std::function<bool(const std::string&)> passes) {
  return {[expected, passes = std::move(passes)](const std::string& text) {
            return passes(text) ? std::string() : fmt::format("expected {}, got '{}'", expected, printable(text));
          },
          short_form};
}

}  // namespace

CLI::Validator whole_number(int64_t least, int64_t most) {
  const auto passes = [=](const std::string& text) {
    const auto value = parse_number<int64_t>(text);
    return value && *value >= least && *value <= most;
  };
  if (most == INT64_MAX)
    return check(fmt::format("a whole number of {} or more", least), fmt::format(">= {}", least), passes);
  return check(fmt::format("a whole number from {} to {}", least, most), fmt::format("{} to {}", least, most), passes);
}

CLI::Validator number_from(double least) {
  return check(fmt::format("a number of {} or more", least), fmt::format(">= {}", least), [=](const std::string& text) {
    const auto value = parse_number<double>(text);
    return value && *value >= least;
  });
}

CLI::Validator number_over(double bound) {
  return check(fmt::format("a number over {}", bound), fmt::format("> {}", bound), [=](const std::string& text) {
    const auto value = parse_number<double>(text);
    return value && *value > bound;
  });
}

CLI::Validator non_empty() {
  return check("a name", "", [](const std::string& text) { return !text.empty(); });
}

CLI::Validator one_of(std::vector<std::string> words) {
  const std::string list = fmt::format("{}", fmt::join(words, " or "));
  return {[list, words](const std::string& text) {
            if (std::find(words.begin(), words.end(), text) != words.end()) return std::string();
            return fmt::format("expected {}, got '{}'{}", list, printable(text), did_you_mean(text, words));
          },
          fmt::format("{}", fmt::join(words, "|"))};
}

void hide(CLI::App& verb, const std::vector<std::string>& options) {
  for (const auto& option : options) verb.get_option(option)->group("");
}

}  // namespace trecvit::cli
