// The fuzz entry for files of class names: names that are read are non-empty, distinct and valid UTF-8.
#pragma once

#include <set>

#include "support/fuzz_entries.h"
#include "trecvit/base/text.h"
#include "trecvit/config/label_file.h"

namespace trecvit::test {

inline bool fuzz_labels(std::span<const std::byte> bytes) {
  return accepted(bytes, [](auto all) {
    constexpr int64_t kClasses = 3;
    const auto names = parse_label_file({reinterpret_cast<const char*>(all.data()), all.size()}, "fuzz.txt", kClasses);
    TRECVIT_CHECK(!names.empty());
    for (const auto& name : names) TRECVIT_CHECK(!name.empty() && find_invalid_utf8(name) == std::string::npos);
    TRECVIT_CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
  });
}

}  // namespace trecvit::test
