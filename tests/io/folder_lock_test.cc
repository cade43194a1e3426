#include "trecvit/io/folder_lock.h"

#include <gtest/gtest.h>
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

using test::expect_error;
using test::TempDir;

TEST(FolderLock, SecondHolderIsRefusedUntilTheFirstReleasesIt) {
  const TempDir dir;
  {
    const FolderLock first(dir.path());
    expect_error(ErrorKind::kUsage, {dir.path(), "in use by process " + std::to_string(getpid()) + " on "},
                 [&] { FolderLock{dir.path()}; });
  }
  const FolderLock again(dir.path());
}

TEST(FolderLock, FoldersAreIndependent) {
  const TempDir one, other;
  const FolderLock first(one.path());
  const FolderLock second(other.path());
}

TEST(FolderLock, KillingTheHolderReleasesIt) {
  const TempDir dir;
  int taken[2];
  ASSERT_EQ(pipe(taken), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const FolderLock lock(dir.path());
    if (write(taken[1], "x", 1) != 1) _exit(1);
    for (;;) pause();
  }
  char byte = 0;
  ASSERT_EQ(read(taken[0], &byte, 1), 1);
  expect_error(ErrorKind::kUsage, {"process " + std::to_string(child) + " on "}, [&] { FolderLock{dir.path()}; });
  kill(child, SIGKILL);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  const FolderLock lock(dir.path());
  expect_error(ErrorKind::kUsage, {"process " + std::to_string(getpid()) + " on "}, [&] { FolderLock{dir.path()}; });
  close(taken[0]);
  close(taken[1]);
}

// The text that a holder left is untrusted.
TEST(FolderLock, SaysNothingUnprintable) {
  const TempDir dir;
  const FolderLock lock(dir.path());
  std::ofstream(dir.file("lock")) << "\x1b[31mred\nsecond line";
  expect_error(ErrorKind::kUsage, {"in use by ?[31mred;"}, [&] { FolderLock{dir.path()}; });
  std::ofstream(dir.file("lock")) << "";
  expect_error(ErrorKind::kUsage, {"another process"}, [&] { FolderLock{dir.path()}; });
}

// A run folder may come from an untrusted archive.
TEST(FolderLock, LinksAndPipesAreRefused) {
  const TempDir dir;
  std::ofstream(dir.file("victim")) << "precious";
  ASSERT_EQ(symlink("victim", dir.file("lock").c_str()), 0);
  expect_error(ErrorKind::kUsage, {"lock", "a link, which is not followed"}, [&] { FolderLock{dir.path()}; });
  std::filesystem::remove(dir.file("lock"));
  ASSERT_EQ(mkfifo(dir.file("lock").c_str(), 0600), 0);
  expect_error(ErrorKind::kUsage, {"lock", "a pipe or device"}, [&] { FolderLock{dir.path()}; });
  std::filesystem::remove(dir.file("lock"));
  std::filesystem::create_hard_link(dir.file("victim"), dir.file("lock"));
  const FolderLock lock(dir.path());
  EXPECT_EQ(test::content(dir.file("victim")), "precious");
}

TEST(FolderLock, NeedsAFolder) {
  const TempDir dir;
  expect_error(ErrorKind::kResource, {"missing"}, [&] { FolderLock{dir.file("missing")}; });
}

}  // namespace
}  // namespace trecvit
