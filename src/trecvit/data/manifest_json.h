// Lists of clips as JSON: the official lists of Something-Something.
#pragma once

#include <string>
#include <string_view>

#include "trecvit/data/manifest.h"

namespace trecvit {

// Whether a list begins like JSON.
bool is_json(std::string_view text);

// An array of objects, or one object per line. Each has an "id", which names the file ID.webm, and either a "template",
// whose text without the square brackets is the class, or a "label", or neither in a list without labels. Other fields
// are not used. Throws Error(kInput) naming the line for other JSON, and for an object over 1 MiB.
Manifest parse_json_list(std::string_view text, const std::string& name);

}  // namespace trecvit
