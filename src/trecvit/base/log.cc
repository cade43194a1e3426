#include "trecvit/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <iterator>
#include <memory>

#include "trecvit/base/error.h"

namespace trecvit::log {

void set_level(std::string_view level) {
  constexpr std::string_view kLevels[] = {"debug", "info", "warn", "error", "off"};  // spdlog knows more words
  if (std::find(std::begin(kLevels), std::end(kLevels), level) == std::end(kLevels)) {
    fail_usage("--log-level", "expected debug, info, warn, error or off, got '{}'", printable(level));
  }
  auto logger = std::make_shared<spdlog::logger>("trecvit", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("trecvit: %l: %v");
  logger->set_level(spdlog::level::from_str(std::string(level)));
  spdlog::set_default_logger(logger);
}

}  // namespace trecvit::log
