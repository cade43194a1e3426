#include "trecvit/io/run_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "support/errors.h"
#include "support/temp_dir.h"

namespace trecvit {
namespace {

using test::expect_error;
using test::TempDir;

TEST(RunFolder, CountsUpFromTheLargest) {
  const TempDir dir;
  const std::string parent = dir.file("a/b");
  EXPECT_EQ(latest_numbered_folder(parent, "run"), std::nullopt);
  EXPECT_EQ(make_numbered_folder(parent, "run"), parent + "/run-1");
  EXPECT_EQ(make_numbered_folder(parent, "run"), parent + "/run-2");
  std::filesystem::create_directory(parent + "/run-9");
  std::filesystem::remove(parent + "/run-1");
  EXPECT_EQ(make_numbered_folder(parent, "run"), parent + "/run-10");
  EXPECT_EQ(latest_numbered_folder(parent, "run"), parent + "/run-10");
  EXPECT_TRUE(std::filesystem::is_directory(parent + "/run-10"));
}

TEST(RunFolder, OtherNamesDoNotCount) {
  const TempDir dir;
  for (const char* other : {"run", "run-", "run-x", "run-07", "run-0", "run-3-4", "run-5x", "runs-6", "run-1-best",
                            "run-99999999999999999999", "run-1000000001"}) {
    std::filesystem::create_directory(dir.file(other));
  }
  EXPECT_EQ(latest_numbered_folder(dir.path(), "run"), std::nullopt);
  EXPECT_EQ(make_numbered_folder(dir.path(), "run"), dir.file("run-1"));
  EXPECT_EQ(make_numbered_folder(dir.path(), "run-3"), dir.file("run-3-5"));
}

TEST(RunFolder, AFileTakesANumberButIsNoRun) {
  const TempDir dir;
  std::ofstream(dir.file("run-3")) << "a file";
  EXPECT_EQ(latest_numbered_folder(dir.path(), "run"), std::nullopt);
  EXPECT_EQ(make_numbered_folder(dir.path(), "run"), dir.file("run-4"));
}

TEST(RunFolder, FoldersAreNeverGivenTwice) {
  const TempDir dir;
  std::set<std::string> folders;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 25; ++j) {
        const std::string folder = make_numbered_folder(dir.path(), "run");
        const std::scoped_lock lock(mutex);
        EXPECT_TRUE(folders.insert(folder).second) << folder;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(folders.size(), 100u);
  EXPECT_EQ(latest_numbered_folder(dir.path(), "run"), dir.file("run-100"));
  EXPECT_EQ(latest_numbered_folder(dir.path(), "run", "config.toml"), std::nullopt);
  std::ofstream(dir.file("run-7/config.toml")) << "x";
  EXPECT_EQ(latest_numbered_folder(dir.path(), "run", "config.toml"), dir.file("run-7"));
}

TEST(RunFolder, RefusesInvalidNames) {
  const TempDir dir;
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string("a/b"), std::string("a\0b", 3)}) {
    expect_error(ErrorKind::kUsage, {"name"}, [&] { make_numbered_folder(dir.path(), name); });
    expect_error(ErrorKind::kUsage, {"name"}, [&] { latest_numbered_folder(dir.path(), name); });
  }
  std::ofstream(dir.file("file")) << "no folder";
  expect_error(ErrorKind::kResource, {"file"}, [&] { make_numbered_folder(dir.file("file"), "run"); });
  expect_error(ErrorKind::kResource, {"file"}, [&] { latest_numbered_folder(dir.file("file"), "run"); });
}

TEST(RunFolder, LinksInItAreRefused) {
  const TempDir dir, elsewhere;
  constexpr std::string_view kNames[] = {"best", "pictures"};
  std::filesystem::create_directory(dir.file("best"));
  std::filesystem::create_directory_symlink(elsewhere.path(), dir.file("other"));
  EXPECT_NO_THROW(refuse_links(dir.path(), kNames));
  std::filesystem::create_directory_symlink(elsewhere.path(), dir.file("pictures"));
  test::expect_error(ErrorKind::kUsage, {dir.file("pictures"), "a link, which is not followed"},
                     [&] { refuse_links(dir.path(), kNames); });
}

}  // namespace
}  // namespace trecvit
