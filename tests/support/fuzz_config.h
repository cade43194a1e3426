// The fuzz entry for config.json: what is read can be printed and read again, and a valid config can be used to
// compute.
#pragma once

#include "support/fuzz_entries.h"
#include "trecvit/config/config_json.h"

namespace trecvit::test {

inline bool fuzz_config(std::span<const std::byte> bytes) {
  return accepted(bytes, [](auto all) {
    const std::string_view text(reinterpret_cast<const char*>(all.data()), all.size());
    const ModelConfig config = parse_model_config(text, "fuzz/config.json").config;
    const std::string printed = print_model_config(config);
    TRECVIT_CHECK(parse_model_config(printed, "printed").config == config);
    validate(config, "fuzz/config.json");
    TRECVIT_CHECK(config.parameter_count() > 0 && config.state_floats() > 0 && config.flops_per_frame() > 0);
  });
}

}  // namespace trecvit::test
