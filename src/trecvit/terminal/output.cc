#include "trecvit/terminal/output.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>

#include "trecvit/base/error.h"
#include "trecvit/io/endings.h"
#include "trecvit/terminal/signals.h"

namespace trecvit::cli {
namespace {

bool nobody_reads = false;  // of stdout; what is written there is discarded

bool stdout_is_closed() { return (fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE) == O_RDONLY; }

// Whether stdout accepts bytes: waits as long as necessary, or for a second once the verb has been asked to stop.
bool wait_for_stdout() {
  constexpr int kPatience = 1000, kOften = 100;  // milliseconds
  for (int waited = 0; stop_signal() == 0 || waited < kPatience; waited += stop_signal() != 0 ? kOften : 0) {
    pollfd out{STDOUT_FILENO, POLLOUT, 0};
    if (poll(&out, 1, kOften) > 0) return true;
  }
  return false;
}

}  // namespace

std::string json_file(const OutputArgs& args) {
  if (!args.json || *args.json == "-") return {};
  const auto obstacle = obstacle_at(*args.json);
  if (!obstacle.empty() && obstacle != "folder")
    fail_usage(printable(*args.json),
               "expected the name of a regular file, got a {}; --json without a name writes to stdout", obstacle);
  return *args.json;
}

void add_json_option(CLI::App& verb, OutputArgs& args) {
  verb.add_option("--json", args.json, "write JSON to stdout, or to FILE with --json=FILE (default: off)")
      ->expected(1)
      ->option_text("[=FILE]");
}

void add_force_option(CLI::App& verb, OutputArgs& args) {
  verb.add_flag("--force", args.force, "replace an existing output file (default: off)");
}

void results_are_in_files() { nobody_reads = stdout_is_closed(); }

JsonLines::JsonLines(const OutputArgs& args) : on_(args.json.has_value()) {
  if (on_ && *args.json != "-") {
    check_ending("--json", *args.json, Written::kJson);
    file_ = std::make_unique<AtomicFile>(*args.json, args.force ? Overwrite::kYes : Overwrite::kNo);
    results_are_in_files();
  }
}

void JsonLines::write(const Json& object) {
  if (on_) write_line(json_line(object) + "\n");
}

void JsonLines::write_line(std::string_view line) {
  if (!on_) return;
  if (file_) {
    file_->write(line);
  } else {
    write_stdout(line);
  }
}

void JsonLines::finish(int exit_code) {
  if (file_ && (exit_code == 0 || file_->size() > 0)) file_->commit();
}

void write_stdout(std::string_view text) {
  while (!text.empty() && !nobody_reads) {
    // A pipe that is ready accepts this many bytes without blocking.
    const size_t piece = std::min<size_t>(text.size(), PIPE_BUF);
    const ssize_t put = wait_for_stdout() ? write(STDOUT_FILENO, text.data(), piece) : 0;
    if (put > 0) text.remove_prefix(static_cast<size_t>(put));
    if (put > 0 || (put < 0 && (errno == EINTR || errno == EAGAIN))) continue;
    if (put < 0 && errno == EPIPE) request_stop(SIGPIPE);
    if (stop_signal() == 0)
      fail(ErrorKind::kResource, "stdout", "expected to write the results, got: {}", std::strerror(errno));
    nobody_reads = true;
  }
}

std::string readable_bytes(double bytes) {
  return bytes < 1e6 ? fmt::format("{:.1f} kB", bytes / 1e3) : fmt::format("{:.1f} MB", bytes / 1e6);
}

void print_row(const std::string& name, const std::string& value) { print_out("{:<22} {}\n", name, value); }

}  // namespace trecvit::cli
