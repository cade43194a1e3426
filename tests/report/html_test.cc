#include "trecvit/report/html.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace trecvit::report {
namespace {

constexpr const char* kUnknown = "\xEF\xBF\xBD";

std::string uri_of(std::string_view bytes) { return png_uri(std::as_bytes(std::span(bytes))); }

TEST(Html, EscapesMarkup) {
  EXPECT_EQ(escape_html("<b a=\"1\" b='2'> & \t\n"), "&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt; &amp; \t\n");
  EXPECT_EQ(escape_html(""), "");
}

TEST(Html, KeepsUtf8AndReplacesTheRest) {
  const std::string good = "\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80 \xED\x9F\xBF \xF4\x8F\xBF\xBF";
  EXPECT_EQ(escape_html(good), good);
  // Truncated, overlong, a surrogate, above U+10FFFF, an invalid first byte, control characters.
  for (const std::string bad : {"\xC3", "\xC0", "\xFF", "\x80", "\x1b", "\x7f", "\r"}) {
    EXPECT_EQ(escape_html(bad + "<"), std::string(kUnknown) + "&lt;");
  }
  EXPECT_EQ(escape_html(std::string_view("\0", 1)), kUnknown);
  for (const std::string bad : {"\xE2\x82", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80"}) {
    std::string want;
    for (size_t i = 0; i < bad.size(); ++i) want += kUnknown;
    EXPECT_EQ(escape_html(bad), want);
  }
}

// RFC 4648, section 10.
TEST(Html, Base64) {
  const std::string before = "data:image/png;base64,";
  EXPECT_EQ(uri_of(""), before);
  EXPECT_EQ(uri_of("f"), before + "Zg==");
  EXPECT_EQ(uri_of("fo"), before + "Zm8=");
  EXPECT_EQ(uri_of("foo"), before + "Zm9v");
  EXPECT_EQ(uri_of("foobar"), before + "Zm9vYmFy");
  EXPECT_EQ(uri_of("\xFB\xFF\xBE"), before + "+/++");
}

TEST(Html, Numbers) {
  EXPECT_EQ(readable(0.123456), "0.1235");
  EXPECT_EQ(readable(std::numeric_limits<double>::infinity()), "\xE2\x80\x93");
  EXPECT_EQ(percent(0.9731), "97.3 %");
  EXPECT_EQ(percent(std::nan("")), "\xE2\x80\x93");
}

}  // namespace
}  // namespace trecvit::report
