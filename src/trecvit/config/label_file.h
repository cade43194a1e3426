// Class names from a user's file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace trecvit {

// One name per line. The line number is the class, unless every line has a number before or after its name
// ("0 archery", "0: archery", "archery,0"), the numbers run from 0 or 1 without a gap, in any order, and the names
// differ without them; a first line such as "id,name" is then skipped. Blanks and quotes around names, the "- " of a
// list, a byte order mark, and blank lines at the end are not part of the names. Other blank lines and lines that begin
// with '#' are skipped if as many names as classes remain.
// Throws Error(kInput) naming the line for any other blank line or remark, an empty name, a duplicate name, bytes that
// are not UTF-8 and zero bytes; for numbers that are duplicate or have a gap and are separated from the names by a
// comma, a tab, or a colon behind a number in front; for UTF-16 and JSON; and for a text without names. name: of the
// file, for messages. classes: of the model; without remarks there may be more or fewer names.
std::vector<std::string> parse_label_file(std::string_view text, const std::string& name, int64_t classes);

}  // namespace trecvit
