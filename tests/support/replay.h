// Runs the files of one fuzz corpus, including past findings, through the entry that its fuzzer calls.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "support/fuzz_entries.h"

namespace trecvit::test {

// The file name states the verdict: "ok_..." must be accepted, "bad_..." must be refused, any other may be either.
inline void replay(const std::string& format, bool (*entry)(std::span<const std::byte>)) {
  const std::filesystem::path folder = std::filesystem::path(TRECVIT_SOURCE_DIR) / "fuzz" / "corpus" / format;
  size_t good = 0, bad = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    const std::string name = file.path().filename().string();
    SCOPED_TRACE(name);
    const std::string bytes = read_text(*open_file(file.path().string()), kMaxFuzzBytes);
    bool accepted = false;
    ASSERT_NO_THROW(accepted = entry(std::as_bytes(std::span(bytes))));
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

}  // namespace trecvit::test
