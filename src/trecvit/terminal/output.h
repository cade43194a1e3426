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

// "--json" or "--json=FILE". A bare --json must not swallow the source behind it, so arguments_of (usage.h) rewrites it
// to "--json=-".
struct OutputArgs {
  std::optional<std::string> json;
  bool force = false;
};
// The file that --json=FILE names; empty where there is none. Throws Error(kUsage) for a device, a pipe or stdout.
std::string json_file(const OutputArgs& args);
void add_json_option(CLI::App& verb, OutputArgs& args);
void add_force_option(CLI::App& verb, OutputArgs& args);

// For a verb whose results are in files as well: a stdout that is closed, as under a supervisor, is no error.
void results_are_in_files();

// Where the JSON objects of a verb go, one a line. Does nothing when JSON was not asked for.
class JsonLines {
 public:
  explicit JsonLines(const OutputArgs& args);
  bool on() const { return on_; }
  // Whether stdout belongs to JSON, so that tables stay away from it.
  bool to_stdout() const { return on_ && !file_; }
  void write(const Json& object);
  void write_line(std::string_view line);
  // Makes a file appear; call it once everything was written. Where the verb ends with another code than 0 and no line
  // was written, no file appears and an old one stays.
  void finish(int exit_code = 0);

 private:
  bool on_;
  std::unique_ptr<AtomicFile> file_;
};

// "58.1 MB", "25.6 kB"
std::string readable_bytes(double bytes);

// A line on stderr, its strings as terminal_text; Lines keeps line feeds of ours. A stderr that cannot be written must
// not stop the work.
template <class... Args>
void message(fmt::format_string<Args...> format, Args&&... args) noexcept {
  try {
    const std::string sentence = fmt::format(fmt::runtime(format), shown(args)...);
    fmt::print(stderr, "trecvit: {}\n", terminal_text(sentence, LineFeeds::kKept));
  } catch (const std::exception&) {
    return;
  }
}
// A line on stderr that --quiet leaves out.
template <class... Args>
void note(fmt::format_string<Args...> format, Args&&... args) noexcept {
  if (!common().quiet) message(format, std::forward<Args>(args)...);
}

// Results on stdout, at once. A reader that has left is a request to stop, as a signal is, and takes the rest in
// silence; so does, after a signal, one that takes nothing for a second. Throws Error(kResource) when the text cannot
// be written.
void write_stdout(std::string_view text);
// The same of a format, its strings as terminal_text.
template <class... Args>
void print_out(fmt::format_string<Args...> format, Args&&... args) {
  write_stdout(fmt::format(fmt::runtime(format), shown(args)...));
}

// Two aligned columns, as terminal_text.
void print_row(const std::string& name, const std::string& value);

}  // namespace trecvit::cli
