// Which model is wanted, before its sizes are known.
#pragma once

#include <string>

#include "trecvit/io/json.h"

namespace trecvit {

struct ModelRequest {
  std::string size;              // a named model (config/model_config.h); empty: none
  Json fields = Json::object();  // of config.json, overriding those of the named model or of the start
  std::string from;              // initial weights, which also give the sizes if no model is named; empty: none
};

}  // namespace trecvit
