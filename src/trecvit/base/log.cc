#include "trecvit/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>

#include <memory>

#include "trecvit/base/error.h"

namespace trecvit::log {

void set_level(std::string_view level) {
  const auto parsed = spdlog::level::from_str(std::string(level));
  if (parsed == spdlog::level::off && level != "off") {
    fail_usage("--log-level", "expected debug, info, warn, error or off, got '{}'", printable(level));
  }
  auto logger = std::make_shared<spdlog::logger>("trecvit", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("trecvit: %l: %v");
  logger->set_level(parsed);
  spdlog::set_default_logger(logger);
}

}  // namespace trecvit::log
