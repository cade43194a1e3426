// Lists as other tools and people write them: they are read as intended, or refused with file and line.
#include <filesystem>

#include "data/manifest_test.h"
#include "trecvit/video/source_list.h"

namespace trecvit {
namespace {

using test::Names;
using test::parse_list;

// "a.mp4=walk b.mp4=jump"
std::string list_rows_of(const Manifest& manifest) {
  std::string out;
  for (const auto& row : manifest.rows) out += (out.empty() ? "" : " ") + row.path + "=" + row.label;
  return out;
}

TEST(ManifestForms, HeadersOfAllForms) {
  for (const std::string text : {"path,label\na.mp4,walk\nb.mp4,jump\n",
                                 "path\tlabel\na.mp4\twalk\nb.mp4\tjump\n",
                                 "path;label\na.mp4;walk\nb.mp4;jump\n",
                                 "path|label\na.mp4|walk\nb.mp4|jump\n",
                                 "path label\na.mp4 walk\nb.mp4 jump\n",
                                 "\xef\xbb\xbfpath label\r\na.mp4 walk\r\nb.mp4 jump\r\n",
                                 "path, label\na.mp4, walk\nb.mp4 , jump \n",
                                 "\"path\" , \"label\"\n \"a.mp4\" , \"walk\" \nb.mp4,jump\n",
                                 "path;label;\na.mp4;walk;\nb.mp4;jump;;\n;;\n",
                                 "Path,Label\na.mp4,walk\nb.mp4,jump\n",
                                 "filename,category\na.mp4,walk\nb.mp4,jump\n",
                                 "class\tvideo_path\nwalk\ta.mp4\njump\tb.mp4\n",
                                 ",clip,action\n0,a.mp4,walk\n1,b.mp4,jump\n",
                                 "video,label_id,label,fps\na.mp4,0,walk,25\nb.mp4,1,jump,25\n",
                                 "File Name,Class Name\na.mp4,walk\nb.mp4,jump\n",
                                 "# made by hand\n\npath,label\n# one\na.mp4,walk\n  # two\nb.mp4,jump\n",
                                 "# made by hand\na.mp4 walk\n#c.mp4 walk\nb.mp4 jump\n",
                                 "a.mp4\twalk\nb.mp4\tjump\t\n",
                                 " a.mp4  walk \n\tb.mp4\tjump\n",
                                 "\"a.mp4\" walk\nb.mp4 \"jump\"\n",
                                 "a.mp4 walk\xc2\xa0\nb.mp4\tjump \n",
                                 "path,label\na.mp4,walk\xc2\xa0\nb.mp4,\"jump \"\n"}) {
    const Manifest manifest = parse_list(text);
    EXPECT_EQ(list_rows_of(manifest), "a.mp4=walk b.mp4=jump") << text << manifest.understood;
    EXPECT_TRUE(manifest.labelled);
  }
}

TEST(ManifestForms, SaysHowItReadTheList) {
  const auto understood = [](const char* text) { return parse_list(text).understood; };
  EXPECT_EQ(understood("path\tlabel\na\tb\n"), "table with tabs and the columns path, label");
  EXPECT_EQ(understood("filename;class;x\na;b;c\n"),
            "table with ';' and the columns filename (path), class (label); ignored: x");
  EXPECT_EQ(understood("path,label\n#x\na,b\n#y\n"), "CSV with the columns path, label; 2 lines with # skipped");
  EXPECT_EQ(understood("#x\npath label\na.mp4 b\n"),
            "list of lines 'PATH LABEL'; header line skipped; 1 line with # skipped");
  EXPECT_EQ(understood("a.mp4 0 1\nb.mp4 3\n"), "list of lines 'PATH LABEL...', several labels");
  EXPECT_EQ(understood("a.mp4 -1\nb.mp4 -1\n"), "list of lines 'PATH -1', without labels");
  EXPECT_EQ(understood("a 0 -1\nb 0 -1\n"), "list of lines 'PATH 0 -1', without labels");
  EXPECT_EQ(understood("ApplyLipstick/v_1.avi\nArchery/v_2.avi\n"), "list of paths, without labels");
}

TEST(ManifestForms, LabelsWithBlanks) {
  EXPECT_EQ(list_rows_of(parse_list("a.mp4\triding a bike\nb.mp4\tbox\n")), "a.mp4=riding a bike b.mp4=box");
  EXPECT_EQ(list_rows_of(parse_list("my clip.mp4 \"riding a bike\"\nb.mp4 box\n")),
            "my clip.mp4=riding a bike b.mp4=box");
  test::expect_error(ErrorKind::kInput, {"[m.txt:2]", "one label after 'a.mp4'", "'riding a bike'", "path,label"},
                     [] { parse_list("b.mp4 box\na.mp4 riding a bike\n"); });
}

TEST(ManifestForms, OtherTextIsRefusedWithItsLine) {
  const auto refused = [](const std::string& text, const Names& parts) {
    test::expect_error(ErrorKind::kInput, parts, [&] { number_labels(parse_list(text), false); });
  };
  refused("xid\tlabel\na.mp4\twalk\n", {"[m.txt:1]", "a header with the columns", "xid"});
  refused("#\nvideo_id,action\na,b\n", {"[m.txt:2]", "video_id"});
  refused("21277;Putting a cup on a table\n1907;Moving a pen up\n", {"[m.txt:1]", "';'", "path;label"});
  refused("b.mp4 1\na.mp4,riding a bike\n", {"[m.txt:2]", "','", "path,label"});
  refused("a.mp4|riding a bike\n", {"[m.txt:1]", "'|'"});
  refused("a.mp4 0\rb.mp4 1\r", {"[m.txt:1]", "line feed", "carriage return"});
  refused("path,label\ra.mp4,0\rb.mp4,1\r", {"[m.txt:1]", "line feed", "carriage return alone", "tr '\\r' '\\n'"});
  refused("a.mp4\r0", {"[m.txt:1]", "carriage return alone", "tr '\\r' '\\n'"});
  refused("a.mp4 0\nb.mp4\r\tjump\n", {"[m.txt:2]", "carriage return within the line", "tr -d '\\r'"});
  refused(std::string("\xff\xfe"
                      "a\0.\0m\0p\0",
                      10),
          {"[m.txt]", "UTF-8", "UTF-16", "iconv"});
  refused(std::string("\xfe\xff\0a\0.\0m\0p", 10), {"[m.txt]", "UTF-8", "UTF-16", "iconv"});
  using namespace std::string_literals;
  refused("\xff\xfe\0\0a\0\0\0"s, {"[m.txt]", "got UTF-32; iconv -f UTF-32 "});
  refused("a\0.\0m\0p\0"s, {"[m.txt]", "got UTF-16LE; iconv -f UTF-16LE "});
  refused("\0a\0.\0m\0p"s, {"[m.txt]", "got UTF-16BE"});
  refused("a\0\0\0b\0\0\0"s, {"[m.txt]", "got UTF-32LE"});
  refused("a.mp4 0\nb.mp4\0 1\n"s, {"[m.txt:2]", "zero byte"});
  refused("original_id video_id path labels\nA 0 A/1.jpg \"\"\n", {"[m.txt:1]", "path label", "commas or tabs"});
  refused("path,label\na.mp4,walk\nb.mp4,jump,1\n", {"[m.txt:3]", "2 fields", "got 3"});
  refused("path,label\na.mp4,walk\nb.mp4,caf\xe9\n", {"[m.txt:3]", "UTF-8", "0xe9", "'caf'"});
  refused("# nothing\n", {"[m.txt]", "at least one row"});
}

TEST(ManifestForms, SeveralLabels) {
  const Manifest lines = parse_list("a.mp4 0 1\nb.mp4\nc.mp4 10\nd.mp4 3,1\n");
  EXPECT_EQ(list_rows_of(lines), "a.mp4=0 1 b.mp4= c.mp4=10 d.mp4=3,1");
  const auto several = number_labels(lines, true);
  EXPECT_EQ(several.classes, (Names{"0", "1", "3", "10"}));
  EXPECT_EQ(several.of_row, (std::vector<std::vector<int64_t>>{{0, 1}, {}, {3}, {1, 2}}));
  EXPECT_TRUE(has_several_labels(lines));
  for (const char* text :
       {"a.mp4 0 1\n", "a.mp4 0,1\n", "a.mp4\t0 1\n", "path,label\na.mp4,0;1\n", "path,label\na.mp4,0 1\n",
        "path,label\na.mp4,0|1\n", "path,label\na.mp4,[0 1]\n", "path,label\na.mp4,\"[0, 1]\"\n"}) {
    test::expect_error(ErrorKind::kInput, {"one label for 'a.mp4'", "multi_label"},
                       [&] { number_labels(parse_list(text), false); });
    EXPECT_EQ(number_labels(parse_list(text), true).classes, (Names{"0", "1"})) << text;
  }
  EXPECT_EQ(number_labels(parse_list("path,label\na,[0 1]\nb,[1]\nc,[]\n"), true).of_row,
            (std::vector<std::vector<int64_t>>{{0, 1}, {1}, {}}));
  // Names are separated only by ';'.
  EXPECT_EQ(number_labels(parse_list("path,label\na,\"run, fast; jump\"\nb,\n"), true).classes,
            (Names{"jump", "run, fast"}));
  EXPECT_EQ(number_labels(parse_list("a.mp4 run; jump\n"), true).classes, (Names{"jump", "run"}));
}

TEST(ManifestForms, FoldersOfFramesMayHaveACount) {
  EXPECT_EQ(list_rows_of(parse_list("a b 120 0\nc 80 1\n")), "a b=0 c=1");
  EXPECT_EQ(list_rows_of(parse_list("a b\t120\t0\nc\t80\t1\n")), "a b=0 c=1");
  EXPECT_EQ(list_rows_of(parse_list("a 120 0\nb.mp4 1\n")), "a=0 b.mp4=1");
  // If the folder exists, its pictures show which of the numbers are labels.
  test::TempDir dir;
  for (const char* name : {"take 3", "b"}) std::filesystem::create_directory(dir.file(name));
  const Manifest manifest = parse_manifest("take 3 120 0\nb 80 1 4\n", "m.txt", ManifestFormat::kAuto, dir.path());
  EXPECT_EQ(list_rows_of(manifest), "take 3=0 b=1 4");
  EXPECT_EQ(manifest.understood, "list of lines 'FOLDER FRAMES LABEL...', several labels");
}

TEST(ManifestForms, SomethingSomething) {
  const Manifest list = parse_list(R"([{"id":"101","label":"holding a cup next to a plate",
      "template":"Holding [something] next to [something]","placeholders":["a cup","{}]\""]},
    {"id":102,"template":"Moving [something] up"}])");
  EXPECT_EQ(list_rows_of(list), "101.webm=Holding something next to something 102.webm=Moving something up");
  EXPECT_EQ(list.rows[1].line, 3);
  EXPECT_EQ(list.understood, "JSON list with id and template, whose brackets are removed");
  EXPECT_EQ(list_rows_of(parse_list("{\"id\":\"1\",\"label\":\"walk\"}\n{\"id\":\"2\",\"label\":\"run\"}\n")),
            "1.webm=walk 2.webm=run");
  const Manifest test_list = parse_list(R"([ {"id":"1"}, {"id":"2"} ])");
  EXPECT_FALSE(test_list.labelled);
  EXPECT_EQ(list_rows_of(test_list), "1.webm=0 2.webm=0");
  EXPECT_EQ(test_list.understood, "JSON list with id; without labels");
}

