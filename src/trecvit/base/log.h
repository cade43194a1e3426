// One line per event on stderr, names as terminal_text. stdout belongs to results.
#pragma once

#include <spdlog/spdlog.h>

#include <string_view>
#include <utility>

#include "trecvit/base/text.h"

namespace trecvit::log {

template <class... Args>
void write(spdlog::level::level_enum level, fmt::format_string<Args...> format, Args&&... args) {
  if (spdlog::should_log(level)) spdlog::log(level, "{}", fmt::format(fmt::runtime(format), shown(args)...));
}
template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  write(spdlog::level::debug, format, std::forward<Args>(args)...);
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  write(spdlog::level::info, format, std::forward<Args>(args)...);
}
template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  write(spdlog::level::warn, format, std::forward<Args>(args)...);
}

// "debug", "info", "warn", "error" or "off"; throws Error(kUsage) otherwise. Also points the log at stderr.
void set_level(std::string_view level);

}  // namespace trecvit::log
