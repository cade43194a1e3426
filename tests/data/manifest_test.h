// Shared by the tests of lists.
#pragma once

#include <string_view>

#include "data/data_test.h"
#include "trecvit/data/manifest.h"

namespace trecvit::test {

inline Manifest parse_list(std::string_view text) { return parse_manifest(text, "m.txt", ManifestFormat::kAuto); }

}  // namespace trecvit::test