TEST(ManifestForms, OtherJsonIsRefused) {
  const auto refused = [](const std::string& text, const Names& parts) {
    test::expect_error(ErrorKind::kInput, parts, [&] { number_labels(parse_list(text), false); });
  };
  refused(R"({"Moving [something] up":"0","Holding [something]":"1"})", {"[m.txt:1]", "keys Moving", "path,label"});
  refused("[\n{\"video\":\"a.mp4\",\"caption\":\"x\"}]", {"[m.txt:2]", "id and template", "keys video, caption"});
  refused("{\"video\":\"a.mp4\"}\n{\"video\":\"b.mp4\"}\n", {"[m.txt:1]", "keys video"});
  refused(R"(["a.mp4","b.mp4"])", {"[m.txt:1]", "JSON objects", "path,label"});
  refused(R"([["a.mp4","walk"],["b.mp4","jump"]])", {"[m.txt:1]", "JSON objects", "path,label"});
  refused("[[clip]]\npath = \"a.mp4\"\n", {"[m.txt:1]", "JSON objects", "path,label"});
  refused("[]", {"at least one row"});
  for (const auto format : {ManifestFormat::kList, ManifestFormat::kCsv}) {
    test::expect_error(ErrorKind::kInput, {"[m.json]", "got JSON", "'auto'"},
                       [&] { parse_manifest(R"([{"id":"1","label":"walk"}])", "m.json", format, ""); });
  }
  refused(R"([{"id":"1"})", {"[m.txt:1]", "list of JSON objects", "the end of the file"});
  refused(R"([{"id":"1"} {"id":"2"}])", {"a comma or ]"});
  refused(R"([{"id":"1"},])", {"an object after the comma"});
  refused(R"([{"id":"1"}] x)", {"the end of the file"});
  refused("[{\"id\":\"1\"},\n{\"id\":[2]}]", {"[m.txt:2]", "whole number as id", "array"});
  refused("[{\"id\":\"1\",\"label\":\"a\"},\n{\"id\":\"2\"}]", {"[m.txt:2]", "a label for '2.webm'"});
  refused("[{\"id\":\"" + std::string(size_t{1} << 20, 'x') + "\"}]", {"1048576 bytes"});
  refused("[{\"id\":\"1\"},\n{\"id\":\"2\"", {"[m.txt:2]", "the end of the object"});
}

