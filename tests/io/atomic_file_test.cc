#include "trecvit/io/atomic_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "support/errors.h"
#include "support/files.h"
#include "support/temp_dir.h"

namespace trecvit {
namespace {

using test::content;
using test::expect_error;
using test::mode_of;
using test::TempDir;

size_t files_in(const TempDir& dir) {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(dir.path())) ++count;
  return count;
}

TEST(AtomicFile, AppearsOnlyAtCommit) {
  const TempDir dir;
  AtomicFile file(dir.file("new"), Overwrite::kNo);
  file.write("....world");
  file.write_at(0, std::as_bytes(std::span("hell", 4)));
  EXPECT_EQ(file.size(), 9u);
  EXPECT_FALSE(std::filesystem::exists(dir.file("new")));
  file.commit();
  EXPECT_EQ(content(dir.file("new")), "hellworld");
  EXPECT_EQ(files_in(dir), 1u);
}

TEST(AtomicFile, AbandonedFilesLeaveOnlyTheOldOne) {
  const TempDir dir;
  std::ofstream(dir.file("kept")) << "old";
  {
    AtomicFile(dir.file("kept"), Overwrite::kYes).write("new");
  }
  EXPECT_EQ(content(dir.file("kept")), "old");
  EXPECT_EQ(files_in(dir), 1u);
}

TEST(AtomicFile, ReplacesWhenAllowed) {
  const TempDir dir;
  std::ofstream(dir.file("replaced")) << "a longer old content";
  AtomicFile file(dir.file("replaced"), Overwrite::kYes);
  file.write("new");
  file.commit();
  EXPECT_EQ(content(dir.file("replaced")), "new");
}

TEST(AtomicFile, NeverReplacesUnlessAllowed) {
  const TempDir dir;
  std::ofstream(dir.file("there")) << "old";
  expect_error(ErrorKind::kUsage, {dir.file("there"), "--force"},
               [&] { AtomicFile(dir.file("there"), Overwrite::kNo); });
  // Also when it appears between the constructor and the commit.
  AtomicFile late(dir.file("late"), Overwrite::kNo);
  late.write("new");
  std::ofstream(dir.file("late")) << "old";
  expect_error(ErrorKind::kUsage, {"--force"}, [&] { late.commit(); });
  EXPECT_EQ(content(dir.file("late")), "old");
}

TEST(AtomicFile, FoldersThatAreMissingOrInTheWayAreErrors) {
  const TempDir dir;
  expect_error(ErrorKind::kResource, {"create"}, [&] { AtomicFile(dir.file("no/such/folder"), Overwrite::kYes); });
  std::filesystem::create_directory(dir.file("folder"));
  expect_error(ErrorKind::kUsage, {"folder"}, [&] { AtomicFile(dir.file("folder"), Overwrite::kYes); });
}

TEST(AtomicFile, PipesAndDevicesAreNeverReplaced) {
  const TempDir dir;
  ASSERT_EQ(mkfifo(dir.file("pipe").c_str(), 0600), 0);
  ASSERT_EQ(symlink("/dev/null", dir.file("device").c_str()), 0);
  for (const char* name : {"pipe", "device"}) {
    expect_error(ErrorKind::kUsage, {"regular file"}, [&] { AtomicFile(dir.file(name), Overwrite::kYes); });
  }
}

// /dev/stdout looks like the file that stdout was redirected to; replacing it would take it from all programs.
TEST(AtomicFile, NamesThatLeadToOpenFilesAreNeverReplaced) {
  const TempDir dir;
  std::ofstream(dir.file("real")) << "old";
  const int descriptor = open(dir.file("real").c_str(), O_RDONLY);
  const std::string own = "/proc/self/fd/" + std::to_string(descriptor);
  std::filesystem::create_symlink(own, dir.file("direct"));
  std::filesystem::create_symlink("direct", dir.file("through"));
  std::filesystem::create_directory_symlink("/proc/self/fd", dir.file("fd"));
  for (const auto& path :
       {dir.file("direct"), dir.file("through"), dir.file("fd/") + std::to_string(descriptor), own}) {
    for (const auto overwrite : {Overwrite::kNo, Overwrite::kYes}) {
      const std::vector<std::string> words{path, "regular file", "leads to an open file"};
      expect_error(ErrorKind::kUsage, words, [&] { AtomicFile(path, overwrite); });
      expect_error(ErrorKind::kUsage, words, [&] { check_writable(path, overwrite); });
    }
  }
  close(descriptor);
  EXPECT_TRUE(S_ISLNK(mode_of(dir.file("direct"))));
  EXPECT_EQ(content(dir.file("real")), "old");
}

TEST(AtomicFile, ObstaclesAreNamed) {
  const TempDir dir;
  EXPECT_EQ(obstacle_at(dir.path()), "folder");
  EXPECT_EQ(obstacle_at("/dev/null"), "pipe or device");
  EXPECT_NE(obstacle_at("/dev/no-such-device"), "");
  EXPECT_EQ(obstacle_at("/dev/shm/no-such-file"), "");
  EXPECT_EQ(obstacle_at(dir.file("new")), "");
  EXPECT_EQ(obstacle_at(dir.file("no/such/folder")), "");
  std::filesystem::create_symlink("around", dir.file("around"));
  EXPECT_EQ(obstacle_at(dir.file("around")), "");
}

TEST(AtomicFile, TooLongNamesAreRefusedAtOnce) {
  const TempDir dir;
  const std::string path = dir.file(std::string(256, 'n'));
  expect_error(ErrorKind::kUsage, {"255 bytes", "256"}, [&] { AtomicFile(path, Overwrite::kYes); });
  expect_error(ErrorKind::kUsage, {"255 bytes", "256"}, [&] { check_writable(path, Overwrite::kNo); });
  EXPECT_EQ(files_in(dir), 0u);
}

TEST(AtomicFile, CheckWritableLeavesNothingBehind) {
  const TempDir dir;
  check_writable(dir.file("new"), Overwrite::kNo);
  EXPECT_EQ(files_in(dir), 0u);
  std::ofstream(dir.file("there")) << "old";
  check_writable(dir.file("there"), Overwrite::kYes);
  expect_error(ErrorKind::kUsage, {"--force"}, [&] { check_writable(dir.file("there"), Overwrite::kNo); });
  expect_error(ErrorKind::kUsage, {"folder"}, [&] { check_writable(dir.path(), Overwrite::kYes); });
  expect_error(ErrorKind::kResource, {"create"}, [&] { check_writable(dir.file("no/such/folder"), Overwrite::kNo); });
  EXPECT_EQ(content(dir.file("there")), "old");
  EXPECT_EQ(files_in(dir), 1u);
}

TEST(AtomicFile, ModeFollowsTheMask) {
  const TempDir dir;
  const mode_t before = umask(027);
  AtomicFile file(dir.file("mode"), Overwrite::kNo);
  file.commit();
  umask(before);
  struct stat info{};
  ASSERT_EQ(stat(dir.file("mode").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640u);
}

TEST(AtomicFile, AReplacedFileKeepsItsMode) {
  const TempDir dir;
  for (const mode_t mode : {0600u, 0640u, 0444u, 0755u, 0000u}) {
    std::ofstream(dir.file("file")) << "old";
    ASSERT_EQ(chmod(dir.file("file").c_str(), mode), 0);
    AtomicFile file(dir.file("file"), Overwrite::kYes);
    file.write("new");
    file.commit();
    EXPECT_EQ(mode_of(dir.file("file")) & 0777, mode);
    ASSERT_EQ(chmod(dir.file("file").c_str(), 0600), 0);
    EXPECT_EQ(content(dir.file("file")), "new");
  }
}

TEST(AtomicFile, TheTemporaryFileShowsNoMoreThanTheOldOne) {
  const TempDir dir;
  std::ofstream(dir.file("file")) << "old";
  ASSERT_EQ(chmod(dir.file("file").c_str(), 0600), 0);
  const AtomicFile file(dir.file("file"), Overwrite::kYes);
  for (const auto& name : test::names_in(dir.path())) EXPECT_EQ(mode_of(dir.file(name)) & 0077, 0u) << name;
}

TEST(AtomicFile, ALinkIsReplacedAndNotFollowed) {
  const TempDir dir;
  std::ofstream(dir.file("victim")) << "precious";
  ASSERT_EQ(chmod(dir.file("victim").c_str(), 0600), 0);
  ASSERT_EQ(symlink("victim", dir.file("link").c_str()), 0);
  expect_error(ErrorKind::kUsage, {"--force"}, [&] { AtomicFile(dir.file("link"), Overwrite::kNo); });
  AtomicFile file(dir.file("link"), Overwrite::kYes);
  file.write("new");
  file.commit();
  EXPECT_EQ(content(dir.file("victim")), "precious");
  EXPECT_EQ(content(dir.file("link")), "new");
  EXPECT_TRUE(S_ISREG(mode_of(dir.file("link"))));
}

// A container gives a program the same process number each time.
TEST(AtomicFile, LeftoversOfAKilledProcessDoNotInterfere) {
  const TempDir dir;
  for (int i = 0; i < 100; ++i) {
    std::ofstream(dir.file("o.json.tmp-" + std::to_string(getpid()) + "-" + std::to_string(i))) << "half";
  }
  AtomicFile file(dir.file("o.json"), Overwrite::kNo);
  file.write("whole");
  file.commit();
  EXPECT_EQ(content(dir.file("o.json")), "whole");
}

TEST(AtomicFile, LongNamesHaveRoomForTheTemporaryOne) {
  const TempDir dir;
  const std::string name(255, 'n');
  AtomicFile file(dir.file(name), Overwrite::kNo);
  file.write("x");
  file.commit();
  EXPECT_EQ(content(dir.file(name)), "x");
}

TEST(AtomicFile, UnfinishedFilesAndFoldersAreRemovedAndNothingElse) {
  const TempDir dir;
  for (const char* name : {"a.tmp-12-0", "a.tmp-12-0123456789abcdef", "a.tmp-2024-summary", "a"})
    std::ofstream(dir.file(name)) << "x";
  std::filesystem::create_directory(dir.file("best.tmp-12-0123456789abcdef"));
  std::ofstream(dir.file("best.tmp-12-0123456789abcdef/config.json")) << "x";
  // Versions that gave such names made only files, so these folders are not ours.
  std::filesystem::create_directory(dir.file("notes.tmp-2024-05"));
  std::ofstream(dir.file("notes.tmp-2024-05/mine")) << "x";
  std::filesystem::create_symlink("a", dir.file("link.tmp-1-2"));
  remove_unfinished_files(dir.path());
  EXPECT_EQ(test::names_in(dir.path()), (std::set<std::string>{"a", "a.tmp-2024-summary", "link.tmp-1-2",
                                                               "notes.tmp-2024-05", "notes.tmp-2024-05/mine"}));
  remove_unfinished_files(dir.file("missing"));
}

TEST(AtomicFile, FullDisksAreErrorsWithTheSystemsReason) {
  const TempDir dir;
  std::ofstream(dir.file("kept")) << "old";
  // A limit on file size stands in for a full disk; in a child, because the limit cannot be lifted again.
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 1000, .rlim_max = 1000};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(1);
    try {
      AtomicFile file(dir.file("kept"), Overwrite::kYes);
      file.write(std::string(2000, 'x'));
      file.commit();
    } catch (const Error& error) {
      _exit(error.kind() == ErrorKind::kResource && std::string(error.what()).find("too large") != std::string::npos
                ? 42
                : 2);
    }
    _exit(3);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 42);
  EXPECT_EQ(content(dir.file("kept")), "old");
  EXPECT_EQ(files_in(dir), 1u);
}

}  // namespace
}  // namespace trecvit
