// config.json <-> ModelConfig. Unknown keys are errors; a missing key is derived from the tensors' shapes or takes its
// default, so a file shows which fields it fixes.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "trecvit/config/field.h"
#include "trecvit/config/model_config.h"
#include "trecvit/io/json.h"

namespace trecvit {

using ConfigField = Field<ModelConfig>;
// The one list that reading, writing, help and the list of known keys are derived from.
const std::vector<ConfigField>& model_config_fields();

struct GivenConfig {
  ModelConfig config;
  std::set<std::string> keys;  // the fields that were given
  bool has(std::string_view key) const { return keys.contains(std::string(key)); }
};

// Throws Error(kInput) naming `where` and the key.
GivenConfig parse_model_config(std::string_view text, const std::string& where);
// Every field, in the order of the list, indented.
std::string print_model_config(const ModelConfig& config);

}  // namespace trecvit