class ManifestFiles : public testing::Test {
 protected:
  Manifest read(const std::string& text, const std::string& root = {}) {
    folder_.write("m.txt", text);
    return read_manifest(folder_.file("m.txt"), ManifestFormat::kAuto, root);
  }
  void touch(const std::string& name) {
    std::filesystem::create_directories(std::filesystem::path(folder_.file(name)).parent_path());
    folder_.write(name, "x");
  }
  void refused(const std::string& text, const Names& parts) {
    test::expect_error(ErrorKind::kInput, parts, [&] { read(text); });
  }
  test::VideoFolder folder_;
};

// Lines that name no file are not clips: headers with unknown words, sums, lists of class names.
TEST_F(ManifestFiles, EveryRowNamesAClip) {
  refused("name\tgesture\na.mp4\twalk\n", {"m.txt:1]", "'name'", "root"});
  refused("a.mp4 0\ntotal 1000\n", {"m.txt:2]", "'total'"});
  refused("1 ApplyEyeMakeup\n2 Archery\n", {"m.txt:1]", "'1'"});
  refused("Moving something up\nHolding something\n", {"m.txt:1]", "'Moving something'"});
  refused("a.mp4 0\nb.rm 1\n", {"m.txt:2]", "'b.rm'", "extensions"});
  std::filesystem::create_directory(folder_.file("b"));
  refused("name label\nb walk\n", {"m.txt:1]"});
  refused("gesture word\nb walk\n", {"m.txt:1]", "'gesture'"});
  EXPECT_EQ(list_rows_of(read("a.mp4 0\nb 1\n")), "a.mp4=0 b=1");
  EXPECT_EQ(list_rows_of(read("b 120 1\nc7 80 0\n")), "b=1 c7=0");
  touch("c.mp4");
  refused("walk c.mp4\n", {"m.txt:1]", "followed by its label", "'walk c.mp4'"});
  for (const char* row : {"walk,c.mp4", "walk, c.mp4", "riding a bike;c.mp4", "1:./c.mp4"})
    refused("a.mp4\n" + std::string(row) + "\n", {"m.txt:2]", "followed by its label", row, "names its columns"});
  touch("walk c.mp4");
  EXPECT_EQ(list_rows_of(read("walk c.mp4\n")), "walk c.mp4=0");
  touch("clips/x.bin");
  EXPECT_EQ(list_rows_of(read("x.bin 1\n", folder_.file("clips"))), "x.bin=1");
  EXPECT_EQ(read("x.bin 1\n", folder_.file("clips")).root, folder_.file("clips"));
}

