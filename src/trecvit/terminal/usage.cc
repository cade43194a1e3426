#include "trecvit/terminal/usage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "trecvit/base/error.h"
#include "trecvit/base/suggest.h"
#include "trecvit/config/field_names.h"

namespace trecvit::cli {
namespace {

using Words = std::vector<std::string>;

Words verbs_of(const CLI::App& app) {
  Words verbs;
  for (const auto* verb : app.get_subcommands([](const CLI::App*) { return true; })) verbs.push_back(verb->get_name());
  return verbs;
}

// The app of the verb that was called, or of its subverb, as in "data stats".
const CLI::App& called(const CLI::App& app) {
  const auto verbs = app.get_subcommands();
  return verbs.empty() ? app : called(*verbs[0]);
}

// "stream", "data stats"; empty if no verb was called.
std::string name_of(const CLI::App& app) {
  const auto verbs = app.get_subcommands();
  if (verbs.empty()) return "";
  const std::string rest = name_of(*verbs[0]);
  return verbs[0]->get_name() + (rest.empty() ? "" : " ") + rest;
}

// Long options that --help shows, with their dashes.
Words options_of(const CLI::App& app) {
  Words names;
  for (const auto* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string positionals_of(const CLI::App& verb) {
  Words names;
  for (const auto* option : verb.get_options()) {
    if (option->get_positional()) names.push_back(option->get_name(/*positional=*/true));
  }
  return names.empty() ? "no arguments" : fmt::format("{}", fmt::join(names, " and "));
}

// "--threads: sentence" -> "--threads", "sentence"
std::pair<std::string, std::string> split_name(const std::string& text) {
  const size_t colon = text.find(": ");
  if (colon == std::string::npos) return {"command line", text};
  return {text.substr(0, colon), text.substr(colon + 2)};
}

// The word after `word` among those that the parser rejected; empty if it is an option or there is none.
std::string word_behind(const CLI::App& app, const std::string& word) {
  const Words words = app.remaining(/*recurse=*/true);
  const auto at = std::find(words.begin(), words.end(), word);
  return words.end() - at > 1 && !at[1].starts_with('-') ? at[1] : "";
}

// For an option that is a field of the config, such as --lr 1e-3: what to write in a verb that reads a config.
std::string hint_of_field(const CLI::App& app, const std::string& option) {
  if (called(app).get_option_no_throw("--set") == nullptr) return "";
  const size_t equals = option.find('=');
  std::string key = option.substr(0, equals);
  key.erase(0, key.find_first_not_of('-'));
  std::replace(key.begin(), key.end(), '-', '_');
  const std::string field = nearest_field(key);
  const std::string value = equals == std::string::npos ? word_behind(app, option) : option.substr(equals + 1);
  return field.empty() ? ""
                       : fmt::format("; did you mean --set {}={}?", field, value.empty() ? "VALUE" : printable(value));
}

// The same for a word without its option: base.toml, run.steps=5.
std::string hint_of_word(const CLI::App& verb, const std::string& word) {
  const std::string key = word.substr(0, word.find('='));
  const bool names_field = key.size() < word.size() && nearest_field(key) == key;
  if (word.ends_with(".toml") && verb.get_option_no_throw("--config")) return "; write --config " + printable(word);
  return names_field && verb.get_option_no_throw("--set") ? "; write --set " + printable(word) : "";
}

std::string sentence_of_extra(const CLI::App& app, const std::string& extra) {
  const CLI::App& verb = called(app);
  if (extra.size() < 2 || extra[0] != '-')
    return fmt::format("[{}] expected {}, got '{}' as well{}", name_of(app), positionals_of(verb), printable(extra),
                       hint_of_word(verb, extra));
  const std::string option = extra.substr(0, extra.find('='));
  Words known = options_of(verb);
  for (const auto& name : options_of(app)) known.push_back(name);
  const std::string name = name_of(app), nearest = did_you_mean(option, known);
  return fmt::format("[{}] expected an option of trecvit{}{}, got an unknown one{}", printable(option),
                     name.empty() ? "" : " ", name, nearest.empty() ? hint_of_field(app, extra) : nearest);
}

// "SOURCE: At Most 1 required but received 2" and similar messages.
std::string sentence_of_mismatch(const CLI::App& app, const std::string& what) {
  constexpr std::string_view kReceived = "received ";
  const auto [name, sentence] = split_name(what);
  const size_t at = sentence.find(kReceived);
  if (at == std::string::npos) return fmt::format("[{}] expected a value, got none", name);
  const std::string count = sentence.substr(at + kReceived.size());
  if (name.starts_with('-')) return fmt::format("[{}] expected this option once, got it {} times", name, count);
  return fmt::format("[{}] expected one source, got {}; run {} once per source", name, count, name_of(app));
}

// "Could not convert: --quiet = maybe": among the options that are checked here, only a flag accepts any text.
std::string sentence_of_flag(const std::string& what) {
  const size_t begin = what.find(": ") + 2, equals = what.find(" = ", begin);
  if (equals == std::string::npos) return fmt::format("[command line] {}", printable(what));
  return fmt::format("[{}] expected no value, true or false, got '{}'", what.substr(begin, equals - begin),
                     printable(what.substr(equals + 3)));
}

// "data chek"
std::string sentence_of_part(const CLI::App& app, const Words& parts) {
  const Words given = app.remaining(/*recurse=*/true);
  return fmt::format("[{}] expected one of {}, got {}{}", name_of(app), fmt::join(parts, ", "),
                     given.empty() ? "none" : fmt::format("'{}'", printable(given[0])),
                     given.empty() ? "" : did_you_mean(given[0], parts));
}

std::string plain_sentence(const CLI::App& app, const CLI::ParseError& error) {
  const std::string what = error.what();
  for (const auto& extra : app.remaining(/*recurse=*/true)) {
    if (extra.size() > 1 && extra[0] == '-') return sentence_of_extra(app, extra);
  }
  if (dynamic_cast<const CLI::ValidationError*>(&error)) {
    const auto [name, sentence] = split_name(what);
    return fmt::format("[{}] {}", name, sentence);
  }
  if (dynamic_cast<const CLI::RequiredError*>(&error)) {
    if (const Words parts = verbs_of(called(app)); !parts.empty()) return sentence_of_part(app, parts);
    return fmt::format("[command line] expected {}, got none", what.substr(0, what.find(" is required")));
  }
  if (dynamic_cast<const CLI::ExtrasError*>(&error)) {
    for (const auto& extra : app.remaining(/*recurse=*/true)) return sentence_of_extra(app, extra);
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error)) return sentence_of_mismatch(app, what);
  if (dynamic_cast<const CLI::ConversionError*>(&error)) return sentence_of_flag(what);
  return fmt::format("[command line] {}", printable(what));
}

// For options that take a value only after an equals sign, so that they swallow no source; `value` is their value
// without one.
void give_value(Words& args, const std::string& option, const std::string& value,
                bool (*is_value)(const Words&, size_t)) {
  const auto end = std::find(args.begin(), args.end(), "--");
  for (auto at = args.begin(); at != end; ++at) {
    if (*at != option) continue;
    const auto next = static_cast<size_t>(at - args.begin()) + 1;
    if (at + 1 != end && is_value(args, next))
      fail_usage(option, "expected a value after an equals sign, got '{} {}'; write {}={}", option,
                 printable(args[next]), option, printable(args[next]));
    *at += "=" + value;
  }
}

bool is_folder(const Words& args, size_t at) { return !args[at].starts_with('-'); }

// Names that no source would have, compressed or not. A list of clips may have such a name if the file exists.
bool is_output(const Words& args, size_t at) {
  static const Words data = {".csv", ".txt"}, json = {".json", ".jsonl", ".ndjson"},
                     packed = {".gz", ".zst", ".xz", ".bz2"};
  const auto is_one_of = [](const Words& endings, const std::filesystem::path& path) {
    return std::find(endings.begin(), endings.end(), path.extension().string()) != endings.end();
  };
  if (args[at].starts_with('-') || args[at].starts_with('@')) return false;
  std::filesystem::path path = args[at];
  if (is_one_of(packed, path)) path.replace_extension();
  if (!is_one_of(data, path) && !is_one_of(json, path)) return false;
  std::error_code none;
  const bool reads_lists = std::find(args.begin(), args.end(), "data") != args.end();
  return !reads_lists || !std::filesystem::exists(args[at], none);
}

// "help VERB", "data help check" and "stream help", unless there is a source called "help".
void take_help(Words& args) {
  const auto is_help = [&args](size_t at) { return at < args.size() && args[at] == "help"; };
  std::error_code none;
  const bool behind_verb = is_help(1) && !args[0].starts_with('-') && (args.size() == 2 || args[0] == "data") &&
                           !std::filesystem::exists("help", none);
  if (!is_help(0) && !behind_verb) return;
  std::erase(args, "help");
  args.emplace_back("--help");
}

}  // namespace

std::vector<std::string> arguments_of(int argc, char** argv) {
  Words args(argv + 1, argv + argc);
  take_help(args);
  if (!args.empty() && (args[0] == "version" || args[0] == "-v" || args[0] == "-V")) args = {"--version"};
  give_value(args, "--json", "-", is_output);
  give_value(args, "--resume", "newest", is_folder);
  return args;
}

void check_verb(const CLI::App& app, const std::vector<std::string>& arguments) {
  if (!arguments.empty() && arguments[0].starts_with('-')) return;
  const Words verbs = verbs_of(app);
  if (!arguments.empty() && std::find(verbs.begin(), verbs.end(), arguments[0]) != verbs.end()) return;
  const std::string given = arguments.empty() ? "none" : fmt::format("'{}'", printable(arguments[0]));
  fail_usage("command line", "expected one of the verbs {}, got {}{}; see trecvit --help", fmt::join(verbs, ", "),
             given, arguments.empty() ? "" : did_you_mean(arguments[0], verbs));
}

std::string sentence_of(const CLI::App& app, const CLI::ParseError& error) {
  const std::string verb = name_of(app);
  return fmt::format("{}; see trecvit {}{}--help", plain_sentence(app, error), verb, verb.empty() ? "" : " ");
}

}  // namespace trecvit::cli
