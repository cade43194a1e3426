// The HTML helpers that a report needs. All text is escaped.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace trecvit::report {

// Escapes text for use between tags and in quoted attributes. Bytes that are not UTF-8 and control characters become
// U+FFFD, except line feed and tab.
std::string escape_html(std::string_view text);

// "data:image/png;base64,..."
std::string png_uri(std::span<const std::byte> png);

// Four significant digits; "–" if not finite.
std::string readable(double value);
// A fraction as a percentage: "97.3 %"; "–" if not finite.
std::string percent(double part);

}  // namespace trecvit::report
