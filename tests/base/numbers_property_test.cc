// Properties of the small functions of `base`, for every number and every text.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "trecvit/base/checked.h"
#include "trecvit/base/parse_number.h"
#include "trecvit/base/stats.h"
#include "trecvit/base/text.h"
#include "trecvit/base/utf8.h"

namespace trecvit {
namespace {

__extension__ using SignedWide = __int128;
__extension__ using UnsignedWide = unsigned __int128;
template <class T>
using WideOf = std::conditional_t<std::is_signed_v<T>, SignedWide, UnsignedWide>;

// Of every magnitude, and often near the limits of sums and products. Plain random bits would nearly all be huge.
template <class T>
rc::Gen<T> any_integer() {
  using Limits = std::numeric_limits<T>;
  const auto bits = rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<T>());
  const auto shift = rc::gen::inRange(0, Limits::digits);
  return rc::gen::weightedOneOf<T>(
      {{3, rc::gen::apply([](T value, int by) { return static_cast<T>(value >> by); }, bits, shift)},
       {1, rc::gen::element<T>(Limits::min(), Limits::max(), Limits::min() + 1, Limits::max() - 1, Limits::max() / 2,
                               Limits::max() / 2 + 1, T{1} << (Limits::digits / 2), 0, 1)}});
}

template <class T>
void expect_exact_if_it_fits(std::optional<T> got, WideOf<T> exact) {
  const bool fits = exact >= std::numeric_limits<T>::min() && exact <= std::numeric_limits<T>::max();
  RC_ASSERT(got.has_value() == fits);
  if (fits) RC_ASSERT(*got == static_cast<T>(exact));
}

template <class T>
void expect_checked_arithmetic() {
  const T a = *any_integer<T>(), b = *any_integer<T>();
  expect_exact_if_it_fits(checked_add(a, b), static_cast<WideOf<T>>(a) + b);
  expect_exact_if_it_fits(checked_mul(a, b), static_cast<WideOf<T>>(a) * b);
}

// Sums and products equal those of wider numbers, or are absent if they do not fit.
RC_GTEST_PROP(NumbersProperty, CheckedArithmeticOfSignedNumbersIsExact, ()) { expect_checked_arithmetic<int64_t>(); }

// The same for sizes.
RC_GTEST_PROP(NumbersProperty, CheckedArithmeticOfSizesIsExact, ()) { expect_checked_arithmetic<size_t>(); }

// Every finite double: any pattern of bits, numbers of everyday size, and the ends of the range.
rc::Gen<double> any_finite() {
  using Limits = std::numeric_limits<double>;
  const auto bits = rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<uint64_t>());
  return rc::gen::weightedOneOf<double>(
      {{3, rc::gen::suchThat(rc::gen::map(bits, [](uint64_t value) { return std::bit_cast<double>(value); }),
                             [](double value) { return std::isfinite(value); })},
       {2, rc::gen::arbitrary<double>()},
       {1, rc::gen::element(0.0, -0.0, Limits::min(), Limits::denorm_min(), Limits::max(), Limits::lowest(), 0.1, 1e22,
                            1e23, 0x1p53, 0x1p63)}});
}

template <class T>
void expect_integer_comes_back() {
  const T value = *any_integer<T>();
  const std::string text = fmt::format("{}", value);
  RC_ASSERT(parse_number<T>(text) == value);
  const char more = *rc::gen::suchThat(rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<char>()),
                                       [](char c) { return c < '0' || c > '9'; });
  RC_ASSERT(!parse_number<T>(text + more));
  const std::string longer = text + more;
  std::string_view rest = longer;
  RC_ASSERT(take_number<T>(rest) == value);
  RC_ASSERT(rest == std::string(1, more));
}

// A whole number is read as it was written, and nothing but digits may follow it.
RC_GTEST_PROP(NumbersProperty, WholeNumbersComeBack, ()) {
  expect_integer_comes_back<int64_t>();
  expect_integer_comes_back<uint64_t>();
  expect_integer_comes_back<int>();
}

