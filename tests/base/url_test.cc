#include "trecvit/base/url.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/base/text.h"

namespace trecvit {
namespace {

TEST(Url, SchemesAreRecognised) {
  EXPECT_EQ(scheme_of("rtsp://camera/1"), "rtsp");
  EXPECT_EQ(scheme_of("HTTPS://host"), "https");
  EXPECT_EQ(scheme_of("svn+ssh://host"), "svn+ssh");
  for (const char* none : {"", "clip.mp4", "://host", "synthetic:moves", "a b://host", "1://host", "/dir/a://b"})
    EXPECT_EQ(scheme_of(none), "") << none;
}

TEST(Url, SecretsAreHidden) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"rtsp://user:pass@host:554/a/b", "rtsp://***@host:554/a/b"},
      {"rtsp://user@host/a", "rtsp://***@host/a"},
      {"rtsp://user:p@ss@host/a", "rtsp://***@host/a"},
      {"rtsp://user:p/ss@host/a", "rtsp://***@host/a"},
      {"rtsp://user:p?ss@host/a", "rtsp://***@host/a"},
      {"rtsp://user:p#ss@host/a", "rtsp://***@host/a"},
      {"http://host:8080/@name/a.mp4", "http://host:8080/@name/a.mp4"},
      {"http://[::1]:80/a@b", "http://[::1]:80/a@b"},
      {"srt://host:9000?mode=caller&passphrase=secret", "srt://host:9000?mode=***&passphrase=***"},
      {"https://host/a?token&b=", "https://host/a?***&b=***"},
      {"https://host/a#key", "https://host/a#***"},
      {"udp://239.0.0.1:1234", "udp://239.0.0.1:1234"},
      {"plain.mp4", "plain.mp4"},
      {"://user:pass@host", "://user:pass@host"},
      {"two: rtsp://a:b@c/1, then 'http://d:e@f/2'.", "two: rtsp://***@c/1, then 'http://***@f/2'."},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(without_secrets(text), expected);
    EXPECT_EQ(without_secrets(expected), expected);
  }
}

// Every message and every error passes through these.
TEST(Url, MessagesHideSecrets) {
  const std::string url = "rtsp://user:secret@host/a";
  EXPECT_EQ(terminal_text("read " + url), "read rtsp://***@host/a");
  EXPECT_EQ(printable(url), "rtsp://***@host/a");
  // The place at which long text is cut must not separate a password from its mark.
  EXPECT_EQ(printable(url, 15).find("secret"), std::string::npos);
  try {
    fail_input("http://host/a?key=secret", "expected a stream, got {}; try again", url);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "[http://host/a?key=***] expected a stream, got rtsp://***@host/a; try again");
  }
}

}  // namespace
}  // namespace trecvit
