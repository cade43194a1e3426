#include "trecvit/io/disk.h"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <optional>
#include <set>

#include "support/errors.h"
#include "support/files.h"
#include "support/temp_dir.h"

namespace trecvit {
namespace {

using test::content;
using test::expect_error;
using test::names_in;
using test::TempDir;

TEST(Siblings, AnotherNameIsTriedWhereOneIsTaken) {
  std::set<std::string> tried;
  const std::string name = create_sibling("folder/file", [&](const char* sibling) {
    tried.insert(sibling);
    errno = EEXIST;
    return tried.size() == 20;
  });
  EXPECT_EQ(tried.size(), 20u);
  for (const auto& sibling : tried) {
    EXPECT_TRUE(sibling.starts_with("folder/file.tmp-")) << sibling;
    EXPECT_TRUE(is_unfinished(sibling.substr(7))) << sibling;
  }
}

TEST(Siblings, OtherReasonsEndIt) {
  int calls = 0;
  const std::string name = create_sibling("file", [&](const char*) {
    ++calls;
    errno = ENOSPC;
    return false;
  });
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(name, "");
  EXPECT_EQ(errno, ENOSPC);
}

TEST(Siblings, LongNamesLeaveRoom) {
  const std::string folder = "some/folder/";
  const std::string name = create_sibling(folder + std::string(255, 'x'), [](const char*) { return true; });
  EXPECT_LE(name.size() - folder.size(), 255u);
  EXPECT_TRUE(name.starts_with(folder + "xxx"));
}

TEST(Siblings, OnlyNamesOfOursAreUnfinished) {
  for (const char* name : {"a.json.tmp-12-0", "a.tmp-1-0123456789abcdef", "a.tmp-2.tmp-12-3"}) {
    EXPECT_TRUE(is_unfinished(name)) << name;
  }
  for (const char* name : {"a.json", "a.tmp-", "a.tmp-12", "a.tmp-2024-summary", "a.tmp-12-0123456789abcde", ".tmp-1-2",
                           "a.tmp-12-0123456789abcdeg", "a.tmp-x-1", "a.tmp-1-2.npz"}) {
    EXPECT_FALSE(is_unfinished(name)) << name;
  }
}

TEST(Siblings, FoldersHaveTheNamesOfNowAlone) {
  EXPECT_TRUE(is_unfinished_of_now("a.tmp-1-0123456789abcdef"));
  for (const char* name : {"a.tmp-12-0", "a.tmp-2024-05", "a", "a.tmp-x-0123456789abcdef"})
    EXPECT_FALSE(is_unfinished_of_now(name)) << name;
}

// As a user to whom neither owner nor group can be given: in a child, which cannot become the old user again.
std::optional<mode_t> handed_on_to_another_group(const std::string& path, mode_t mode) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const bool is_root = geteuid() == 0;
  constexpr uid_t kNobody = 65534;
  if (is_root && fchown(descriptor, kNobody, kNobody) != 0) return std::nullopt;
  const pid_t child = fork();
  if (child == 0) {
    if (is_root && (setgroups(0, nullptr) != 0 || setgid(kNobody) != 0 || setuid(kNobody) != 0)) _exit(1);
    struct stat from{};
    from.st_mode = mode;  // of root and its group
    hand_on_permissions(from, descriptor);
    _exit(0);
  }
  int status = 1;
  waitpid(child, &status, 0);
  struct stat info{};
  fstat(descriptor, &info);
  close(descriptor);
  if (status != 0) return std::nullopt;
  return info.st_mode & 07777;
}

TEST(HandOnPermissions, AnotherGroupGetsNoMoreRights) {
  const TempDir dir;
  const auto handed_on = [&](mode_t mode) { return handed_on_to_another_group(dir.file("file"), mode); };
  if (!handed_on(S_IFREG | 0600)) GTEST_SKIP() << "no other user can be taken on here";
  EXPECT_EQ(handed_on(S_IFREG | 0640), 0600u);
  EXPECT_EQ(handed_on(S_IFREG | 0644), 0604u);
  EXPECT_EQ(handed_on(S_IFREG | 0604), 0600u) << "the old group is among all others now";
  EXPECT_EQ(handed_on(S_IFREG | 0400), 0400u);
  EXPECT_EQ(handed_on(S_IFDIR | 02750), 0700u);
}

TEST(RenameToNewName, NeverReplaces) {
  const TempDir dir;
  std::ofstream(dir.file("from")) << "new";
  EXPECT_TRUE(rename_to_new_name(dir.file("from"), dir.file("to")));
  EXPECT_EQ(names_in(dir.path()), std::set<std::string>{"to"});
  std::ofstream(dir.file("from")) << "newer";
  EXPECT_FALSE(rename_to_new_name(dir.file("from"), dir.file("to")));
  EXPECT_EQ(content(dir.file("to")), "new");
  expect_error(ErrorKind::kResource, {"No such file"},
               [&] { rename_to_new_name(dir.file("from"), dir.file("no/such/folder")); });
}

TEST(OpenRegular, LinksFoldersAndPipesAreRefused) {
  const TempDir dir;
  std::ofstream(dir.file("victim")) << "precious";
  ASSERT_EQ(symlink("victim", dir.file("link").c_str()), 0);
  ASSERT_EQ(symlink("nothing", dir.file("nowhere").c_str()), 0);
  ASSERT_EQ(mkfifo(dir.file("pipe").c_str(), 0600), 0);
  std::filesystem::create_directory(dir.file("folder"));
  for (const char* name : {"link", "nowhere"}) {
    expect_error(ErrorKind::kUsage, {name, "link, which is not followed"},
                 [&] { open_regular(dir.file(name), O_RDWR); });
  }
  expect_error(ErrorKind::kUsage, {"pipe or device"}, [&] { open_regular(dir.file("pipe"), O_WRONLY); });
  expect_error(ErrorKind::kUsage, {"pipe or device"}, [&] { open_regular(dir.file("pipe"), O_RDWR); });
  expect_error(ErrorKind::kUsage, {"folder"}, [&] { open_regular(dir.file("folder"), O_RDWR); });
  expect_error(ErrorKind::kResource, {"No such file"}, [&] { open_regular(dir.file("no/file"), O_RDWR); });
  EXPECT_EQ(content(dir.file("victim")), "precious");
  EXPECT_FALSE(std::filesystem::exists(dir.file("nothing")));
}

TEST(ListFolder, NamesAreSortedAndCut) {
  const TempDir dir;
  for (const char* name : {"b", "a", ".hidden", "c"}) std::ofstream(dir.file(name)) << "x";
  EXPECT_EQ(list_folder(dir.path()), (std::vector<std::string>{".hidden", "a", "b", "c"}));
  EXPECT_EQ(list_folder(dir.path(), 2).size(), 2u);
  expect_error(ErrorKind::kInput, {"missing", "No such file"}, [&] { list_folder(dir.file("missing")); });
  expect_error(ErrorKind::kInput, {"Not a directory"}, [&] { list_folder(dir.file("a")); });
}

TEST(OpenNameless, LeavesNothing) {
  const TempDir dir;
  const int descriptor = open_nameless(dir.file("out.npz"));
  ASSERT_EQ(write(descriptor, "abc", 3), 3);
  char bytes[3];
  EXPECT_EQ(pread(descriptor, bytes, 3, 0), 3);
  EXPECT_TRUE(names_in(dir.path()).empty());
  close(descriptor);
  expect_error(ErrorKind::kResource, {"temporary"}, [&] { open_nameless(dir.file("no/out.npz")); });
}

}  // namespace
}  // namespace trecvit
