#include "trecvit/image/spelling.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <utility>

#include "trecvit/base/utf8.h"

namespace trecvit {
namespace {

// U+00C0 to U+017F, in order.
constexpr uint32_t kFirstLatin = 0xC0, kLastLatin = 0x17F;
constexpr std::string_view kLatin =
    "A A A A A A AE C E E E E I I I I D N O O O O O x O U U U U Y Th ss a a a a a a ae c e e e e i i i i "
    "d n o o o o o / o u u u u y th y A a A a A a C c C c C c C c D d D d E e E e E e E e E e G g G g G "
    "g G g H h H h I i I i I i I i I i IJ ij J j K k k L l L l L l L l L l N n N n N n 'n Ng ng O o O o "
    "O o OE oe R r R r R r S s S s S s S s T t T t T t U u U u U u U u U u U u W w Y y Y Z z Z z Z z s ";

// U+1E00 to U+1EFF, which include the Vietnamese letters.
constexpr uint32_t kFirstFurther = 0x1E00, kLastFurther = 0x1EFF;
constexpr std::string_view kFurtherLatin =
    "A a B b B b B b C c D d D d D d D d D d E e E e E e E e E e F f G g H h H h H h H h H h I i I i K k K k K k "
    "L l L l L l L l M m M m M m N n N n N n N n O o O o O o O o P p P p R r R r R r R r S s S s S s S s S s T t "
    "T t T t T t U u U u U u U u U u V v V v W w W w W w W w W w X x X x Y y Z z Z z Z z h t w y a s s s SS d A "
    "a A a A a A a A a A a A a A a A a A a A a A a E e E e E e E e E e E e E e E e I i I i O o O o O o O o O o O "
    "o O o O o O o O o O o O o U u U u U u U u U u U u U u Y y Y y Y y Y y LL ll V v Y y ";

// Punctuation, and Vietnamese and Romanian letters outside the ranges above.
constexpr std::array<std::pair<uint32_t, std::string_view>, 29> kOthers = {
    {{0xA0, " "},   {0xAB, "<<"},   {0xB0, "deg"},  {0xB2, "2"},     {0xB3, "3"},    {0xB4, "'"},
     {0xB5, "u"},   {0xB7, "."},    {0xBB, ">>"},   {0xBF, "?"},     {0xA1, "!"},    {0x1A0, "O"},
     {0x1A1, "o"},  {0x1AF, "U"},   {0x1B0, "u"},   {0x218, "S"},    {0x219, "s"},   {0x21A, "T"},
     {0x21B, "t"},  {0x2010, "-"},  {0x2011, "-"},  {0x2013, "-"},   {0x2014, "-"},  {0x2018, "'"},
     {0x2019, "'"}, {0x201C, "\""}, {0x201D, "\""}, {0x2026, "..."}, {0x20AC, "EUR"}}};

// The word at `index` in a list separated by blanks.
std::string_view word(std::string_view list, uint32_t index) {
  while (index-- > 0) list.remove_prefix(list.find(' ') + 1);
  return list.substr(0, list.find(' '));
}

// Removes and returns the next character; 0 for bytes that are not a character.
uint32_t take_character(std::string_view& text) {
  const auto [code, bytes] = first_character(text);
  text.remove_prefix(bytes == 0 ? 1 : bytes);
  return code;
}

std::string spell(uint32_t code) {
  if (code < 0x20 || (code >= 0x7F && code < 0xA0)) return "\x7f";
  if (code < 0x7F) return {static_cast<char>(code)};
  if (code >= kFirstLatin && code <= kLastLatin) return std::string(word(kLatin, code - kFirstLatin));
  if (code >= kFirstFurther && code <= kLastFurther) return std::string(word(kFurtherLatin, code - kFirstFurther));
  if (code >= 0x300 && code < 0x370) return {};  // combining marks, which follow their letter
  for (const auto& [other, text] : kOthers) {
    if (other == code) return std::string(text);
  }
  return fmt::format("<{:04X}>", code);
}

}  // namespace

std::string spell_in_ascii(std::string_view text) {
  std::string out;
  while (!text.empty()) out += spell(take_character(text));
  return out;
}

}  // namespace trecvit
