// Lists of clips as lines without names of columns.
#pragma once

#include <string>
#include <string_view>

#include "trecvit/data/manifest.h"

namespace trecvit {

// Lines as manifest.h says. root: where folders of frames lie, which tells "FOLDER 120 0" of a folder "FOLDER 120" with
// one label from a folder with several; empty: not known. Throws Error(kInput) naming the line.
Manifest parse_lines(std::string_view text, const std::string& name, const std::string& root);

}  // namespace trecvit
