// The little HTML that a report needs. Text goes in escaped, whatever it is.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace trecvit::report {

// Text for between tags and within quoted attributes. Bytes that are no UTF-8 and control characters become U+FFFD, the
// line feed and the tab excepted.
std::string escape_html(std::string_view text);

// "data:image/png;base64,..."
std::string png_uri(std::span<const std::byte> png);

// Four significant digits; "–" where it is not finite.
std::string readable(double value);
// A part of one: "97.3 %"; "–" where it is not finite.
std::string percent(double part);

}  // namespace trecvit::report
