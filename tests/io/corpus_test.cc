// Replays the fuzz corpora, past findings included, through the entries that the fuzzers call.
#include <gtest/gtest.h>

#include <filesystem>

#include "io/hostile.h"
#include "support/fuzz_entries.h"

namespace trecvit {
namespace {

using Entry = bool (*)(std::span<const std::byte>);

// File names say the verdict: "ok_..." is accepted, "bad_..." refused, any other may end either way.
void replay(const std::string& format, Entry entry) {
  const std::filesystem::path folder = std::filesystem::path(TRECVIT_SOURCE_DIR) / "fuzz" / "corpus" / format;
  size_t good = 0, bad = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    const std::string name = file.path().filename().string();
    SCOPED_TRACE(name);
    const std::string bytes = read_text(*open_file(file.path().string()), test::kMaxFuzzBytes);
    bool accepted = false;
    ASSERT_NO_THROW(accepted = entry(test::as_bytes(bytes)));
    if (name.starts_with("ok_")) {
      EXPECT_TRUE(accepted);
    }
    if (name.starts_with("bad_")) {
      EXPECT_FALSE(accepted);
    }
    good += name.starts_with("ok_");
    bad += name.starts_with("bad_");
  }
  EXPECT_GE(good, 2u);
  EXPECT_GE(bad, 2u);
}

TEST(Corpus, Npy) { replay("npy", test::fuzz_npy); }
TEST(Corpus, Npz) { replay("npz", test::fuzz_npz); }
TEST(Corpus, Safetensors) { replay("safetensors", test::fuzz_safetensors); }
TEST(Corpus, Json) { replay("json", test::fuzz_json); }

}  // namespace
}  // namespace trecvit
