// Addresses such as rtsp://user:password@host:554/path?key=value. They hold secrets, which must never be shown.
#pragma once

#include <string>
#include <string_view>

namespace trecvit {

// "rtsp" of "rtsp://...", in lower case: a letter, then letters, digits, +, - and dots; empty if the text does not
// begin like this.
std::string scheme_of(std::string_view text);

// The text with *** in each URL in place of the user's name and password, of every value after a question mark, and of
// a fragment. A password with a slash in it, which a URL must not have, is hidden as well; a secret within the path is
// not recognised. A URL ends at a blank, a quotation mark or a comma that a blank follows. Applying it twice changes
// nothing more.
std::string without_secrets(std::string_view text);

}  // namespace trecvit
