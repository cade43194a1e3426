// One line per event on stderr. stdout belongs to results.
#pragma once

#include <spdlog/spdlog.h>

#include <string_view>

namespace trecvit::log {

using spdlog::debug;
using spdlog::info;
using spdlog::warn;

// "debug", "info", "warn", "error" or "off"; throws Error(kUsage) otherwise. Also points the log at stderr.
void set_level(std::string_view level);

}  // namespace trecvit::log