TEST_F(ManifestFiles, AByteOrderMarkInTheMiddleIsSkipped) {
  EXPECT_EQ(list_rows_of(read("path,label\na.mp4,0\n\xef\xbb\xbf"
                              "b.mp4,1\n")),
            "a.mp4=0 b.mp4=1");
  EXPECT_EQ(list_rows_of(read("a.mp4 0\n\xef\xbb\xbf"
                              "b.mp4 1\n")),
            "a.mp4=0 b.mp4=1");
  refused("path,label\na.mp4,0\n\xef\xbb\xbfpath,label\nb.mp4,1\n", {"m.txt:3]", "a second header"});
}

// In joined lists; between clips with an extension and between folders.
TEST_F(ManifestFiles, AHeaderInTheMiddleIsNotAClip) {
  for (const char* name : {"f1", "f2"}) std::filesystem::create_directory(folder_.file(name));
  refused("path,label\nf1,walk\npath,label\nf2,jump\n",
          {"m.txt:3]", "a second header", "'path label'", "when you join lists"});
  refused("path,frames,label\nf1,5,0\npath,frames,label\nf2,5,1\n", {"m.txt:3]", "a second header"});
  refused("path,label\nf1,walk\nLabel,Path\nf2,jump\n", {"m.txt:3]", "a second header"});
  refused("f1 walk\npath label\nf2 jump\n", {"m.txt:2]", "a second header"});
  refused("f1 5 0\npath frames label\nf2 5 1\n", {"m.txt:2]", "a second header"});
  refused("path\nf1\npath\nf2\n", {"m.txt:3]", "a second header", "'path'"});
  refused("path,label\na.mp4,0\npath,label\nb.mp4,1\n", {"m.txt:3]", "a second header"});
  std::filesystem::create_directory(folder_.file("video"));
  EXPECT_EQ(list_rows_of(read("path,label\nf1,walk\nvideo,action\n")), "f1=walk video=action");
}

