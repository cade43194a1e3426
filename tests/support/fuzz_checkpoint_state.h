// The fuzz entry for state.json of a checkpoint. The text is tried both as the whole file and as its content with a
// matching checksum; what was read can be printed and read again.
#pragma once

#include <string>

#include "support/fuzz_entries.h"
#include "trecvit/train/checkpoint_state.h"

namespace trecvit::test {

inline std::string with_its_checksum(const Json& content) {
  const std::string body = content.dump(1);
  return R"({"checksum": ")" + train::checksum(body) + "\", \"content\":\n" + body + "\n}\n";
}

inline void check_state_again(const std::string& text) {
  const std::string printed = train::print_checkpoint_state(train::parse_checkpoint_state(text, "fuzz"));
  TRECVIT_CHECK(train::print_checkpoint_state(train::parse_checkpoint_state(printed, "again")) == printed);
}

// Whether the text was accepted as content.
inline bool fuzz_checkpoint_state(std::span<const std::byte> bytes) {
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  accepted(bytes, [&](auto) { check_state_again(text); });
  return accepted(bytes, [&](auto) { check_state_again(with_its_checksum(parse_json(text, "fuzz"))); });
}

}  // namespace trecvit::test
