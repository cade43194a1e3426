// Errors: bad input, a missing part, an exhausted resource. Expected outcomes (end of stream) are values, programmer
// errors are TRECVIT_CHECK. Messages follow one grammar: "[where] expected ..., got ...; hint".
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "trecvit/base/text.h"

namespace trecvit {

// The numeric value is the exit code of the command line.
enum class ErrorKind {
  kCheckFailed = 1,  // a comparison was over its tolerance
  kUsage = 2,        // a bad flag, option or configuration value
  kInput = 3,        // a file, video or model that cannot be read
  kUnavailable = 4,  // a part that is not in this build or not on this machine
  kResource = 5,     // out of memory or disk
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const { return kind_; }
  int exit_code() const { return static_cast<int>(kind_); }

 private:
  ErrorKind kind_;
};

// Throws Error with the message "[where] ...". Names in `where` and in the arguments are untrusted: they appear in the
// message as terminal_text, on one line (base/text.h; Lines is for our own lists).
template <class... Args>
[[noreturn]] void fail(ErrorKind kind, std::string_view where, fmt::format_string<Args...> format, Args&&... args) {
  const std::string message = fmt::format(fmt::runtime(format), shown(args)...);
  throw Error(kind, fmt::format("[{}] {}", terminal_text(where), terminal_text(message, LineFeeds::kKept)));
}

template <class... Args>
[[noreturn]] void fail_input(std::string_view where, fmt::format_string<Args...> format, Args&&... args) {
  fail(ErrorKind::kInput, where, format, std::forward<Args>(args)...);
}

template <class... Args>
[[noreturn]] void fail_usage(std::string_view where, fmt::format_string<Args...> format, Args&&... args) {
  fail(ErrorKind::kUsage, where, format, std::forward<Args>(args)...);
}

}  // namespace trecvit

// A condition that only a bug in this program can break; never for untrusted input.
#define TRECVIT_CHECK(condition)                                                                                      \
  do {                                                                                                                \
    if (!(condition)) throw std::logic_error(fmt::format("{}:{}: check failed: {}", __FILE__, __LINE__, #condition)); \
  } while (false)
