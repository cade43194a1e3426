// Class names from a file of a user.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace trecvit {

// One name per line. The line number is the class, unless every line has a number in front of its name or behind it
// ("0 archery", "0: archery", "archery,0"), the numbers run from 0 or 1 without a gap, in any order, and the names
// differ without them; a first line such as "id,name" is then skipped. Blanks and quotes around names, the "- " of a
// list, a byte order mark, and blank lines at the end are no part of them. Other blank lines and those that begin with
// '#' are passed over where as many names as classes remain.
// Throws Error(kInput) naming the line for a blank line or remark otherwise, an empty name, one that occurs twice,
// bytes that are no UTF-8 and zero bytes; for numbers that come twice or have a gap, unless only a blank parts them
// from the names; for UTF-16 and JSON; and for a text without names.
// name: of the file, for messages. classes: of the model; without remarks the names may be more or fewer.
std::vector<std::string> parse_label_file(std::string_view text, const std::string& name, int64_t classes);

}  // namespace trecvit
