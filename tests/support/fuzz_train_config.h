// The fuzz entry for training configs: what is read can be printed and read again. The text is tried as a file and as a
// change on the command line.
#pragma once

#include "support/fuzz_entries.h"
#include "trecvit/config/train_config.h"

namespace trecvit::test {

inline void check_printed(const TrainConfig& config) {
  const std::string printed = print_train_config(config);
  TRECVIT_CHECK(print_train_config(parse_train_config(printed, "printed")) == printed);
}

// Whether the text was accepted as a file.
inline bool fuzz_train_config(std::span<const std::byte> bytes) {
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  accepted(bytes, [&](auto) { check_printed(parse_train_config("", "fuzz.toml", {text})); });
  return accepted(bytes, [&](auto) { check_printed(parse_train_config(text, "fuzz.toml")); });
}

}  // namespace trecvit::test
