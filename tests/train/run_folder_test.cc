#include "trecvit/train/run_folder.h"

#include "train/train_test.h"

namespace trecvit::test {
namespace {

namespace fs = std::filesystem;
using train::RunFolder;

TEST(RunFolder, IsCreatedOrOpenedForOneWriter) {
  const TempDir dir;
  const RunFolder first({"", dir.file("runs"), "name"});
  const RunFolder second({"", dir.file("runs"), "name"});
  EXPECT_EQ(first.path(), dir.file("runs/name-1"));
  EXPECT_EQ(second.path(), dir.file("runs/name-2"));
  expect_error(ErrorKind::kUsage, {"name-1"}, [&] { const RunFolder again({first.path(), "", ""}); });
  second.replace_config("a = 1\n");
  second.replace_config("a = 2\n");
  EXPECT_EQ(bytes_of(dir.file("runs/name-2/config.toml")), "a = 2\n");
}

TEST(RunFolder, RefusesLinks) {
  const TempDir dir;
  for (const char* name : {"best", "checkpoints", "model", "pictures"}) {
    const std::string folder = dir.file(std::string("run ") + name);
    fs::create_directory(folder);
    fs::create_directory_symlink(dir.path(), folder + "/" + name);
    expect_error(ErrorKind::kUsage, {name, "link"}, [&] { const RunFolder open({folder, "", ""}); });
  }
}

}  // namespace
}  // namespace trecvit::test
