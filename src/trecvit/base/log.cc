#include "trecvit/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>

#include <memory>

#include "trecvit/base/words.h"

namespace trecvit::log {

namespace {

// Those levels of spdlog that users choose from.
enum class Level {
  kDebug = spdlog::level::debug,
  kInfo = spdlog::level::info,
  kWarn = spdlog::level::warn,
  kError = spdlog::level::err,
  kOff = spdlog::level::off,
};
constexpr auto enum_words(Level) {
  return make_words<Level>({{"debug", Level::kDebug},
                            {"info", Level::kInfo},
                            {"warn", Level::kWarn},
                            {"error", Level::kError},
                            {"off", Level::kOff}});
}

}  // namespace

void set_level(std::string_view level) {
  const auto chosen = parse_word<Level>(level, "--log-level");
  auto logger = std::make_shared<spdlog::logger>("trecvit", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("trecvit: %l: %v");
  logger->set_level(static_cast<spdlog::level::level_enum>(chosen));
  spdlog::set_default_logger(logger);
}

}  // namespace trecvit::log
