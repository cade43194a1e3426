#include "trecvit/io/progress.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>

#include "support/errors.h"
#include "trecvit/io/json.h"

namespace trecvit::test {
namespace {

// A progress line with a clock that the test sets, and the text written so far.
class Shown {
 public:
  Shown(ProgressMode mode, std::optional<int64_t> total)
      : progress_(
            std::make_unique<Progress>(mode, Work{"train a\nb", "steps", total}, file_, [this] { return seconds_; })) {}
  ~Shown() { std::fclose(file_); }

  void advance(double seconds, int64_t units, std::span<const ProgressValue> values = {}) {
    seconds_ += seconds;
    progress_->advance(units, values);
  }
  void end() { progress_.reset(); }
  std::string text() {
    std::string text(static_cast<size_t>(std::ftell(file_)), '\0');
    EXPECT_EQ(std::fseek(file_, 0, SEEK_SET), 0);
    EXPECT_EQ(std::fread(text.data(), 1, text.size(), file_), text.size());
    return text;
  }

 private:
  std::FILE* file_ = std::tmpfile();
  double seconds_ = 0;
  std::unique_ptr<Progress> progress_;
};

TEST(Progress, PlainLinesTenSecondsApart) {
  Shown shown(ProgressMode::kPlain, 200);
  shown.advance(9, 40);
  EXPECT_EQ(shown.text(), "");
  const std::array<ProgressValue, 1> values{{{"loss", 1.25}}};
  shown.advance(1, 10, values);
  shown.advance(5, 50);
  EXPECT_EQ(shown.text(), "train a?b: 50/200 steps (25 %), 5 steps/s, loss 1.25, 30 s left\n");
}

// Work done earlier counts for the total but not for the rate.
TEST(Progress, ContinuesFromEarlierWork) {
  double seconds = 0;
  std::FILE* const file = std::tmpfile();
  std::string text(200, '\0');
  {
    Progress progress(ProgressMode::kPlain, {"train a", "steps", 500, 24}, file, [&seconds] { return seconds; });
    seconds = 11;
    progress.advance(22);
    text.resize(static_cast<size_t>(std::ftell(file)));
    std::rewind(file);
    EXPECT_EQ(std::fread(text.data(), 1, text.size(), file), text.size());
  }
  std::fclose(file);
  EXPECT_EQ(text, "train a: 46/500 steps (9 %), 2 steps/s, 3 min 47 s left\n");
}

TEST(Progress, WithoutATotal) {
  Shown shown(ProgressMode::kPlain, std::nullopt);
  shown.advance(10, 50);
  EXPECT_EQ(shown.text(), "train a?b: 50 steps, 5 steps/s\n");
}

TEST(Progress, LongTimesAreReadable) {
  Shown minutes(ProgressMode::kPlain, 200), hours(ProgressMode::kPlain, 20000);
  minutes.advance(100, 50);
  hours.advance(100, 100);
  EXPECT_NE(minutes.text().find("5 min 00 s left"), std::string::npos) << minutes.text();
  EXPECT_NE(hours.text().find("5 h 31 min left"), std::string::npos) << hours.text();
}

TEST(Progress, ALineIsErasedAtTheEnd) {
  Shown shown(ProgressMode::kLine, 4);
  shown.advance(1, 1);
  shown.advance(0.01, 1);  // too soon to be drawn
  EXPECT_EQ(shown.text(), "train a?b: 1/4 steps (25 %), 1 steps/s, 3 s left");
  shown.advance(1, 1);
  shown.end();
  const std::string text = shown.text();
  EXPECT_NE(text.find("\r\x1b[Ktrain a?b: 3/4"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("\r\x1b[K")) << text;
}

TEST(Progress, JsonObjects) {
  Shown shown(ProgressMode::kJson, 10);
  const std::array<ProgressValue, 1> values{{{"loss", 0.5}}};
  shown.advance(2, 4, values);
  const Json object = parse_json(shown.text(), "progress");
  EXPECT_EQ(object["schema"], "trecvit.progress/1");
  EXPECT_EQ(object["what"], "train a\nb");
  EXPECT_EQ(object["done"], 4);
  EXPECT_EQ(object["total"], 10);
  EXPECT_EQ(object["left_s"], 3.0);
  EXPECT_EQ(object["loss"], 0.5);
}

TEST(Progress, NoneAndWords) {
  Shown shown(ProgressMode::kNone, 10);
  shown.advance(100, 4);
  EXPECT_EQ(shown.text(), "");
  EXPECT_EQ(parse_word<ProgressMode>("json", "--progress"), ProgressMode::kJson);
  EXPECT_THROW(parse_word<ProgressMode>("line", "--progress"), Error);
}

}  // namespace
}  // namespace trecvit::test
