// Text of any script in the letters that the bitmap font has.
#pragma once

#include <string>
#include <string_view>

namespace trecvit {

// ASCII for UTF-8: Latin letters lose their marks or become two (é: e, ß: ss, æ: ae), quotes and dashes their plain
// form; other characters become their number, "<4E2D>", so that two names stay two. Control characters and bytes that
// are no UTF-8 become 0x7F, which the font draws as an empty box.
std::string spell_in_ascii(std::string_view text);

}  // namespace trecvit
