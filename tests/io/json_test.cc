#include "trecvit/io/json.h"

#include <gtest/gtest.h>

#include <limits>
#include <utility>

#include "io/hostile.h"
#include "support/errors.h"
#include "support/fuzz_entries.h"

namespace trecvit {
namespace {

using test::expect_error;

void expect_json_refused(const std::string& text, const std::vector<std::string>& words) {
  SCOPED_TRACE(text.substr(0, 80));
  auto all = words;
  all.push_back("[config.json]");
  expect_error(ErrorKind::kInput, all, [&] { parse_json(text, "config.json"); });
}

std::string nested(size_t depth, const std::string& open, const std::string& close) {
  std::string text;
  for (size_t i = 0; i < depth; ++i) text += open;
  text += "0";
  for (size_t i = 0; i < depth; ++i) text += close;
  return text;
}

TEST(Json, KeepsValuesAndTheOrderOfKeys) {
  const std::string text = R"({"b":[1,-2,3.5,true,null,"\u00e4"],"a":{"z":18446744073709551615,"y":{}}})";
  const Json value = parse_json(" " + text + "\n", "config.json");
  EXPECT_EQ(value.dump(-1, ' ', true), text);
  EXPECT_EQ(value.begin().key(), "b");
  EXPECT_EQ(value["a"]["z"].get<uint64_t>(), UINT64_MAX);
}

TEST(Json, SingleValuesAreJson) {
  EXPECT_EQ(parse_json("3", "w"), 3);
  EXPECT_EQ(parse_json("\"text\"", "w"), "text");
  EXPECT_TRUE(parse_json("[]", "w").empty());
}

TEST(Json, RefusesSyntaxErrorsWithTheirPlace) {
  expect_json_refused("", {"an empty file", "truncated download?"});
  expect_json_refused(" \n\t", {"only blanks"});
  expect_json_refused("{\"a\":1,}", {"an error at byte 8 in line 1, the end of '{\"a\":1,}'"});
  expect_json_refused("{\n \"a\": 1\n \"b\"", {"in line 3, the end of ' \"b\"'"});
  expect_json_refused("{\n\"a\":1", {"the end of the text after byte 7 in line 2"});
  expect_json_refused("{\"a\":\"\n\"}", {"byte 7"});
  expect_json_refused("{\"a\":1} x", {"byte 9"});
  expect_json_refused("{'a':1}", {"byte 2"});
  expect_json_refused("// words\n1", {"byte 1"});
  expect_json_refused("[1 2]", {"byte 4"});
  expect_json_refused("NaN", {"byte 1"});
  expect_json_refused(std::string("1\0", 2), {"zero byte at byte 2"});
  expect_json_refused(std::string("{}\0hidden", 9), {"zero byte at byte 3"});
  expect_json_refused("\"\xff\"", {"byte 2", "UTF-8"});
  expect_json_refused("\"\xc0\x80\"", {"UTF-8"});
  expect_json_refused("\"\\ud800\"", {"byte"});
  expect_json_refused("\xef\xbb\xbf{}", {"byte order mark"});
  expect_json_refused(std::string("\xff\xfe{\0}\0", 6), {"UTF-16", "iconv"});
  expect_json_refused(std::string("{\0}\0", 4), {"UTF-16LE", "iconv"});
}

TEST(Json, RefusesDuplicateKeysAtAnyLevel) {
  expect_json_refused(R"({"a":1,"a":1})", {"\"a\" twice"});
  expect_json_refused(R"([{"x":{"b":1,"c":{"b":2},"b":3}}])", {"\"b\" twice"});
  expect_json_refused(R"({"a":1,"\u0061":2})", {"\"a\" twice"});
  EXPECT_NO_THROW(parse_json(R"([{"a":1},{"a":{"a":2}}])", "w"));
}

TEST(Json, RefusesDeepNestingWithoutRecursing) {
  EXPECT_NO_THROW(parse_json(nested(32, "[", "]"), "w"));
  EXPECT_NO_THROW(parse_json(nested(32, "{\"k\":", "}"), "w"));
  expect_json_refused(nested(33, "[", "]"), {"32 levels"});
  expect_json_refused(nested(33, "{\"k\":", "}"), {"32 levels"});
  expect_json_refused(std::string(1'000'000, '['), {"32 levels"});
}

TEST(Json, RefusesNumbersThatDoNotFit) {
  expect_json_refused("1e400", {"1e400"});
  expect_json_refused("[-1e400]", {"-1e400"});
  expect_json_refused("18446744073709551616", {"fits", "18446744073709551616"});
  expect_json_refused("-9223372036854775809", {"fits"});
  EXPECT_EQ(parse_json("-9223372036854775808", "w").get<int64_t>(), INT64_MIN);
  EXPECT_EQ(parse_json("1e-400", "w").get<double>(), 0.0);
  EXPECT_EQ(parse_json("18446744073709551616.0", "w").get<double>(), 0x1p64);
}

TEST(Json, ManyKeysTakeLinearTime) {
  // Quadratic time would be minutes here.
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i) text += fmt::format("\"k{}\":0,", i);
  text.back() = '}';
  EXPECT_EQ(parse_json(text, "w").size(), 200'000u);
}

TEST(Json, RefusesMoreValuesThanAnyHeaderHas) {
  std::string text = "[";
  for (int i = 0; i < (1 << 20) + 1; ++i) text += "0,";
  text.back() = ']';
  expect_json_refused(text, {"1048576"});
}

TEST(Json, MessagesShowHostileTextSafely) {
  try {
    parse_json("{\"\\u001b[31m\":1,\"\\u001b[31m\":1}", "w");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\x1b'), std::string::npos);
  }
}

// The parser's own messages name its exceptions.
TEST(Json, EveryErrorHasOurGrammar) {
  const std::string text = R"({"width":768,"a":[1,-2.5e3,true,null,"\u00e4\n"]})";
  for (uint64_t i = 0; i < 2000; ++i) {
    const std::string changed = test::mutated(text, i);
    try {
      parse_json(changed, "w");
    } catch (const Error& error) {
      EXPECT_EQ(std::string_view(error.what()).find("exception"), std::string_view::npos) << error.what();
      EXPECT_EQ(std::string_view(error.what()).find("parse error"), std::string_view::npos) << error.what();
    }
  }
}

TEST(Json, MutationsAndPrefixesEndInAValueOrAnError) {
  const std::string text = R"({"width":768,"heads":[1,2.5e3,-7],"name":"tr\u00e4\n","deep":{"a":{"b":[null,true]}}})";
  for (size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(test::fuzz_json(test::as_bytes(text.substr(0, length)))) << length;
  }
  EXPECT_TRUE(test::fuzz_json(test::as_bytes(text)));
  for (uint64_t i = 0; i < 4000; ++i) EXPECT_NO_THROW(test::fuzz_json(test::as_bytes(test::mutated(text, i)))) << i;
}

// Numbers for which Grisu2, which nlohmann prints with, takes 17 digits.
TEST(JsonLine, NumbersAreAsShortAsTheyCanBe) {
  for (const auto& [value, text] : {std::pair{0.886573, "0.886573"},
                                    {1.11129, "1.11129"},
                                    {4.92984, "4.92984"},
                                    {1.13871, "1.13871"},
                                    {0.90131, "0.90131"},
                                    {5.0, "5.0"},
                                    {-0.0, "-0.0"},
                                    {1e-7, "1e-07"},
                                    {1e300, "1e+300"},
                                    {7 / 30.0, "0.23333333333333334"}}) {
    EXPECT_EQ(json_line(value), text);
    EXPECT_EQ(parse_json(json_line(value), "line").get<double>(), value);
  }
  EXPECT_EQ(
      json_line(
          {{"a", {1, 2.5, nullptr}}, {"b", {{"c", "d\"e"}}}, {"e", Json::array()}, {"f", Json::object()}, {"g", true}}),
      R"({"a":[1,2.5,null],"b":{"c":"d\"e"},"e":[],"f":{},"g":true})");
  EXPECT_EQ(json_line(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(json_line("\xff"), "\"\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace trecvit