// The shortest text of a finite double gives the same bits again; no letter, blank or sign may follow it.
RC_GTEST_PROP(NumbersProperty, DoublesComeBack, ()) {
  const double value = *any_finite();
  const std::string text = fmt::format("{}", value);
  const auto parsed = parse_number<double>(text);
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(std::bit_cast<uint64_t>(*parsed) == std::bit_cast<uint64_t>(value));
  // A decimal point may end a number.
  const char more = *rc::gen::suchThat(rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<char>()),
                                       [](char c) { return (c < '0' || c > '9') && c != '.'; });
  RC_ASSERT(!parse_number<double>(text + more));
}

// In 1 to 4 bytes in the form of UTF-8, whether UTF-8 allows it or not.
std::string in_bytes(size_t count, uint32_t code) {
  constexpr uint32_t kLeads[] = {0, 0, 0xc0, 0xe0, 0xf0};
  std::string out(count, ' ');
  for (size_t i = count - 1; i > 0; --i, code >>= 6) out[i] = static_cast<char>(0x80 | (code & 0x3f));
  out[0] = static_cast<char>(kLeads[count] | code);
  return out;
}

size_t bytes_of(uint32_t code) { return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4; }
std::string encoded(uint32_t code) { return in_bytes(bytes_of(code), code); }

// Many of the characters that terminals obey, and of those next to a limit of UTF-8.
rc::Gen<uint32_t> any_code() {
  const auto code = rc::gen::oneOf(rc::gen::inRange<uint32_t>(0, 0x100), rc::gen::inRange<uint32_t>(0x2000, 0x2070),
                                   rc::gen::element<uint32_t>(0x61b, 0x61c, 0x61d, 0x7ff, 0x800, 0xd7ff, 0xd800, 0xdfff,
                                                              0xe000, 0xffff, 0x10000, 0x10ffff, 0x110000),
                                   rc::gen::inRange<uint32_t>(0, 0x120000));
  return rc::gen::resize(rc::kNominalSize, code);
}

// Characters, cut ones, ones in more bytes than they need, surrogates and others that UTF-8 forbids, bytes that are
// none, and beginnings of our own lines.
rc::Gen<std::string> any_text() {
  const auto character = rc::gen::map(any_code(), encoded);
  const auto cut = rc::gen::map(character, [](const std::string& all) { return all.substr(0, all.size() - 1); });
  const auto longer =
      rc::gen::map(any_code(), [](uint32_t code) { return in_bytes(std::min<size_t>(bytes_of(code) + 1, 4), code); });
  const auto byte = rc::gen::map(rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<char>()),
                                 [](char c) { return std::string(1, c); });
  const auto piece = rc::gen::weightedOneOf<std::string>(
      {{4, character}, {1, cut}, {1, longer}, {2, byte}, {1, rc::gen::element<std::string>("\n  ", "\n ", "a")}});
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece), [](const std::vector<std::string>& pieces) {
    std::string text;
    for (const auto& part : pieces) text += part;
    return text;
  });
}

bool is_character(uint32_t code) { return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff); }

// Fails for text that is not UTF-8.
std::vector<uint32_t> characters_of(std::string_view text) {
  std::vector<uint32_t> codes;
  while (!text.empty()) {
    const Character character = first_character(text);
    RC_ASSERT(character.bytes > 0U);
    RC_ASSERT(is_character(character.code));
    RC_ASSERT(encoded(character.code) == text.substr(0, character.bytes));
    codes.push_back(character.code);
    text.remove_prefix(character.bytes);
  }
  return codes;
}

