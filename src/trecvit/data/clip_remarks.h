// What in a list of clips is rarely meant as it stands.
#pragma once

#include <string>
#include <vector>

#include "trecvit/data/clip_rows.h"

namespace trecvit {

// For people, a line each: classes whose names look alike, names that may be several labels, and files that are listed
// more than once, with other labels, or in more than one split. None where there is nothing of that kind.
std::vector<std::string> describe_doubts(const ClipRows& rows);

}  // namespace trecvit
