#include "trecvit/config/label_file.h"

#include <gtest/gtest.h>

#include "support/errors.h"
#include "support/fuzz_labels.h"
#include "support/replay.h"
#include "trecvit/config/known_labels.h"

namespace trecvit {
namespace {

using Names = std::vector<std::string>;

Names parse_labels(std::string_view text, int64_t classes = 2) { return parse_label_file(text, "l.txt", classes); }

TEST(LabelFile, Corpus) { test::replay("labels", test::fuzz_labels); }

TEST(LabelFile, OneNamePerLine) {
  const Names want = {"riding a bike", "walk"};
  for (const char* text : {"riding a bike\nwalk\n", "riding a bike\nwalk", "\xef\xbb\xbfriding a bike\r\nwalk\r\n",
                           "  riding a bike \nwalk\t\n\n\n"})
    EXPECT_EQ(parse_labels(text), want) << text;
  EXPECT_EQ(parse_labels("Straße\n走路\n"), (Names{"Straße", "走路"}));
  EXPECT_EQ(parse_labels("one\n"), Names{"one"});
}

TEST(LabelFile, NumbersAreIndices) {
  const Names want = {"walk", "riding a bike", "box"};
  for (const char* text :
       {"0 walk\n1 riding a bike\n2 box\n", "1 walk\n2 riding a bike\n3 box\n", "2,box\n0,walk\n1,riding a bike\n",
        "id,name\n0,walk\n1,riding a bike\n2,box\n", "name\tid\nwalk\t0\nriding a bike\t1\nbox\t2\n",
        "walk,0\n\"riding a bike\",1\nbox, 2\n", "0: walk\n1: riding a bike\n2: box\n",
        "0. walk\n1. riding a bike\n2. box\n", "1) walk\n2) riding a bike\n3) box\n",
        "0;walk\n1;riding a bike\n2;box\n", "walk: 0\nriding a bike: 1\nbox: 2\n",
        "names:\n  0: walk\n  1: 'riding a bike'\n  2: box\n", "walk 0\nriding a bike 1\nbox 2\n"})
    EXPECT_EQ(parse_labels(text), want) << text;
  // These are names: numbers that are missing, come twice, or stand alone.
  for (const Names& names :
       {Names{"100 m run", "200 m run"}, Names{"1 walk", "1 run"}, Names{"0", "1"}, Names{"1 walk"},
        Names{"0 walk", "run"}, Names{"2 walk", "3 run"}, Names{"class 0", "class 1"}, Names{"player 1", "player 2"}}) {
    std::string text;
    for (const auto& name : names) text += name + "\n";
    EXPECT_EQ(parse_labels(text), names);
  }
}

TEST(LabelFile, MarksOfOtherFormatsAreRemoved) {
  const Names want = {"riding a bike", "it's"};
  for (const char* text : {"\"riding a bike\"\n\"it's\"\n", "'riding a bike'\nit's\n", "- riding a bike\n- it's\n",
                           "names:\n- riding a bike\n- \"it's\"\n", "\"0\",\"riding a bike\"\n\"1\",\"it's\"\n"})
    EXPECT_EQ(parse_labels(text), want) << text;
  // Not all lines are items of a list, and quotes that do not go around the whole name stay.
  EXPECT_EQ(parse_labels("- walk\nrun\n"), (Names{"- walk", "run"}));
  EXPECT_EQ(parse_labels("\"a\" or \"b\"\n'n' roll\n"), (Names{"\"a\" or \"b\"", "'n' roll"}));
}

// A number before a colon is a class number only if a blank follows and all numbers are present.
TEST(LabelFile, NumbersInNamesStay) {
  for (const Names& names :
       {Names{"1:00 pm", "2:30 pm"}, Names{"16:9", "4:3"}, Names{"0:1", "1:0"}, Names{"Room: 101", "Room: 102"},
        Names{"1:1 talk", "2:1 talk"}, Names{"#1 fan", "#2 fan"}, Names{"3. act", "5. act"}, Names{"2; a", "4; b"}})
    EXPECT_EQ(parse_labels(names[0] + "\n" + names[1] + "\n"), names);
  EXPECT_EQ(parse_labels("0: walk\n1: run\n"), (Names{"walk", "run"}));
  EXPECT_EQ(parse_labels("2. walk\n1. run\n"), (Names{"run", "walk"}));
}

TEST(LabelFile, CommentsAreSkippedIfTheNamesAreComplete) {
  const Names want = {"walk", "jump"};
  for (const char* text : {"# names\nwalk\njump\n", "walk\n\njump\n", "# names\n\nwalk\n#\njump\n# end\n",
                           "# names\nid,name\n0,walk\n1,jump\n", "# names\n1 jump\n0 walk\n"})
    EXPECT_EQ(parse_labels(text), want) << text;
  EXPECT_EQ(parse_labels("\"# one\"\nwalk\n"), (Names{"# one", "walk"}));
  EXPECT_EQ(parse_labels("0 #one\n1 walk\n"), (Names{"#one", "walk"}));
  for (const char* text : {"# names\nwalk\n", "walk\n# names\na\nb\n"})
    test::expect_error(ErrorKind::kInput,
                       {"expected 2 class names", "without the lines that begin with '#'", "in quotes"},
                       [text] { parse_labels(text); });
  test::expect_error(ErrorKind::kInput, {"[l.txt:1]", "got 0"}, [] { parse_labels("# names\n\n"); });
}

TEST(LabelFile, ErrorsNameTheLine) {
  const auto refused = [](std::string_view text, const Names& parts) {
    test::expect_error(ErrorKind::kInput, parts, [text] { parse_labels(text); });
  };
  refused("", {"[l.txt]", "none"});
  refused("\n \n", {"[l.txt]", "none"});
  refused("a\n\nb\nc\n", {"[l.txt:2]", "empty line", "3 names for 2 classes"});
  refused("0,walk\n0,jump\n", {"[l.txt:2]", "each class number once", "'0,jump'"});
  refused("0: walk\n2: jump\n", {"[l.txt]", "without a gap, got 2 of them from 0 to 2"});
  refused("walk,1\njump,1\n", {"[l.txt:2]", "'jump,1'"});
  refused("0,walk\n1,walk\n", {"[l.txt:2]", "'walk'", "classes 0 and 1"});
  refused("walk\n\"\"\n", {"[l.txt:2]", "an empty one"});
  refused("a\nb\na \n", {"[l.txt:3]", "'a'", "classes 0 and 2"});
  refused(
      "a\nr\xe9"
      "sum\xe9\n",
      {"[l.txt:2]", "UTF-8", "0xe9", "'r'"});
  refused(std::string_view("a\nb\0c\n", 6), {"[l.txt:2]", "zero byte"});
  refused(std::string_view("\xff\xfe"
                           "a\0\n\0",
                           6),
          {"[l.txt]", "UTF-16", "iconv"});
  refused(std::string_view("\xff\xfe\0\0a\0\0\0\n\0\0\0", 12), {"[l.txt]", "UTF-32", "iconv"});
  refused(std::string_view("a\0\n\0", 4), {"[l.txt]", "UTF-16LE", "iconv"});
  refused("{\"walk\": 0}\n", {"[l.txt]", "JSON", "NUMBER NAME"});
  refused("[\"walk\"]\n", {"JSON"});
}

// The official lists are sorted, which is how the classes of a list of clips are numbered.
TEST(LabelFile, KnownListsAreSortedAndAccepted) {
  for (const auto& [name, count] : {std::pair{"kinetics400", 400}, std::pair{"ssv2", 174}}) {
    const Names names = parse_labels(*known_labels(name));
    EXPECT_EQ(std::ssize(names), count);
    EXPECT_TRUE(std::is_sorted(names.begin(), names.end())) << name;
  }
}

}  // namespace
}  // namespace trecvit
