// Names of models with generated weights: generated:SIZE?seed=N&classes=N.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "trecvit/config/model_config.h"

namespace trecvit {

struct GeneratedName {
  ModelConfig config;  // of the named size; without a head if classes=0
  uint64_t seed = 1;
};

// Parses what follows "generated:", such as "Ti?seed=1&classes=400", or "mu", which keeps `seed`. Sizes are not checked
// (see validate). Throws Error(kUsage) naming `where`.
GeneratedName parse_generated_name(std::string_view text, uint64_t seed, const std::string& where);

}  // namespace trecvit
