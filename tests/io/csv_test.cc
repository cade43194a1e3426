#include "trecvit/io/csv.h"

#include <gtest/gtest.h>

#include "support/errors.h"

namespace trecvit {
namespace {

using Fields = std::vector<std::string>;

TEST(Csv, ReadsQuotesLineEndsAndBlankLines) {
  CsvReader csv(
      "\xef\xbb\xbf"
      "a,b\r\n\n\"x, \"\"y\"\"\nz\",\r\n1, 2 ",
      "t.csv");
  EXPECT_EQ(csv.header(), (Fields{"a", "b"}));
  EXPECT_EQ(csv.column("b"), 1u);
  EXPECT_FALSE(csv.column("c"));
  const auto first = csv.next(), second = csv.next();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->fields, (Fields{"x, \"y\"\nz", ""}));
  EXPECT_EQ(first->line, 3);
  EXPECT_EQ(second->fields, (Fields{"1", " 2 "}));
  EXPECT_EQ(second->line, 5);  // the field before held a line feed
  EXPECT_FALSE(csv.next());
}

TEST(Csv, SaysWhereItIsWrong) {
  const auto read = [](std::string_view text) {
    return [text] {
      CsvReader csv(text, "t.csv", {.max_rows = 2, .max_record_bytes = 64, .max_columns = 3});
      while (csv.next()) {
      }
    };
  };
  using test::expect_error;
  expect_error(ErrorKind::kInput, {"[t.csv]", "header"}, read("\n\n"));
  expect_error(ErrorKind::kInput, {"[t.csv:1]", "'a' twice"}, read("a,b,a\n"));
  expect_error(ErrorKind::kInput, {"[t.csv:3]", "2 fields", "(a,b)", "got 3"}, read("a,b\n1,2\n1,2,3\n"));
  expect_error(ErrorKind::kInput, {"[t.csv:2:4]", "quote"}, read("a,b\n1,2\"\n"));
  expect_error(ErrorKind::kInput, {"[t.csv:2:4]", "after a closing quote"}, read("a,b\n\"1\"x,2\n"));
  expect_error(ErrorKind::kInput, {"closing quote"}, read("a,b\n\"1,2\n"));
  expect_error(ErrorKind::kInput, {"zero byte"}, read(std::string_view("a\n\0\n", 4)));
  expect_error(ErrorKind::kInput, {"[t.csv:4]", "at most 2 rows"}, read("a\n1\n2\n3\n"));
  expect_error(ErrorKind::kInput, {"at most 3 columns"}, read("a,b,c,d\n"));
  const std::string longer = "a\n" + std::string(65, 'x') + "\n", quoted = "a\n\"" + std::string(65, 'x') + "\"\n";
  expect_error(ErrorKind::kInput, {"at most 64 bytes"}, read(longer));
  expect_error(ErrorKind::kInput, {"at most 64 bytes"}, read(quoted));
}

}  // namespace
}  // namespace trecvit
