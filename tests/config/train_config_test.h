// What the tests of training configs share.
#pragma once

#include <string>
#include <vector>

#include "support/errors.h"
#include "trecvit/config/train_config.h"

namespace trecvit::test {

inline TrainConfig parse_run(const std::string& text, const std::vector<std::string>& changes = {}) {
  return parse_train_config(text, "run.toml", changes);
}

inline void expect_usage(const std::vector<std::string>& words, const std::string& text,
                         const std::vector<std::string>& changes = {}) {
  SCOPED_TRACE(text.substr(0, 100));
  expect_error(ErrorKind::kUsage, words, [&] { parse_run(text, changes); });
}

}  // namespace trecvit::test
