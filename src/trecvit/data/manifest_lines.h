// Lists of clips as lines without column names.
#pragma once

#include <string>
#include <string_view>

#include "trecvit/data/manifest.h"

namespace trecvit {

// Lines as described in manifest.h. root: where folders of frames lie, to distinguish in "FOLDER 120 0" a folder
// "FOLDER 120" with one label from a folder with several; empty: not known. Throws Error(kInput) naming the line.
Manifest parse_lines(std::string_view text, const std::string& name, const std::string& root);

}  // namespace trecvit