// Controls of a terminal, and of the direction of text.
bool is_control(uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c || code == 0x200e || code == 0x200f ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

// Whatever the bytes, what is shown is UTF-8 without control characters, no longer, and shown again it is the same.
RC_GTEST_PROP(TextProperty, TerminalTextIsHarmless, ()) {
  const std::string text = *any_text(), out = terminal_text(text);
  RC_ASSERT(find_invalid_utf8(out) == std::string_view::npos);
  const auto codes = characters_of(out);
  RC_ASSERT(std::none_of(codes.begin(), codes.end(), is_control));
  RC_ASSERT(out.size() <= text.size());
  RC_ASSERT(terminal_text(out) == out);
}

// If line feeds are kept, then only those of our own lists: two blanks follow each.
RC_GTEST_PROP(TextProperty, KeptLineFeedsBeginOurOwnLines, ()) {
  const std::string text = *any_text(), out = terminal_text(text, LineFeeds::kKept);
  std::string without;
  for (size_t at = 0; at < out.size(); ++at) {
    if (out[at] != '\n') {
      without += out[at];
    } else {
      RC_ASSERT(out.substr(at, 3) == "\n  ");
    }
  }
  RC_ASSERT(terminal_text(without) == without);
  RC_ASSERT(terminal_text(out, LineFeeds::kKept) == out);
}

// Text of harmless characters is shown as it is.
RC_GTEST_PROP(TextProperty, HarmlessTextStays, ()) {
  const auto harmless =
      rc::gen::suchThat(any_code(), [](uint32_t code) { return is_character(code) && !is_control(code); });
  std::string text;
  for (const uint32_t code : *rc::gen::container<std::vector<uint32_t>>(harmless)) text += encoded(code);
  RC_ASSERT(terminal_text(text) == text);
  RC_ASSERT(terminal_text(text, LineFeeds::kKept) == text);
  RC_ASSERT(printable(text, text.size()) == text);
  RC_ASSERT(find_invalid_utf8(text) == std::string_view::npos);
}

// A text for a message is as long as it may be, and the three points, at most; it is the beginning of what is shown.
RC_GTEST_PROP(TextProperty, PrintableIsHarmlessAndShort, ()) {
  const std::string text = *any_text();
  const auto most = *rc::gen::inRange<size_t>(0, 40);
  const std::string out = printable(text, most);
  RC_ASSERT(terminal_text(out) == out);
  RC_ASSERT(out.size() <= most + 3);
  if (text.size() <= most) {
    RC_ASSERT(out == terminal_text(text));
    RC_ASSERT(printable(out, most) == out);
  } else {
    RC_ASSERT(out.ends_with("..."));
    RC_ASSERT(text.size() > out.size() - 3);
  }
}

// Only the letters A to Z change, and only once.
RC_GTEST_PROP(TextProperty, AsciiLowerChangesCapitalsAlone, ()) {
  const std::string text = *any_text(), lower = ascii_lower(text);
  RC_ASSERT(lower.size() == text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const bool capital = text[i] >= 'A' && text[i] <= 'Z';
    RC_ASSERT(lower[i] == (capital ? static_cast<char>(text[i] + 32) : text[i]));
    RC_ASSERT(ascii_lower(text[i]) == lower[i]);
  }
  RC_ASSERT(ascii_lower(lower) == lower);
}

// A quantile lies between the smallest and the largest sample, and does not fall as the share grows.
RC_GTEST_PROP(StatsProperty, QuantilesLieAmongTheSamples, ()) {
  const auto samples = *rc::gen::nonEmpty(rc::gen::container<std::vector<double>>(rc::gen::arbitrary<double>()));
  const auto part = [] { return *rc::gen::inRange(0, 1001) / 1000.0; };
  const double share = part(), other = part();
  const auto [least, most] = std::minmax_element(samples.begin(), samples.end());
  const double value = quantile(samples, share);
  RC_ASSERT(value >= *least);
  RC_ASSERT(value <= *most);
  RC_ASSERT(quantile(samples, std::min(share, other)) <= quantile(samples, std::max(share, other)));
  RC_ASSERT(quantile(samples, 0) == *least);
  RC_ASSERT(quantile(samples, 1) == *most);
}

}  // namespace
}  // namespace trecvit
