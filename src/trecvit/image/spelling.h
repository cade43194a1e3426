// Text in any script, spelled in the letters of the bitmap font.
#pragma once

#include <string>
#include <string_view>

namespace trecvit {

// UTF-8 to ASCII: Latin letters lose their marks or become two letters (é: e, ß: ss, æ: ae), quotes and dashes become
// plain; other characters become their code point, "<4E2D>", so that different names stay different. Control characters
// and bytes that are not UTF-8 become 0x7F, which the font shows as an empty box.
std::string spell_in_ascii(std::string_view text);

}  // namespace trecvit
