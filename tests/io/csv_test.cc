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

TEST(Csv, LooseTablesAsPeopleWriteThem) {
  CsvReader csv("# by hand\n a ; \"b\" ;;\n1; 2 \n #3;4\n ; \n\" 5 \" ;6;;\n", "t.csv",
                {.separator = ';', .loose = true});
  EXPECT_EQ(csv.header(), (Fields{"a", "b"}));
  EXPECT_EQ(csv.header_line(), 2);
  EXPECT_EQ(csv.next()->fields, (Fields{"1", "2"}));
  const auto last = csv.next();
  ASSERT_TRUE(last);
  EXPECT_EQ(last->fields, (Fields{" 5 ", "6"}));
  EXPECT_EQ(last->line, 6);
  EXPECT_FALSE(csv.next());
  EXPECT_EQ(csv.remarks(), 2);
  CsvReader tabs("a\tb\n\t2\n1\t\n", "t.csv", {.separator = '\t', .loose = true});
  EXPECT_EQ(tabs.next()->fields, (Fields{"", "2"}));
  EXPECT_EQ(tabs.next()->fields, (Fields{"1", ""}));
}

TEST(Csv, ErrorsNameLineAndColumn) {
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
  expect_error(ErrorKind::kInput, {"[t.csv:3:5]", "quote"}, read("a,b\n\"1\n2\",3\"\n"));
  expect_error(ErrorKind::kInput, {"[t.csv:1:4]", "line feed", "carriage return"}, read("a,b\r1,2\r"));
  expect_error(ErrorKind::kInput, {"closing quote"}, read("a,b\n\"1,2\n"));
  expect_error(ErrorKind::kInput, {"zero byte"}, read(std::string_view("a\n\0\n", 4)));
  expect_error(ErrorKind::kInput, {"[t.csv:4]", "at most 2 rows"}, read("a\n1\n2\n3\n"));
  expect_error(ErrorKind::kInput, {"at most 3 columns"}, read("a,b,c,d\n"));
  const std::string longer = "a\n" + std::string(65, 'x') + "\n", quoted = "a\n\"" + std::string(65, 'x') + "\"\n";
  expect_error(ErrorKind::kInput, {"at most 64 bytes"}, read(longer));
  expect_error(ErrorKind::kInput, {"at most 64 bytes"}, read(quoted));
}

TEST(Csv, CountsLinesAndColumnsAcrossAllLineEnds) {
  const auto expect_place = [](const std::string& place, std::string_view text) {
    test::expect_error(ErrorKind::kInput, {"[t.csv:" + place + "]"}, [&] {
      CsvReader csv(text, "t.csv");
      while (csv.next()) {
      }
    });
  };
  expect_place("3:5", "a,b\n\"1\n2\",3\"\n");         // a line feed inside quotes
  expect_place("5:2", "a,b\n\"1\r\n\n2\",3\n4\"\n");  // several, and the row after them
  expect_place("2:4", "a,b\r\n1,2\"\r\n");
  expect_place("4:4", "a,b\n\n\r\n1,2\"");
  expect_place("1:4",
               "\xef\xbb\xbf"
               "a,b\"\n");
  expect_place("3:3", "a,b\n\"1\n23");
  expect_place("2:3", std::string_view("a,b\n1,\0", 7));
}

TEST(Csv, FieldsAreReadAsTheyWereWritten) {
  const std::vector<std::string> fields = {"plain", "", "a,b", "say \"x\"", "two\r\nlines", "\"", " blank "};
  std::string text = "a,b,c,d,e,f,g\n";
  for (const auto& field : fields) text += (text.ends_with('\n') ? "" : ",") + csv_field(field);
  CsvReader csv(text, "t.csv");
  EXPECT_EQ(csv.next()->fields, fields);
  EXPECT_EQ(csv_field("plain"), "plain");
  EXPECT_EQ(csv_field("say \"x\""), "\"say \"\"x\"\"\"");
}

TEST(Csv, LimitsAreInclusive) {
  const std::string text = "a,b,c\n" + std::string(60, 'x') + ",1,2\n\"" + std::string(58, 'y') + "\",1,2\n";
  CsvReader csv(text, "t.csv", {.max_rows = 2, .max_record_bytes = 64, .max_columns = 3});
  EXPECT_TRUE(csv.next());
  EXPECT_TRUE(csv.next());
  EXPECT_FALSE(csv.next());
}

}  // namespace
}  // namespace trecvit
