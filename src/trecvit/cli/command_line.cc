#include "trecvit/cli/command_line.h"

#include <fmt/ranges.h>

#include <fcntl.h>

#include <algorithm>
#include <cstdio>
#include <new>

#include "trecvit/base/error.h"
#include "trecvit/base/log.h"
#include "trecvit/cli/common.h"
#include "trecvit/cli/flags.h"
#include "trecvit/cli/output.h"
#include "trecvit/cli/signals.h"

namespace trecvit::cli {
namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0 done, 1 a check failed, 2 usage, 3 an input cannot be read, 4 a part is not in this build or on "
    "this\n"
    "machine, 5 out of memory or disk, 130 and 143 stopped by a signal, 70 a mistake in this program.";

// CLI11 would let a bare --json take the next argument, a source, as its value.
std::vector<std::string> arguments(int argc, char** argv) {
  std::vector<std::string> args(argv + 1, argv + argc);
  const auto end_of_options = std::find(args.begin(), args.end(), "--");
  std::replace(args.begin(), end_of_options, std::string("--json"), std::string("--json=-"));
  std::replace(args.begin(), end_of_options, std::string("--resume"), std::string("--resume=newest"));
  std::reverse(args.begin(), args.end());  // as CLI11 wants them
  return args;
}

// CLI11 only says that a subcommand is required; say which there are.
void check_verb(const CLI::App& app, int argc, char** argv) {
  if (argc >= 2 && argv[1][0] == '-') return;
  std::vector<std::string> verbs;
  for (const auto* verb : app.get_subcommands([](const CLI::App*) { return true; })) verbs.push_back(verb->get_name());
  if (argc >= 2 && std::find(verbs.begin(), verbs.end(), argv[1]) != verbs.end()) return;
  fail_usage("command line", "expected a verb among {}, got {}; see trecvit --help", fmt::join(verbs, ", "),
             argc < 2 ? "none" : printable(argv[1]));
}

int parse_and_run(int argc, char** argv, const std::vector<AddVerb>& add_verbs) {
  CLI::App app{"TRecViT: stream a video through a causal video model, frame by frame in constant memory", "trecvit"};
  app.set_version_flag("--version", "trecvit " TRECVIT_VERSION);
  app.require_subcommand(1);
  app.footer(kExitCodes);
  std::string log_level = "warn";
  app.add_option("--log-level", log_level, "debug, info, warn, error or off")->capture_default_str();
  Run run;
  for (const AddVerb add : add_verbs) add(app, run);
  for (auto* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    add_common_options(*verb);
    verb->fallthrough();  // --log-level may stand behind the verb
    verb->footer(verb->get_footer() + "\n\n" + kExitCodes);
  }
  check_verb(app, argc, argv);
  try {
    app.parse(arguments(argc, argv));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    const auto verbs = app.get_subcommands();
    throw Error(ErrorKind::kUsage, sentence_of(error, verbs.empty() ? "" : verbs[0]->get_name()));
  }
  log::set_level(log_level);
  install_signal_handlers();
  const int code = run();
  flush_stdout();
  return code;
}

// A closed descriptor would be given to the next file opened, and messages would go into it.
void open_standard_descriptors() {
  for (int descriptor = 0; descriptor < 3; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) < 0) open("/dev/null", descriptor == 0 ? O_RDONLY : O_WRONLY);
  }
}

}  // namespace

int run_command_line(int argc, char** argv, const std::vector<AddVerb>& verbs) {
  try {
    open_standard_descriptors();
    return parse_and_run(argc, argv, verbs);
  } catch (const Stopped& stopped) {
    return 128 + stopped.signal;
  } catch (const Error& error) {
    message("{}", error.what());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    message("[memory] expected more memory, got none");
    return static_cast<int>(ErrorKind::kResource);
  } catch (const std::exception& error) {
    message("internal error: {}", error.what());
    return 70;  // a mistake in this program
  }
}

}  // namespace trecvit::cli
