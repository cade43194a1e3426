// What the reference implementation of safetensors accepts, we accept, and nothing else; but for a written list of
// stricter rules (tools/make_safetensors_verdicts.py made the list and has the rules).
#include <gtest/gtest.h>

#include <fstream>

#include "io/hostile.h"
#include "support/fuzz_entries.h"
#include "support/golden.h"

namespace trecvit {
namespace {

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

TEST(SafetensorsVerdicts, MatchTheReferenceImplementation) {
  std::ifstream list(test::golden_path("safetensors/verdicts.txt"));
  std::string line;
  size_t accepted = 0, refused = 0;
  while (std::getline(list, line)) {
    const size_t blank = line.find(' ');
    const std::string verdict = line.substr(0, blank), bytes = from_hex(line.substr(blank + 1));
    const bool expected = verdict == "accepted";
    EXPECT_EQ(test::fuzz_safetensors(test::as_bytes(bytes)), expected) << verdict << ": " << printable(bytes, 300);
    ++(expected ? accepted : refused);
  }
  EXPECT_GT(accepted, 700u);
  EXPECT_GT(refused, 1000u);
}

}  // namespace
}  // namespace trecvit
