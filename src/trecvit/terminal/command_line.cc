#include "trecvit/terminal/command_line.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <new>
#include <sstream>

#include "trecvit/base/error.h"
#include "trecvit/base/log.h"
#include "trecvit/terminal/common.h"
#include "trecvit/terminal/flags.h"
#include "trecvit/terminal/help_text.h"
#include "trecvit/terminal/option_words.h"
#include "trecvit/terminal/output.h"
#include "trecvit/terminal/shell_files.h"
#include "trecvit/terminal/signals.h"

namespace trecvit::cli {
namespace {

using Words = std::vector<std::string>;

constexpr const char* kExitCodes =
    "Exit codes: 0 done, 1 a check failed, 2 usage error, 3 an input cannot be read, 4 a part is missing in this build "
    "or on this machine, 5 out of memory or disk, 70 a bug in this program, 128 + N stopped by signal N with finished "
    "work kept (130 Ctrl-C, 143 SIGTERM, 129 SIGHUP, 141 stdout was closed by its reader).";

// If the reader left, that replaces the verb's own exit code; verbs report other signals themselves.
int exit_code(int of_verb) { return stop_signal() == SIGPIPE ? 128 + SIGPIPE : of_verb; }

// "--completion SHELL" and "--man" need no verb. Prints what they ask for; false if they were not given.
bool print_shell_file(const CLI::App& app, const Words& arguments) {
  if (arguments == Words{"--man"}) {
    write_stdout(manual_page(app, TRECVIT_VERSION));
    return true;
  }
  if (arguments.empty() || arguments[0] != "--completion") return false;
  if (arguments.size() != 2) fail_usage("--completion", "expected {}", alternatives(words_for<Shell>()));
  write_stdout(completion_script(app, parse_word<Shell>(arguments[1], "--completion")));
  return true;
}

int parse_and_run(Words arguments, const std::vector<AddVerb>& add_verbs) {
  CLI::App app{"TRecViT: stream a video through a causal video model, frame by frame in constant memory", "trecvit"};
  app.set_version_flag("--version", "trecvit " TRECVIT_VERSION);
  app.require_subcommand(1);
  app.footer(kExitCodes);
  std::string log_level = "warn";
  app.add_option("--log-level", log_level, "lowest level of log lines that are shown on stderr")
      ->check(one_of({"debug", "info", "warn", "error", "off"}))
      ->capture_default_str();
  std::string shell;
  bool man = false;
  app.add_option("--completion", shell, "only print completion for a shell: bash, zsh or fish (default: none)");
  app.add_flag("--man", man, "only print the manual page (default: off)");
  Run run;
  for (const AddVerb add : add_verbs) add(app, run);
  for (auto* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    add_common_options(*verb);
    verb->fallthrough();  // --log-level may come after the verb
    verb->footer(verb->get_footer() + "\n\n" + kExitCodes);
  }
  if (print_shell_file(app, arguments)) return exit_code(0);
  check_verb(app, arguments);
  check_option_words(app, arguments);
  std::reverse(arguments.begin(), arguments.end());  // the order that CLI11 expects
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      std::ostringstream text;
      app.exit(error, text);
      write_stdout(wrap_help(text.str(), help_columns()));
      return exit_code(0);
    }
    throw Error(ErrorKind::kUsage, terminal_text(sentence_of(app, error)));
  }
  log::set_level(log_level);
  return exit_code(run());
}

// The next file opened would get the number of a closed descriptor, and messages would be written into that file.
// Writing results to a closed stdout is an error, so what is opened in its place must not be writable.
void open_standard_descriptors() {
  for (int descriptor = 0; descriptor < 3; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) < 0) open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY);
  }
}

}  // namespace

int exit_code_of(const std::function<int()>& function) {
  try {
    return function();
  } catch (const Stopped&) {
    return 128 + stop_signal();
  } catch (const Error& error) {
    message("{}", Lines{error.what()});
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    message("[memory] expected more memory, got none");
    return static_cast<int>(ErrorKind::kResource);
  } catch (const std::exception& error) {
    message("internal error: {}", error.what());
    return 70;  // a bug in this program
  }
}

int run_command_line(const std::vector<std::string>& arguments, const std::vector<AddVerb>& verbs) {
  return exit_code_of([&] {
    open_standard_descriptors();
    install_signal_handlers();
    return parse_and_run(arguments, verbs);
  });
}

}  // namespace trecvit::cli
