#include "trecvit/video/source_list.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/errors.h"
#include "support/temp_dir.h"

namespace trecvit::test {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

class SourceLists : public testing::Test {
 protected:
  void SetUp() override { fs::current_path(folder_.path()); }
  void TearDown() override { fs::current_path(before_); }
  static void write(const std::string& name, const std::string& text = "") {
    if (const auto parent = fs::path(name).parent_path(); !parent.empty()) fs::create_directories(parent);
    std::ofstream(name, std::ios::binary) << text;
  }
  static Names list(const Names& given) { return list_sources(given).sources; }
  static void refuse(const char* name, const std::vector<std::string>& words) {
    expect_error(ErrorKind::kInput, words, [&] { list({name}); });
  }

  TempDir folder_;
  fs::path before_ = fs::current_path();
};

TEST_F(SourceLists, SingleSourcesStayAsTheyAre) {
  const Names names = {"a.mp4", "-", "rtsp://host/a", "camera:0", "synthetic:shapes?seed=1", "missing/b.mp4", "3"};
  EXPECT_EQ(list(names), names);
}

TEST_F(SourceLists, FilesWhoseNamesLookLikeMore) {
  for (const char* name : {"@list.txt", "a*.mp4", "b[1].mp4"}) write(name);
  EXPECT_EQ(list({"@list.txt", "a*.mp4", "b[1].mp4"}), (Names{"@list.txt", "a*.mp4", "b[1].mp4"}));
}

TEST_F(SourceLists, AListHasASourcePerLine) {
  write("lists/all.txt", "# my clips\n\n  a b.mp4 \r\n/tmp/c.mp4\nrtsp://host/d\nsynthetic:noise\nsub/*.webm");
  write("lists/sub/2.webm");
  write("lists/sub/10.webm");
  EXPECT_EQ(list_sources(Names{"@lists/all.txt"}).lists, Names{"lists/all.txt"});
  EXPECT_EQ(list({"x.mp4", "@lists/all.txt", "y.mp4"}),
            (Names{"x.mp4", "lists/a b.mp4", "/tmp/c.mp4", "rtsp://host/d", "synthetic:noise", "lists/sub/2.webm",
                   "lists/sub/10.webm", "y.mp4"}));
}

TEST_F(SourceLists, ListsWithoutSourcesAreRefused) {
  write("empty.txt", "# nothing\n\n");
  write("nested.txt", "a.mp4\n@b.txt\n");
  write("video.txt", std::string("\0\0\0\x18"
                                 "ftypmp42",
                                 12));
  refuse("@empty.txt", {"[empty.txt]", "a source per line", "none"});
  refuse("@nested.txt", {"[nested.txt]", "line 2", "'@b.txt'"});
  refuse("@missing.txt", {"missing.txt"});
  refuse("@video.txt", {"video.txt"});
}

TEST_F(SourceLists, PatternsMatchInTheOrderOfNumbers) {
  for (const char* name : {"clip10.mp4", "clip2.mp4", "clip02.mp4", "clip.mp4", "other.txt"}) write(name);
  fs::create_directory("clip3.mp4");  // a folder without pictures
  EXPECT_EQ(list({"clip*.mp4"}), (Names{"clip.mp4", "clip02.mp4", "clip2.mp4", "clip10.mp4"}));
  EXPECT_EQ(list({"clip[0-9].mp4"}), Names{"clip2.mp4"});
  refuse("*.webm", {"[*.webm]", "match this pattern", "none"});
}

TEST_F(SourceLists, AFolderIsItsVideos) {
  for (const char* name : {"f/b.MP4", "f/a.webm", "f/c.npz", "f/readme.txt", "f/.hidden.mp4", "f/cover1.jpg"})
    write(name);
  write("f/frames/0001.png");
  write("f/deep/d.mp4");
  const SourceList list = list_sources(Names{"f"});
  EXPECT_EQ(list.sources, (Names{"f/a.webm", "f/b.MP4", "f/c.npz", "f/frames"}));
  EXPECT_EQ(list.notes, Names{"f: 4 videos, 3 other files and folders are skipped"});
}

TEST_F(SourceLists, AFolderOfNumberedPicturesIsOneVideo) {
  for (const char* name : {"frames/0001.jpg", "frames/0002.jpg", "frames/info.txt"}) write(name);
  EXPECT_EQ(list({"frames"}), Names{"frames"});
  EXPECT_EQ(list({"fram*"}), Names{"frames"});
}

TEST_F(SourceLists, OtherFolders) {
  write("model/config.json", "{}");
  EXPECT_EQ(list({"model"}), Names{"model"}) << "open_source says that it is a model";
  write("texts/a.txt");
  fs::create_directory("empty");
  refuse("texts", {"[texts]", "videos or numbered pictures", "1 files"});
  refuse("empty", {"[empty]", "0 files"});
}

}  // namespace
}  // namespace trecvit::test
