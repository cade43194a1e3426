#include "trecvit/base/text.h"

#include <gtest/gtest.h>

namespace trecvit {
namespace {

TEST(TerminalText, LettersOfEveryScriptStay) {
  for (const char* text : {"plain text", "Straße", "视频.mp4", "فيديو", "क्लिप", "🎬 clip", "a\u00a0b"}) {
    EXPECT_EQ(terminal_text(text), text);
  }
}

TEST(TerminalText, ControlCharactersAreReplaced) {
  EXPECT_EQ(terminal_text("a\x1b[31m\n\r\t\b\x7f"), "a?[31m?????");
  EXPECT_EQ(terminal_text(std::string_view("a\0b", 3)), "a?b");
  for (int code = 0x80; code < 0xa0; ++code) {
    const std::string character = {'\xc2', static_cast<char>(code)}, byte = {static_cast<char>(code)};
    EXPECT_EQ(terminal_text("a" + character + "b"), "a?b") << code;
    EXPECT_EQ(terminal_text("a" + byte + "b"), "a?b") << code;
  }
}

TEST(TerminalText, WhatReordersTextOrBreaksLinesIsReplaced) {
  for (const char* text : {"\u061c", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202b", "\u202c", "\u202d",
                           "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"}) {
    EXPECT_EQ(terminal_text(text), "?") << text;
  }
  for (const char* text : {"\u061b", "\u061d", "\u200d", "\u2010", "\u2027", "\u202f", "\u2065", "\u206a", "\u00a0"}) {
    EXPECT_EQ(terminal_text(text), text);
  }
}

TEST(TerminalText, EachByteThatIsNotUtf8IsReplaced) {
  EXPECT_EQ(terminal_text("\xc3"), "?");                 // cut short
  EXPECT_EQ(terminal_text("\xe8\xa7"), "??");            // cut short
  EXPECT_EQ(terminal_text("\xc0\x8a"), "??");            // an overlong line feed
  EXPECT_EQ(terminal_text("\xe0\x80\x8a"), "???");       // another
  EXPECT_EQ(terminal_text("\xf0\x80\x80\x8a"), "????");  // another
  EXPECT_EQ(terminal_text("\xed\xa0\x80"), "???");       // a surrogate
  EXPECT_EQ(terminal_text("\xf4\x90\x80\x80"), "????");  // over U+10FFFF
  EXPECT_EQ(terminal_text("\xff\xfe"
                          "a"),
            "??a");
  EXPECT_EQ(terminal_text("\xe8"
                          "a\xc3\xa4"),
            "?a\u00e4");  // the next character is whole
}

TEST(TerminalText, KeepsLineFeedsWhereAsked) {
  EXPECT_EQ(terminal_text("list:\n  a\n  b\rc", LineFeeds::kKept), "list:\n  a\n  b?c");
  // Nothing else begins a line, whoever forgot to make it printable.
  EXPECT_EQ(terminal_text("a\ntrecvit: b\n c\n", LineFeeds::kKept), "a?trecvit: b? c?");
  EXPECT_EQ(terminal_text("a\nb\rc"), "a?b?c");
}

TEST(Printable, CutsLongTextBetweenCharacters) {
  EXPECT_EQ(printable("abcdef", 3), "abc...");
  EXPECT_EQ(printable("abc", 3), "abc");
  EXPECT_EQ(printable("ab\u89c6", 4), "ab...");
  EXPECT_EQ(printable("ab\u89c6", 5), "ab\u89c6");
  EXPECT_EQ(printable("a\u89c6\u9891", 5), "a\u89c6...");
  EXPECT_EQ(printable(std::string(10, '\x80'), 5), "??...");
}

TEST(EscapeForTerminal, KeepsTheMeaning) {
  EXPECT_EQ(escape_for_terminal("{\"a\": \"\u202e\u009b\x7f\u00e4\"}"), "{\"a\": \"\\u202e\\u009b\\u007f\u00e4\"}");
  EXPECT_EQ(escape_for_terminal("{\n}"), "{\n}");
}

TEST(FindInvalidUtf8, SaysWhere) {
  EXPECT_EQ(find_invalid_utf8("a\u00e4\u89c6"), std::string_view::npos);
  EXPECT_EQ(find_invalid_utf8("a\u00e4\x9b"), 3u);
  EXPECT_EQ(find_invalid_utf8(""), std::string_view::npos);
}

TEST(Shown, StringsStayOnOneLineAndListsOfOursDoNot) {
  EXPECT_EQ(shown("a\nb"), "a?b");
  EXPECT_EQ(shown(std::string("a\nb")), "a?b");
  EXPECT_EQ(shown(Lines{"a\n  \x1b"}), "a\n  ?");
  EXPECT_EQ(shown(3), 3);
}

}  // namespace
}  // namespace trecvit
