#include "trecvit/data/manifest.h"

#include "data/manifest_test.h"
#include "support/fuzz_manifest.h"
#include "support/replay.h"

namespace trecvit {
namespace {

using test::Names;
using test::parse_list;

TEST(Manifest, Corpus) { test::replay("manifest", test::fuzz_manifest); }

TEST(Manifest, CsvByNamesOfColumns) {
  const Manifest manifest = parse_list("fps,label,path,group\n25,bend,\"a, b.mp4\",p0\n30,jack,c.mp4,p1\n");
  ASSERT_EQ(manifest.rows.size(), 2u);
  EXPECT_EQ(manifest.rows[0].path, "a, b.mp4");
  EXPECT_EQ(manifest.rows[1].label, "jack");
  EXPECT_EQ(manifest.rows[1].group, "p1");
  EXPECT_EQ(manifest.rows[1].split, "");
  EXPECT_EQ(manifest.rows[1].line, 3);
  EXPECT_EQ(manifest.understood, "CSV with the columns label, path, group; ignored: fps");
}

TEST(Manifest, OfficialKinetics) {
  const Manifest manifest = parse_list("label,youtube_id,time_start,time_end,split\ndrumming,--0edUL8zmA,7,17,train\n");
  EXPECT_EQ(manifest.rows[0].path, "--0edUL8zmA_000007_000017.mp4");
  EXPECT_EQ(manifest.rows[0].split, "train");
}

TEST(Manifest, ListsOfLines) {
  const Manifest plain = parse_list("my clip.mp4 3\r\n\nb.mp4\t10\n");
  EXPECT_EQ(plain.rows[0].path, "my clip.mp4");
  EXPECT_EQ(plain.rows[1].path, "b.mp4");
  EXPECT_EQ(plain.rows[1].label, "10");
  EXPECT_EQ(plain.rows[1].line, 3);
  EXPECT_EQ(plain.understood, "list of lines 'PATH LABEL'");
  const Manifest frames = parse_list("a b 120 0\nc 80 1\n");
  EXPECT_EQ(frames.rows[0].path, "a b");
  EXPECT_EQ(frames.rows[0].label, "0");
  EXPECT_EQ(frames.understood, "list of lines 'FOLDER FRAMES LABEL'");
  const Manifest unlabelled = parse_list("a.mp4 0 -1\nb.mp4 0 -1\n");
  EXPECT_EQ(unlabelled.rows[1].path, "b.mp4");
  EXPECT_EQ(number_labels(unlabelled, false).classes, Names{"0"});
}

TEST(Manifest, PathsAlone) {
  const Manifest paths = parse_list("a.mp4\n\nmy clips/b c.NPZ \r\n");
  ASSERT_EQ(paths.rows.size(), 2U);
  EXPECT_EQ(paths.rows[1].path, "my clips/b c.NPZ");
  EXPECT_EQ(paths.rows[1].line, 3);
  EXPECT_EQ(paths.understood, "list of paths, without labels");
  EXPECT_EQ(number_labels(paths, false).classes, Names{"0"});
  // One line with a label makes this a list with labels, in which the other lines lack theirs.
  const Manifest some = parse_list("a.mp4\nb.mp4 1\n");
  test::expect_error(ErrorKind::kInput, {"[m.txt:1]", "a label for 'a.mp4'"}, [&] { number_labels(some, false); });
  // The length of lines is limited before their folders are examined.
  std::string deep;
  while (deep.size() <= (size_t{1} << 20)) deep += "a/";
  test::expect_error(ErrorKind::kInput, {"[m.txt:2]", "at most 1048576 bytes"},
                     [&] { parse_list("a.mp4\n" + deep + "b.mp4\n"); });
}

TEST(Manifest, CsvWithoutLabels) {
  for (const char* text :
       {"path,group,split\na.mp4,p0,train\nb.mp4,p1,val\n", "group,\"path\",split\np0,a.mp4,train\np1,b.mp4,val\n",
        "path,label,group,split\na.mp4,,p0,train\nb.mp4,,p1,val\n"}) {
    const Manifest clips = parse_list(text);
    ASSERT_EQ(clips.rows.size(), 2U) << text;
    EXPECT_EQ(clips.rows[1].path, "b.mp4");
    EXPECT_EQ(clips.rows[1].group, "p1");
    EXPECT_EQ(clips.rows[1].split, "val");
    EXPECT_NE(clips.understood.find("; without labels"), std::string::npos) << clips.understood;
    EXPECT_EQ(number_labels(clips, false).classes, Names{"0"});
  }
  EXPECT_FALSE(parse_list("path,length\na.mp4,x\n").labelled);
  EXPECT_EQ(parse_list("path\r\nframes of a\r\n").rows[0].path, "frames of a");
  EXPECT_EQ(parse_list("youtube_id,time_start,time_end,split\nx,7,17,test\n").rows[0].path, "x_000007_000017.mp4");
}

TEST(Manifest, SaysWhatALineShouldLookLike) {
  using test::expect_error;
  expect_error(ErrorKind::kInput, {"[m.txt:2]", "PATH LABEL", "path and label", "'b.mp4,1'"},
               [] { parse_list("a.mp4 0\nb.mp4,1\n"); });
  expect_error(ErrorKind::kInput, {"[m.txt:1]", "path,label", "youtube_id", "'xid,label'"},
               [] { parse_list("xid,label\na,b\n"); });
  expect_error(ErrorKind::kInput, {"[m.txt:2]", "a path"}, [] { parse_list("path,label\n,b\n"); });
  expect_error(ErrorKind::kInput, {"[m.txt:2]", "whole seconds", "'7.5'"},
               [] { parse_list("label,youtube_id,time_start,time_end\nx,y,7.5,9\n"); });
  expect_error(ErrorKind::kInput, {"[m.txt:3]", "a label for 'b'"},
               [] { number_labels(parse_list("path,label\na,x\nb,\n"), false); });
}

TEST(Manifest, NumbersAreSortedAsNumbersAndTextAsText) {
  const auto numbers = number_labels(parse_list("a 10\nb 9\nc 010\n"), false);
  EXPECT_EQ(numbers.classes, (Names{"9", "10"}));
  EXPECT_EQ(numbers.of_row, (std::vector<std::vector<int64_t>>{{1}, {0}, {1}}));
  const auto mixed = number_labels(parse_list("a 10\nb 9\nc walk\n"), false);
  EXPECT_EQ(mixed.classes, (Names{"10", "9", "walk"}));
}

TEST(Manifest, SeveralLabels) {
  const Manifest manifest = parse_list("path,label\na,run; jump;run\nb,jump\n");
  const auto several = number_labels(manifest, true);
  EXPECT_EQ(several.classes, (Names{"jump", "run"}));
  EXPECT_EQ(several.of_row[0], (std::vector<int64_t>{0, 1}));
  // A name is one label unless a part of it is a label by itself.
  EXPECT_EQ(number_labels(parse_list("path,label\na,run; jump;run\nb,walk\n"), false).classes,
            (Names{"run; jump;run", "walk"}));
  EXPECT_TRUE(has_several_labels(manifest));
  test::expect_error(ErrorKind::kInput, {"[m.txt:2]", "one label for 'a'", "'run; jump;run'", "multi_label"},
                     [&] { number_labels(manifest, false); });
}

}  // namespace
}  // namespace trecvit
