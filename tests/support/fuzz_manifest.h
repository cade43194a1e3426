// The fuzz entry for lists of clips: every row that is read has a path and, in single-label mode, one class.
#pragma once

#include "support/fuzz_entries.h"
#include "trecvit/data/manifest.h"

namespace trecvit::test {

inline bool fuzz_manifest(std::span<const std::byte> bytes) {
  return accepted(bytes, [](auto all) {
    const std::string_view text(reinterpret_cast<const char*>(all.data()), all.size());
    const Manifest manifest = parse_manifest(text, "fuzz.csv", ManifestFormat::kAuto);
    TRECVIT_CHECK(!manifest.rows.empty() && !manifest.understood.empty());
    for (const bool multi_label : {true, false}) {
      const ManifestLabels labels = number_labels(manifest, multi_label);
      TRECVIT_CHECK(labels.of_row.size() == manifest.rows.size());
      for (size_t i = 0; i < labels.of_row.size(); ++i) {
        TRECVIT_CHECK(!manifest.rows[i].path.empty() && (multi_label || labels.of_row[i].size() == 1));
        for (const int64_t label : labels.of_row[i])
          TRECVIT_CHECK(label >= 0 && label < static_cast<int64_t>(labels.classes.size()));
      }
    }
  });
}

}  // namespace trecvit::test
