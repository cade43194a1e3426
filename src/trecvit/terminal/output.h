// Results on stdout, as lines for people or JSON for programs.
#pragma once

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "trecvit/base/text.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/io/json.h"
#include "trecvit/terminal/common.h"

namespace trecvit::cli {

// "--json" or "--json=FILE". A bare --json must not swallow the source after it, so arguments_of (usage.h) rewrites it
// to "--json=-".
struct OutputArgs {
  std::optional<std::string> json;
  bool force = false;
};
// The file named by --json=FILE; empty if there is none. Throws Error(kUsage) for a device, a pipe or stdout.
std::string json_file(const OutputArgs& args);
void add_json_option(CLI::App& verb, OutputArgs& args);
void add_force_option(CLI::App& verb, OutputArgs& args);

// For a verb that also writes its results to files: a closed stdout, as under a supervisor, is then not an error.
void results_are_in_files();

// Writes the JSON objects of a verb, one per line. Does nothing if JSON was not requested.
class JsonLines {
 public:
  explicit JsonLines(const OutputArgs& args);
  bool on() const { return on_; }
  // Whether stdout is reserved for JSON, so that tables must not be printed there.
  bool to_stdout() const { return on_ && !file_; }
  void write(const Json& object);
  void write_line(std::string_view line);
  // Makes the file appear; call it after everything has been written. If the verb ends with an exit code other than 0
  // and no line was written, no file appears and an existing one is kept.
  void finish(int exit_code = 0);

 private:
  bool on_;
  std::unique_ptr<AtomicFile> file_;
};

// "58.1 MB", "25.6 kB"
std::string readable_bytes(double bytes);

// Prints a line on stderr. Strings are printed as terminal_text; Lines keeps our own line feeds. An unwritable stderr
// must not stop the work.
template <class... Args>
void message(fmt::format_string<Args...> format, Args&&... args) noexcept {
  try {
    const std::string sentence = fmt::format(fmt::runtime(format), shown(args)...);
    fmt::print(stderr, "trecvit: {}\n", terminal_text(sentence, LineFeeds::kKept));
  } catch (const std::exception&) {
    return;
  }
}
// Prints a line on stderr, unless --quiet is given.
template <class... Args>
void note(fmt::format_string<Args...> format, Args&&... args) noexcept {
  if (!common().quiet) message(format, std::forward<Args>(args)...);
}

// Writes results to stdout without buffering. A reader that has left is a request to stop, like a signal; further
// output is then silently discarded. The same holds after a signal if the reader takes nothing for a second. Throws
// Error(kResource) if the text cannot be written.
void write_stdout(std::string_view text);
// The same with a format; its strings are printed as terminal_text.
template <class... Args>
void print_out(fmt::format_string<Args...> format, Args&&... args) {
  write_stdout(fmt::format(fmt::runtime(format), shown(args)...));
}

// Prints two aligned columns, as terminal_text.
void print_row(const std::string& name, const std::string& value);

}  // namespace trecvit::cli
