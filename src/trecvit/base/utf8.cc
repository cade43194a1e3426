#include "trecvit/base/utf8.h"

namespace trecvit {
namespace {

// U+00A0, U+200B and U+FEFF (the byte order mark).
constexpr std::string_view kBlankCharacters[] = {"\xc2\xa0", "\xe2\x80\x8b", "\xef\xbb\xbf"};

bool is_blank(char c) { return std::string_view(" \t\r").find(c) != std::string_view::npos; }

}  // namespace

Character first_character(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {};
  uint32_t code = lead & (0x7fu >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3fu);
  }
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  if (code < kLeast[bytes] || surrogate || code > 0x10ffff) return {};
  return {code, bytes};
}

std::string_view wide_encoding(std::string_view text) {
  using namespace std::string_view_literals;
  if (text.starts_with("\xff\xfe\0\0"sv) || text.starts_with("\0\0\xfe\xff"sv)) return "UTF-32";
  const bool marked = text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff");
  if (marked && text.find('\0') != std::string_view::npos) return "UTF-16";
  char zeros[] = "....";
  for (size_t i = 0; i < 4 && i < text.size(); ++i) zeros[i] = text[i] == '\0' ? '0' : 'x';
  if (zeros == "x000"sv) return "UTF-32LE";
  if (zeros == "000x"sv) return "UTF-32BE";
  if (zeros == "x0x0"sv) return "UTF-16LE";
  return zeros == "0x0x"sv ? "UTF-16BE" : "";
}

std::string_view trimmed(std::string_view text) {
  while (true) {
    const size_t before = text.size();
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    for (const auto blank : kBlankCharacters) {
      if (text.starts_with(blank)) text.remove_prefix(blank.size());
      if (text.ends_with(blank)) text.remove_suffix(blank.size());
    }
    if (text.size() == before) return text;
  }
}

}  // namespace trecvit
