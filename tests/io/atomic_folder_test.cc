#include "trecvit/io/atomic_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/errors.h"
#include "support/files.h"
#include "support/temp_dir.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;
using test::content;
using test::expect_error;
using test::names_in;
using test::TempDir;
using test::write_file;
using Names = std::set<std::string>;

// A folder as a user has it: two files of a model, and files that the user added.
std::string folder_of_user(const TempDir& dir) {
  const std::string folder = dir.file("model");
  fs::create_directories(folder + "/notes/old");
  write_file(folder + "/config.json", "old config");
  write_file(folder + "/weights", "old weights");
  write_file(folder + "/README.md", "read me");
  write_file(folder + "/notes/old/a.txt", "a");
  fs::create_symlink("../elsewhere", folder + "/link");
  return folder;
}

void replace(AtomicFolder& folder) {
  write_file(folder.writing() + "/config.json", "new config");
  write_file(folder.writing() + "/weights", "new weights");
  folder.commit();
}

void expect_replaced(const std::string& folder) {
  EXPECT_EQ(content(folder + "/config.json"), "new config");
  EXPECT_EQ(content(folder + "/weights"), "new weights");
  EXPECT_EQ(content(folder + "/README.md"), "read me");
  EXPECT_EQ(content(folder + "/notes/old/a.txt"), "a");
  EXPECT_EQ(fs::read_symlink(folder + "/link"), "../elsewhere");
  EXPECT_EQ(names_in(folder),
            (Names{"config.json", "weights", "README.md", "notes", "notes/old", "notes/old/a.txt", "link"}));
}

TEST(AtomicFolder, AppearsOnlyAtCommit) {
  const TempDir dir;
  const std::string path = dir.file("some/where/model/");
  AtomicFolder folder(path, Overwrite::kNo);
  write_file(folder.writing() + "/weights", "w");
  EXPECT_FALSE(fs::exists(path));
  folder.commit();
  EXPECT_EQ(content(path + "weights"), "w");
  EXPECT_EQ(names_in(dir.file("some/where")), (Names{"model", "model/weights"}));
}

TEST(AtomicFolder, AbandonedFoldersLeaveOnlyTheOldOne) {
  const TempDir dir;
  const std::string path = folder_of_user(dir);
  const Names before = names_in(dir.path());
  {
    const AtomicFolder folder(path, Overwrite::kYes);
    write_file(folder.writing() + "/weights", "new weights");
  }
  EXPECT_EQ(names_in(dir.path()), before);
  EXPECT_EQ(content(path + "/weights"), "old weights");
}

TEST(AtomicFolder, ReplacesItsFilesAndKeepsThoseOfOthers) {
  const TempDir dir;
  const std::string path = folder_of_user(dir);
  ASSERT_EQ(chmod(path.c_str(), 0750), 0);
  ASSERT_EQ(chmod((path + "/notes").c_str(), 0710), 0);
  struct stat before{}, after{};
  ASSERT_EQ(stat(path.c_str(), &before), 0);
  AtomicFolder folder(path, Overwrite::kYes);
  replace(folder);
  expect_replaced(path);
  ASSERT_EQ(stat(path.c_str(), &after), 0);
  EXPECT_EQ(after.st_mode & 07777, 0750u);
  EXPECT_NE(after.st_ino, before.st_ino) << "the folder is to be exchanged as a whole";
  ASSERT_EQ(stat((path + "/notes").c_str(), &after), 0);
  EXPECT_EQ(after.st_mode & 07777, 0710u);
  EXPECT_EQ(fs::hard_link_count(path + "/README.md"), 1u);
  for (const auto& name : names_in(dir.path())) EXPECT_EQ(name.find("tmp-"), std::string::npos) << name;
}

// Exchanged as a whole, and file by file.
TEST(AtomicFolder, OutdatedFilesAreRemovedButNoFolders) {
  for (const int others : {0, 1100}) {
    const TempDir dir;
    const std::string path = folder_of_user(dir);
    write_file(path + "/probe", "of the old weights");
    for (int i = 0; i < others; ++i) write_file(path + "/notes/" + std::to_string(i), "x");
    AtomicFolder folder(path, Overwrite::kYes, {"probe", "notes", "missing", "weights"});
    replace(folder);
    for (int i = 0; i < others; ++i) fs::remove(path + "/notes/" + std::to_string(i));
    expect_replaced(path);
    EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()), 1);
  }
}

TEST(AtomicFolder, OutdatedFilesStayIfNothingMayBeReplaced) {
  const TempDir dir;
  fs::create_directory(dir.file("model"));
  write_file(dir.file("model/probe"), "of the old weights");
  AtomicFolder folder(dir.file("model"), Overwrite::kNo, {"probe"});
  replace(folder);
  EXPECT_EQ(names_in(dir.file("model")), (Names{"config.json", "weights", "probe"}));
}

mode_t permissions_of(const std::string& path) { return test::mode_of(path) & 07777; }

// Exchanged as a whole, and file by file.
TEST(AtomicFolder, ReplacedFilesKeepTheirModes) {
  for (const int others : {0, 1100}) {
    const TempDir dir;
    const std::string path = folder_of_user(dir);
    for (int i = 0; i < others; ++i) write_file(path + "/notes/" + std::to_string(i), "x");
    ASSERT_EQ(chmod((path + "/weights").c_str(), 0600), 0);
    ASSERT_EQ(chmod((path + "/config.json").c_str(), 0640), 0);
    AtomicFolder folder(path, Overwrite::kYes);
    replace(folder);
    EXPECT_EQ(permissions_of(path + "/weights"), 0600u);
    EXPECT_EQ(permissions_of(path + "/config.json"), 0640u);
    EXPECT_EQ(content(path + "/weights"), "new weights");
  }
}

