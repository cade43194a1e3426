// Which model is wanted, where nobody has its sizes yet.
#pragma once

#include <string>

#include "trecvit/io/json.h"

namespace trecvit {

struct ModelRequest {
  std::string size;              // a named model (config/model_config.h); empty: none
  Json fields = Json::object();  // of config.json, over those of the named model or of the start
  std::string from;              // weights to begin with: their sizes where no model is named; empty: none
};

}  // namespace trecvit
