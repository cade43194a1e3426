#include "trecvit/video/unread_sources.h"

#include <gtest/gtest.h>

#include "support/errors.h"
#include "video/video_test.h"

namespace trecvit::test {
namespace {

TEST(UnreadSources, EachIsAnsweredWithAWayOut) {
  const auto refuse = [](const char* name, const std::vector<std::string>& words) {
    expect_error(ErrorKind::kUnavailable, words, [&] { open_source(name); });
  };
  for (const char* name : {"ftp://host/a.mp4", "gopher://127.0.0.1:9/a.mp4"})
    refuse(name, {"an address of another protocol", "ffmpeg -i ADDRESS"});
}

TEST(UnreadSources, NamesThatAreNotOfAFileAreRefusedAsSuch) {
  const auto refuse = [](ErrorKind kind, const char* name, const std::vector<std::string>& words) {
    expect_error(kind, words, [&] { open_source(name); });
  };
  refuse(ErrorKind::kInput, "file:///tmp/a.mp4", {"a file URL", ": /tmp/a.mp4"});
  refuse(ErrorKind::kInput, "@clips.txt", {"a single source", "a list"});
  refuse(ErrorKind::kInput, "*.mp4", {"a single source", "a pattern"});
  refuse(ErrorKind::kUsage, "generated:Ti", {"a model", "--model"});
  refuse(ErrorKind::kUsage, "syntetic:shapes", {"did you mean synthetic?"});
}

class UnreadFolders : public VideoTest {};

TEST_F(UnreadFolders, AModelIsToldFromAFolderOfFiles) {
  expect_error(ErrorKind::kInput, {"a folder without numbered pictures"}, [&] { open_source(folder_.path()); });
  write("config.json", "{}");
  expect_error(ErrorKind::kInput, {"a folder with a model", "--model"}, [&] { open_source(folder_.path()); });
}

// Whatever a file is called, it is a file.
TEST_F(UnreadFolders, FilesOfSuchNamesAreOpened) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder_.path());
  for (const char* name : {"7", "camera:2", "@a", "a*.avi", "generated:x", "sintetic:a"}) {
    write(name, read_bytes(clip("mpeg4.avi")));
    EXPECT_NO_THROW(open_source(name)) << name;
  }
  std::filesystem::current_path(before);
}

TEST(SyntheticSeed, IsThatOfTheOptionsUnlessTheNameGivesOne) {
  EXPECT_EQ(open_source("synthetic:noise", {.seed = 7})->info().name, "synthetic:noise?seed=7");
  EXPECT_EQ(open_source("synthetic:noise?frames=2", {.seed = 7})->info().name, "synthetic:noise?frames=2&seed=7");
  EXPECT_EQ(open_source("synthetic:noise?seed=3", {.seed = 7})->info().name, "synthetic:noise?seed=3");
}

}  // namespace
}  // namespace trecvit::test
