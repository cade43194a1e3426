#include "trecvit/terminal/option_words.h"

#include <algorithm>

#include "trecvit/base/error.h"

namespace trecvit::cli {
namespace {

using Words = std::vector<std::string>;

bool contains(const Words& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The program and the verbs called so far; their options may appear in any later word.
class Options {
 public:
  explicit Options(const CLI::App& app) : apps_{&app} {}

  void enter(const std::string& word) {
    for (const auto* verb : apps_.back()->get_subcommands([](const CLI::App*) { return true; })) {
      if (verb->get_name() == word) return apps_.push_back(verb);
    }
  }

  // The option for "--name" or "-n", whatever follows an equals sign; nullptr if there is none.
  const CLI::Option* find(const std::string& word) const {
    const std::string name = word.substr(0, word.find('='));
    const bool is_long = name.starts_with("--");
    for (const auto* app : apps_) {
      for (const auto* option : app->get_options()) {
        if (is_long ? contains(option->get_lnames(), name.substr(2))
                    : name.size() == 2 && name[0] == '-' && contains(option->get_snames(), name.substr(1)))
          return option;
      }
    }
    return nullptr;
  }

 private:
  std::vector<const CLI::App*> apps_;
};

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

// Rejects -model but accepts -ofile.npz, an option with its value.
void check_dashes(const Options& options, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  if (!word.starts_with("--") && name.size() > 2 && options.find("-" + name))
    fail_usage(printable(name), "expected two dashes before the name of an option, got one; write -{}",
               printable(name));
}

void check_equals(const CLI::Option& option, const std::string& word) {
  const size_t equals = word.find('=');
  if (equals == std::string::npos) return;
  const std::string name = word.substr(0, equals), value = word.substr(equals + 1);
  if (value.empty()) fail_usage(name, "expected a value after the equals sign, got none; is a shell variable empty?");
  if (!word.starts_with("--") && takes_value(option))
    fail_usage(name, "expected a space before the value, got '{}'; write {} {}", printable(word), name,
               printable(value));
}

void check_value(const Options& options, const std::string& name, const std::string& value) {
  if (value.empty()) fail_usage(name, "expected a value, got none; is a shell variable empty?");
  if (value == "--") fail_usage(name, "expected a value, got '--'");
  if (options.find(value))
    fail_usage(name, "expected a value, got the option {0}; a file of that name is ./{0}", printable(value));
}

}  // namespace

void check_option_words(const CLI::App& app, const Words& arguments) {
  Options options(app);
  for (size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    const std::string& word = arguments[i];
    if (!word.starts_with('-')) {
      options.enter(word);
      continue;
    }
    const CLI::Option* option = options.find(word);
    if (!option) {
      check_dashes(options, word);
      continue;
    }
    check_equals(*option, word);
    const bool value_follows = takes_value(*option) && word.find('=') == std::string::npos;
    if (!value_follows || i + 1 == arguments.size()) continue;
    check_value(options, word, arguments[++i]);
  }
}

}  // namespace trecvit::cli
