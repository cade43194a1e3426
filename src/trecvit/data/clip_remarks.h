// Warnings about likely mistakes in a list of clips.
#pragma once

#include <string>
#include <vector>

#include "trecvit/data/clip_rows.h"

namespace trecvit {

// For people, one entry per line: classes whose names look alike, names that may be several labels, and files that are
// listed more than once, with different labels, or in more than one split. Empty if there is nothing to report.
std::vector<std::string> describe_doubts(const ClipRows& rows);

}  // namespace trecvit
