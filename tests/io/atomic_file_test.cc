#include "trecvit/io/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "support/errors.h"
#include "support/temp_dir.h"

namespace trecvit {
namespace {

using test::expect_error;
using test::TempDir;

std::string content(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

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

TEST(AtomicFile, AbandonedFilesLeaveTheOldOneAndNothingElse) {
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