// "f1 0 5" may mean a folder with two labels; it is read as a folder with 0 frames.
TEST_F(ManifestFiles, CountsOfFramesAreComparedWithThePictures) {
  for (const char* name : {"f1/1.jpg", "f1/2.jpg", "f2/1.jpg", "f2/notes.txt"}) touch(name);
  EXPECT_EQ(read("f1 2 0\nf2 1 5\nf3 9 1\n").understood, "list of lines 'FOLDER FRAMES LABEL'");
  EXPECT_EQ(
      read("f1 0 5\nf2 1 5\n").understood,
      "list of lines 'FOLDER FRAMES LABEL'; FRAMES differs from the number of pictures in 1 of 2 folders checked, such "
      "as f1 with 0 for 2 pictures");
}

TEST_F(ManifestFiles, KineticsFindsItsClips) {
  const std::string list =
      "label,youtube_id,time_start,time_end,split\nair drumming,x,7,17,train\narchery,y,0,10,val\nzumba,z,1,2,train\n";
  EXPECT_EQ(read(list).rows[0].path, "x_000007_000017.mp4");
  touch("air_drumming/x_000007_000017.mkv");
  touch("val/archery/y_000000_000010.mp4");
  EXPECT_EQ(list_rows_of(read(list)),
            "air_drumming/x_000007_000017.mkv=air drumming val/archery/y_000000_000010.mp4=archery "
            "z_000001_000002.mp4=zumba");
  touch("air drumming/x_000007_000017.mp4");
  EXPECT_EQ(read(list).rows[0].path, "air drumming/x_000007_000017.mp4");
  touch("x_000007_000017.mp4");
  EXPECT_EQ(read(list).rows[0].path, "x_000007_000017.mp4");
}

TEST_F(ManifestFiles, SomethingSomethingFindsItsClips) {
  touch("videos/101.webm");
  touch("videos/102.mp4");
  std::filesystem::create_directory(folder_.file("videos/103"));
  const Manifest manifest = read(R"([{"id":"101"},{"id":"102"},{"id":"103"},{"id":"104"}])", folder_.file("videos"));
  EXPECT_EQ(list_rows_of(manifest), "101.webm=0 102.mp4=0 103=0 104.webm=0");
}

TEST_F(ManifestFiles, ClassNamesOfUcf101) {
  folder_.write("classInd.txt", "1 Archery\n2 Biking\n3 Boxing\n");
  const Manifest manifest = read("Biking/v_1.avi 2\nArchery/v_2.avi 1\n");
  EXPECT_EQ(list_rows_of(manifest), "Biking/v_1.avi=Biking Archery/v_2.avi=Archery");
  EXPECT_EQ(manifest.understood, "list of lines 'PATH LABEL'; classes named by classInd.txt");
  EXPECT_EQ(list_rows_of(read("a.avi 4\n")), "a.avi=4");
  EXPECT_FALSE(read("Biking/v_1.avi\n").labelled);
}

TEST_F(ManifestFiles, SplitsOfHmdb51AreNotClasses) {
  folder_.write("wave_test_split1.txt", "a.avi 1\nb.avi 2\n");
  test::expect_error(ErrorKind::kInput, {"wave_test_split1.txt", "HMDB51", "path,label,split"},
                     [&] { read_manifest(folder_.file("wave_test_split1.txt"), ManifestFormat::kAuto); });
}

TEST(ClipName, EndsLikeAVideoOrAnArray) {
  for (const char* name : {"a.mp4", "b/c.MKV", "x.y.264", ".a.ts", "a b.h265", "a.npz", "a.m2ts", "a.qt"})
    EXPECT_TRUE(is_clip_name(name)) << name;
  for (const char* name :
       {"", "mp4", ".mp4", "b/.mp4", "a.mp4 ", "a.txt", "a.mp4/b", "a.m", "a.", "a.mp4 npz", "a.webmm"})
    EXPECT_FALSE(is_clip_name(name)) << name;
}

}  // namespace
}  // namespace trecvit
