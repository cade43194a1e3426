#include "trecvit/data/clip_remarks.h"

#include <filesystem>

#include "data/data_test.h"

namespace trecvit {
namespace {

using Remarks = std::vector<std::string>;

class ClipRemarks : public testing::Test {
 protected:
  Remarks doubts(const std::string& text, bool multi_label = false) {
    folder_.write("m.csv", text);
    data_.source = folder_.file("m.csv");
    return describe_doubts(read_clip_rows(data_, multi_label));
  }
  std::string file(const std::string& name) const { return folder_.file(name); }

  test::VideoFolder folder_;
  DataConfig data_;
};

constexpr const char* kAlike = "classes that differ only in capitals, accents, blanks or invisible characters: ";

TEST_F(ClipRemarks, ValidListsGetNoRemarks) {
  EXPECT_EQ(doubts("path,label\na.mp4,walk\nb.mp4,walk fast\nc.mp4,\"run, then jump\"\n"), Remarks{});
  EXPECT_EQ(doubts("path,label\na.mp4,\xe8\xb5\xb0\nb.mp4,\xe8\xb7\x91\n"), Remarks{});
}

TEST_F(ClipRemarks, ClassesThatLookAlike) {
  const auto alike = [&](const std::string& one, const std::string& other) {
    EXPECT_EQ(doubts("path,label\na.mp4," + one + "\nb.mp4," + other + "\nc.mp4,run\n"),
              Remarks{kAlike + one + ", " + other});
  };
  alike("Walk", "walk");
  alike("cafe\xcc\x81", "caf\xc3\xa9");
  alike("\xc3\x89lan", "\xc3\xa9lan");
  alike("a  walk", "a walk");
  alike("walk", "wa\xe2\x80\x8blk");
}

TEST_F(ClipRemarks, BlanksAtTheEndsAreNotPartOfAClass) {
  EXPECT_EQ(doubts("path,label\na.mp4,walk\nb.mp4,walk\xe2\x80\x8b\nc.mp4,\xef\xbb\xbfwalk\n"), Remarks{});
  folder_.write("m.csv", "path,label\na.mp4,walk\nb.mp4,walk\xe2\x80\x8b\n");
  EXPECT_EQ(read_clip_rows(data_, false).classes, test::Names{"walk"});
}

TEST_F(ClipRemarks, NamesThatMayBeSeveralLabels) {
  const auto joined = [](const std::string& names) {
    return Remarks{"classes that may be several labels: " + names +
                   "; to give several, separate them by ';' and set multi_label"};
  };
  EXPECT_EQ(doubts("path,label\na.mp4,\"walk, jump\"\nb.mp4,jump\n", true), joined("'walk, jump' (line 2)"));
  EXPECT_EQ(doubts("path,label\na.mp4,jump\nb.mp4,walk|jump\n"), joined("'walk|jump' (line 3)"));
  EXPECT_EQ(doubts("path,label\na.mp4,walk;run\nb.mp4,jump\n"), joined("'walk;run' (line 2)"));
  EXPECT_EQ(doubts("path,label\na.mp4,\"['walk', 'run']\"\nb.mp4,jump\n", true), joined("'['walk', 'run']' (line 2)"));
  EXPECT_EQ(doubts("path,label\na.mp4,walk;run\nb.mp4,jump\n", true), Remarks{});
}

TEST_F(ClipRemarks, FilesThatAreListedMoreThanOnce) {
  EXPECT_EQ(doubts("path,label,split\n0.npz,a,train\n1.npz,b,train\n0.npz,a,val\n1.npz,b,train\n"),
            (Remarks{"listed more than once: 2 files, such as " + file("0.npz") + " (lines 2 and 4)",
                     "in more than one split: 1 files, such as " + file("0.npz") + " (lines 2 and 4)"}));
  data_.split = "val";
  EXPECT_EQ(doubts("path,label,split\n0.npz,a,train\n1.npz,b,train\n0.npz,a,val\n1.npz,b,train\n"), Remarks{});
}

TEST_F(ClipRemarks, FilesWithDifferentLabels) {
  EXPECT_EQ(doubts("path,label\n0.npz,a\n1.npz,b\n0.npz,a\n0.npz,b\n"),
            (Remarks{"listed more than once: 1 files, such as " + file("0.npz") + " (lines 2 and 4)",
                     "listed with different labels: 1 files, such as " + file("0.npz") + " (lines 2 and 5)"}));
}

TEST_F(ClipRemarks, AFileHasSeveralSpellings) {
  std::filesystem::create_directory(file("clips"));
  std::filesystem::create_directory_symlink("clips", file("link"));
  for (const char* again : {"./clips/0.npz", "clips/../clips/0.npz", "link/0.npz", "clips//0.npz", "clips/./0.npz"}) {
    EXPECT_EQ(doubts(std::string("path,label\nclips/0.npz,a\nclips/1.npz,a\n") + again + ",a\n"),
              Remarks{"listed more than once: 1 files, such as " + file("clips/0.npz") + " (lines 2 and 4)"})
        << again;
  }
}

}  // namespace
}  // namespace trecvit
