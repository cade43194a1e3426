// Class names from a file of a user.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trecvit {

// One name per line. The line number is the class, unless every line has a number in front of its name or behind it
// ("0 archery", "archery,0"), the numbers run from 0 or 1 without a gap, in any order, and the names differ without
// them; a first line such as "id,name" is then skipped. Blanks around names, a byte order mark, and blank lines at the
// end are no part of them.
// Throws Error(kInput) naming the line for an empty name, one that occurs twice, bytes that are no UTF-8 and zero
// bytes; for UTF-16 and JSON; and for a text without names. name: of the file, for messages.
std::vector<std::string> parse_label_file(std::string_view text, const std::string& name);

}  // namespace trecvit
