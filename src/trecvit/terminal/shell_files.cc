#include "trecvit/terminal/shell_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace trecvit::cli {
namespace {

using OptionList = std::vector<const CLI::Option*>;

// A verb, or a verb and its subverb, such as "data stats".
struct Verb {
  std::string name;
  const CLI::App* app;
};

std::vector<const CLI::App*> verbs_in(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* verb) { return !verb->get_group().empty(); });
}

std::vector<Verb> all_verbs(const CLI::App& app) {
  std::vector<Verb> verbs;
  for (const CLI::App* verb : verbs_in(app)) {
    verbs.push_back({verb->get_name(), verb});
    for (const CLI::App* inner : verbs_in(*verb)) verbs.push_back({verb->get_name() + " " + inner->get_name(), inner});
  }
  return verbs;
}

// What --help shows: no hidden options.
OptionList shown_options(const CLI::App& app) {
  OptionList shown;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_group().empty()) shown.push_back(option);
  }
  return shown;
}

std::vector<std::string> long_options(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : shown_options(app)) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> names_of(const std::vector<const CLI::App*>& verbs) {
  std::vector<std::string> names;
  for (const CLI::App* verb : verbs) names.push_back(verb->get_name());
  return names;
}

// In single quotes for a shell.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string first_sentence(const std::string& text) { return text.substr(0, text.find('\n')); }

// The words before the cursor that are no options make the verb; a group such as "data" has verbs of its own.
std::string bash_script(const CLI::App& app) {
  const std::string& name = app.get_name();
  std::string cases;
  for (const auto& [verb, verb_app] : all_verbs(app)) {
    const auto inner = names_of(verbs_in(*verb_app));
    cases += fmt::format("    {}) words={} verbs={} ;;\n", quoted(verb),
                         quoted(fmt::format("{}", fmt::join(long_options(*verb_app), " "))),
                         quoted(fmt::format("{}", fmt::join(inner, " "))));
  }
  return fmt::format(
      "# Completion of {0} for bash, made by: {0} --completion bash\n"
      "_{0}() {{\n"
      "  local current=${{COMP_WORDS[COMP_CWORD]}} verb= words={1} verbs={2} i\n"
      "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
      "    [[ ${{COMP_WORDS[i]}} == -* ]] && continue\n"
      "    [[ -z $verb || \" $verbs \" == *\" ${{COMP_WORDS[i]}} \"* ]] || break\n"
      "    verb+=\"${{verb:+ }}${{COMP_WORDS[i]}}\"\n"
      "    verbs=\n"
      "    case $verb in\n{3}    esac\n"
      "  done\n"
      "  COMPREPLY=()\n"
      "  if [[ $current == -* ]]; then\n"
      "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
      "  elif [[ -n $verbs ]]; then\n"
      "    mapfile -t COMPREPLY < <(compgen -W \"$verbs\" -- \"$current\")\n"
      "  fi\n"
      "}}\n"
      "complete -o default -F _{0} {0}\n",
      name, quoted(fmt::format("{}", fmt::join(long_options(app), " "))),
      quoted(fmt::format("{}", fmt::join(names_of(verbs_in(app)), " "))), cases);
}

std::string zsh_script(const CLI::App& app) {
  const std::string& name = app.get_name();
  return fmt::format(
      "#compdef {0}\n# Completion of {0} for zsh, made by: {0} --completion zsh\nautoload -U +X bashcompinit && "
      "bashcompinit\n{1}",
      name, bash_script(app));
}

std::string fish_script(const CLI::App& app) {
  const std::string& name = app.get_name();
  std::string out = fmt::format("# Completion of {0} for fish, made by: {0} --completion fish\n", name);
  const std::string none = fmt::format("complete -c {} -n __fish_use_subcommand", name);
  for (const CLI::App* verb : verbs_in(app))
    out += fmt::format("{} -f -a {} -d {}\n", none, verb->get_name(), quoted(first_sentence(verb->get_description())));
  for (const auto& [verb, verb_app] : all_verbs(app)) {
    std::string condition = verb;
    if (const size_t blank = verb.find(' '); blank != std::string::npos)
      condition = verb.substr(0, blank) + "; and __fish_seen_subcommand_from " + verb.substr(blank + 1);
    const std::string here =
        fmt::format("complete -c {} -n {}", name, quoted("__fish_seen_subcommand_from " + condition));
    for (const CLI::App* inner : verbs_in(*verb_app))
      out +=
          fmt::format("{} -f -a {} -d {}\n", here, inner->get_name(), quoted(first_sentence(inner->get_description())));
    for (const CLI::Option* option : shown_options(*verb_app)) {
      for (const auto& word : option->get_lnames())
        out += fmt::format("{} -l {} -d {}\n", here, word, quoted(first_sentence(option->get_description())));
    }
  }
  return out;
}

// Text for troff: no character of it is a command.
std::string roff(const std::string& text) {
  std::string out;
  bool at_line = true;
  for (const char c : text) {
    if (at_line && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    at_line = c == '\n';
  }
  return out;
}

std::string roff_options(const CLI::App& app) {
  std::string out;
  for (const CLI::Option* option : shown_options(app)) {
    std::string names =
        option->get_positional() ? option->get_name(/*positional=*/true) : option->get_name(false, true);
    std::ranges::replace(names, ',', ' ');
    out += ".TP\n.B " + roff(names) + "\n" + roff(option->get_description());
    if (const std::string usual = option->get_default_str(); !usual.empty()) out += roff(" (default: " + usual + ")");
    out += "\n";
  }
  return out;
}

}  // namespace

std::string completion_script(const CLI::App& app, Shell shell) {
  switch (shell) {
    case Shell::kBash:
      return bash_script(app);
    case Shell::kZsh:
      return zsh_script(app);
    case Shell::kFish:
      return fish_script(app);
  }
  return "";
}

std::string manual_page(const CLI::App& app, const std::string& version) {
  const std::string& name = app.get_name();
  std::string upper = name;
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  std::string out =
      fmt::format(".TH {} 1 \"\" \"{} {}\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n.B {}\n[OPTIONS] VERB [...]\n", upper,
                  name, version, name, roff(app.get_description()), name);
  out += ".SH OPTIONS\n" + roff_options(app);
  for (const auto& [verb, verb_app] : all_verbs(app))
    out += ".SH " + roff(name + " " + verb) + "\n" + roff(verb_app->get_description()) + "\n" + roff_options(*verb_app);
  return out + ".SH EXIT STATUS\n" + roff(app.get_footer()) + "\n";
}

}  // namespace trecvit::cli