TEST(AtomicFolder, TheTemporaryFolderIsPrivateIfItReplacesOne) {
  const TempDir dir;
  const std::string path = folder_of_user(dir);
  ASSERT_EQ(chmod(path.c_str(), 0700), 0);
  AtomicFolder folder(path, Overwrite::kYes);
  EXPECT_EQ(permissions_of(folder.writing()), 0700u);
  replace(folder);
  EXPECT_EQ(permissions_of(path), 0700u);
}

TEST(AtomicFolder, TheOwnerHasAccessUnderAnyMask) {
  for (const bool there : {false, true}) {
    const TempDir dir;
    const std::string path = there ? folder_of_user(dir) : dir.file("model");
    const mode_t before = umask(0777);
    const AtomicFolder folder(path, Overwrite::kYes);
    umask(before);
    EXPECT_EQ(permissions_of(folder.writing()), 0700u);
  }
}

TEST(AtomicFolder, NeverReplacesUnlessAllowed) {
  const TempDir dir;
  const std::string path = folder_of_user(dir);
  {
    AtomicFolder folder(path, Overwrite::kNo);
    expect_error(ErrorKind::kUsage, {path, "config.json", "--force"}, [&] { replace(folder); });
  }
  EXPECT_EQ(content(path + "/weights"), "old weights");
  fs::remove(path + "/config.json");
  fs::remove(path + "/weights");
  AtomicFolder folder(path, Overwrite::kNo);
  replace(folder);
  expect_replaced(path);
  write_file(dir.file("file"), "x");
  expect_error(ErrorKind::kUsage, {"expected a folder"}, [&] { AtomicFolder(dir.file("file"), Overwrite::kYes); });
  fs::create_symlink("nothing", dir.file("nowhere"));
  expect_error(ErrorKind::kUsage, {"expected a folder"}, [&] { AtomicFolder(dir.file("nowhere"), Overwrite::kYes); });
}

TEST(AtomicFolder, ALinkToAFolderStandsForIt) {
  const TempDir dir;
  const std::string path = folder_of_user(dir);
  fs::create_directory_symlink(path, dir.file("latest"));
  AtomicFolder folder(dir.file("latest"), Overwrite::kYes);
  replace(folder);
  EXPECT_TRUE(fs::is_symlink(dir.file("latest")));
  expect_replaced(path);
}

// A shell may have it as its current folder, which must not disappear.
TEST(AtomicFolder, TheCurrentFolderStaysTheSame) {
  const TempDir dir;
  const std::string path = folder_of_user(dir);
  const fs::path before = fs::current_path();
  fs::current_path(path + "/notes");
  struct stat old{}, now{};
  ASSERT_EQ(stat(path.c_str(), &old), 0);
  {
    AtomicFolder folder("..", Overwrite::kYes);
    replace(folder);
  }
  fs::current_path(before);
  ASSERT_EQ(stat(path.c_str(), &now), 0);
  EXPECT_EQ(old.st_ino, now.st_ino);
  expect_replaced(path);
}

TEST(AtomicFolder, FoldersOfManyFilesAreFilledFileByFile) {
  const TempDir dir;
  const std::string path = folder_of_user(dir);
  for (int i = 0; i < 1100; ++i) write_file(path + "/notes/" + std::to_string(i), "x");
  AtomicFolder folder(path, Overwrite::kYes);
  replace(folder);
  EXPECT_EQ(content(path + "/weights"), "new weights");
  EXPECT_EQ(names_in(path).size(), 1100u + 7u);
  for (const auto& name : names_in(dir.path())) EXPECT_EQ(name.find("tmp-"), std::string::npos) << name;
}

TEST(AtomicFolder, FilesAddedMeanwhileAreKept) {
  const TempDir dir;
  const std::string path = folder_of_user(dir);
  AtomicFolder folder(path, Overwrite::kYes);
  write_file(path + "/late.txt", "late");
  replace(folder);
  EXPECT_EQ(content(path + "/late.txt"), "late");
}

// More entries than one reading of a folder returns, removed while it is walked through.
TEST(AtomicFolder, OldFoldersOfManyFilesAreReplacedAsAWhole) {
  const TempDir dir;
  const std::string path = folder_of_user(dir);
  for (int i = 0; i < 900; ++i) write_file(path + "/notes/" + std::string(100, 'n') + std::to_string(i), "x");
  AtomicFolder folder(path, Overwrite::kYes);
  replace(folder);
  EXPECT_EQ(names_in(path).size(), 900u + 7u);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()), 1);
}

TEST(AtomicFolder, LeftoversDoNotInterfereAndAreRecognised) {
  const TempDir dir;
  const std::string path = folder_of_user(dir);
  fs::create_directory(path + ".tmp-" + std::to_string(getpid()) + "-0123456789abcdef");
  AtomicFolder folder(path, Overwrite::kYes);
  replace(folder);
  expect_replaced(path);
  remove_unfinished_files(dir.path());
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()), 1);
}

}  // namespace
}  // namespace trecvit
