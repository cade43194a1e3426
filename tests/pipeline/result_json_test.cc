// Results as JSON: their fields, and numbers that are short, exact and independent of the locale.
#include "trecvit/pipeline/result_json.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "support/locales.h"
#include "trecvit/base/random.h"

namespace trecvit::test {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

VideoAnswer answer_of_seven_frames() {
  VideoAnswer answer;
  answer.source = "clip.npz";
  answer.logits = {0.1F, -2.5F};
  answer.probs = {0.9F, 0.1F};
  answer.frames = 7;
  answer.dropped = 1;
  answer.clips = 2;
  answer.seconds = 0.1 + 0.2;
  answer.faults.damaged_packets = 3;
  return answer;
}

TEST(ResultJson, ListsTheBestClassesInOrder) {
  const Json list = to_json(std::vector<Prediction>{{7, "petting cat", 0.7F}, {2, "2", 0.1F}});
  EXPECT_EQ(json_line(list), R"([{"index":7,"label":"petting cat","prob":0.7},{"index":2,"label":"2","prob":0.1}])");
  EXPECT_EQ(json_line(to_json(std::vector<Prediction>())), "[]") << "a list even without classes";
}

TEST(ResultJson, OfAVideo) {
  const VideoAnswer answer = answer_of_seven_frames();
  const Json object = to_json(answer, {{1, "run", 0.9F}}, /*logits=*/false);
  EXPECT_EQ(keys_of(object), (std::vector<std::string>{"schema", "source", "frames", "seconds", "clips",
                                                       "dropped_frames", "damaged_packets", "top"}));
  EXPECT_EQ(object.at("schema"), "trecvit.classify/1");
  EXPECT_EQ(object.at("source"), "clip.npz");
  EXPECT_EQ(object.at("frames"), 7);
  EXPECT_EQ(object.at("seconds"), 0.3);
  EXPECT_EQ(object.at("clips"), 2);
  EXPECT_EQ(object.at("dropped_frames"), 1);
  EXPECT_EQ(object.at("damaged_packets"), 3);
  EXPECT_EQ(object.at("top"), to_json(std::vector<Prediction>{{1, "run", 0.9F}}));
}

TEST(ResultJson, LogitsAreAllOnRequest) {
  const Json object = to_json(answer_of_seven_frames(), {}, /*logits=*/true);
  EXPECT_EQ(json_line(object.at("logits")), "[0.1,-2.5]");
  EXPECT_EQ(json_line(object.at("top")), "[]");
}

// A name of a file may hold any bytes; its line is valid JSON all the same.
TEST(ResultJson, ANameThatIsNotUtf8CanBePrinted) {
  VideoAnswer answer = answer_of_seven_frames();
  answer.source = "\xff\x1b[31m.mp4";
  const std::string line = json_line(to_json(answer, {{0, "l\xe4uft", 0.5F}}, false));
  const Json object = parse_json(line, "line");
  EXPECT_EQ(object.at("source"), "\xef\xbf\xbd\x1b[31m.mp4");
  EXPECT_EQ(object.at("top")[0].at("label"), "l\xef\xbf\xbduft");
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
}

TEST(Readable, HasSixDigits) {
  for (const auto& [value, want] : {std::pair{1234567.8, 1234570.0},
                                    {0.000123456789, 0.000123457},
                                    {-99.99997, -100.0},
                                    {999999.4, 999999.0},
                                    {1e300 / 3, 3.33333e299},
                                    {0.0, 0.0}}) {
    EXPECT_EQ(readable(value), want);
    EXPECT_EQ(readable(want), want) << "rounding again changes nothing";
  }
}

TEST(Readable, WhatIsNotFiniteStays) {
  EXPECT_EQ(readable(kInfinite), kInfinite);
  EXPECT_EQ(readable(-kInfinite), -kInfinite);
  EXPECT_TRUE(std::isnan(readable(NAN)));
}

TEST(ReadableTime, LosesTheNoiseAlone) {
  EXPECT_NE(0.1 + 0.2, 0.3);
  EXPECT_EQ(readable_time(0.1 + 0.2), 0.3);
  EXPECT_EQ(readable_time(3 * 0.04), 0.12);
  EXPECT_EQ(readable_time(1.000000001), 1.000000001) << "a nanosecond is kept";
  EXPECT_EQ(readable_time(1e-10), 0);
  EXPECT_EQ(readable_time(-0.25), -0.25);
  EXPECT_EQ(readable_time(1e15), 1e15) << "the latest time of a stream";
}

TEST(Shortest, IsTheDecimalThatAFloatCameFrom) {
  EXPECT_NE(static_cast<double>(0.1F), 0.1);
  EXPECT_EQ(shortest(0.1F), 0.1);
  EXPECT_EQ(shortest(-16777216.0F), -16777216.0);
  EXPECT_EQ(shortest(3.4028235e38F), 3.4028235e38) << "the largest one";
  EXPECT_EQ(shortest(1e-45F), 1e-45) << "the smallest one";
  EXPECT_EQ(json_line(Json(shortest(0.3F))), "0.3");
}

TEST(Shortest, ConvertsBackToTheSameFloat) {
  const RandomStream random(11, "shortest");
  int tested = 0;
  for (uint64_t i = 0; i < 20000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<uint32_t>(random.bits(i)));
    if (!std::isfinite(value)) continue;
    ++tested;
    const auto back = static_cast<float>(shortest(value));
    ASSERT_EQ(std::bit_cast<uint32_t>(back), std::bit_cast<uint32_t>(value)) << value;
  }
  EXPECT_GT(tested, 19000);
}

TEST(Shortest, WhatIsNotFiniteStays) {
  EXPECT_EQ(shortest(std::numeric_limits<float>::infinity()), kInfinite);
  EXPECT_TRUE(std::isnan(shortest(NAN)));
}

std::string numbers_as_json() {
  return json_line(to_json(answer_of_seven_frames(), {{1234, "run", 0.1F}}, true)) +
         json_line(Json{readable(1234567.8), readable_time(1234.5), shortest(1e-7F)});
}

TEST(ResultJson, IsIndependentOfTheLocale) {
  const std::string want = numbers_as_json();
  {
    const CppLocale locale;
    EXPECT_EQ(numbers_as_json(), want);
  }
  const CLocale locale("de_DE");
  if (!locale.set()) GTEST_SKIP() << "no de_DE here: it needs localedef and the package locales";
  EXPECT_EQ(numbers_as_json(), want);
}

}  // namespace
}  // namespace trecvit::test
