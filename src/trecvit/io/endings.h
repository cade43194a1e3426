// Checks the ending of an output's name against the format that is written there.
#pragma once

#include <string>
#include <string_view>

namespace trecvit {

// Whether a model written there is an archive, NAME.npz; otherwise it is a folder. Throws Error(kUsage) for a name
// whose ending promises anything else, such as x.onnx.
bool is_archive_name(std::string_view verb, const std::string& path);

enum class Written { kNumPy, kPng, kCsv, kJson, kState, kSubtitles, kEvents, kVideo, kPage };

// Throws Error(kUsage) if the ending promises another format than the one written, such as p.parquet for CSV; names
// without an ending, and endings that promise nothing, are fine.
void check_ending(std::string_view where, const std::string& path, Written written);

}  // namespace trecvit
