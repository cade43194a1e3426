#include "trecvit/io/append_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "io/hostile.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/temp_dir.h"

namespace trecvit {
namespace {

using test::content;
using test::expect_error;
using test::TempDir;
using test::write_file;

TEST(AppendFile, ContinuesWhereItEnded) {
  const TempDir dir;
  AppendFile(dir.file("log")).write(test::as_bytes("one"));
  AppendFile file(dir.file("log"));
  EXPECT_EQ(file.size(), 3u);
  file.write(test::as_bytes(" two"));
  file.write({});
  file.sync();
  EXPECT_EQ(file.size(), 7u);
  EXPECT_EQ(content(dir.file("log")), "one two");
}

TEST(AppendFile, RefusesAnythingButRegularFiles) {
  const TempDir dir;
  expect_error(ErrorKind::kUsage, {"folder"}, [&] { AppendFile{dir.path()}; });
  expect_error(ErrorKind::kUsage, {"device"}, [] { AppendFile{"/dev/null"}; });
  expect_error(ErrorKind::kResource, {"missing/log", "No such file"}, [&] { AppendFile{dir.file("missing/log")}; });
}

// A limit of the file's size stands for a full disk.
TEST(AppendFile, FailedWritesLeaveNoPart) {
  const TempDir dir;
  LineFile file(dir.file("log"));
  file.write("first");
  struct rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit limit = before;
  limit.rlim_cur = 10;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  expect_error(ErrorKind::kResource, {"log", "append"}, [&] { file.write("a longer second line"); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(content(dir.file("log")), "first\n");
  file.write("third");
  EXPECT_EQ(content(dir.file("log")), "first\nthird\n");
}

TEST(LineFile, CutsATornLineWhereverItWasTorn) {
  const TempDir dir;
  const std::string whole = "first\nsecond\n\nlast\n", path = dir.file("log");
  for (size_t kept = 0; kept <= whole.size(); ++kept) {
    write_file(path, whole.substr(0, kept));
    {
      LineFile file(path);
      file.write("new");
    }
    const size_t newline = whole.substr(0, kept).rfind('\n');
    const std::string lines = newline == std::string::npos ? "" : whole.substr(0, newline + 1);
    EXPECT_EQ(content(path), lines + "new\n") << kept;
  }
}

TEST(LineFile, CutsATornLineLongerThanAPiece) {
  const TempDir dir;
  write_file(dir.file("log"), "first\n" + std::string(200'000, 'x'));
  LineFile file(dir.file("log"));
  EXPECT_EQ(content(dir.file("log")), "first\n");
  EXPECT_FALSE(file.empty());
  EXPECT_TRUE(LineFile(dir.file("new")).empty());
  EXPECT_THROW(file.write("two\nlines"), std::logic_error);
}

TEST(AppendFile, LinksAreNotFollowed) {
  const TempDir dir;
  write_file(dir.file("victim"), "precious");
  ASSERT_EQ(symlink("victim", dir.file("log").c_str()), 0);
  expect_error(ErrorKind::kUsage, {"link"}, [&] { AppendFile(dir.file("log")); });
  expect_error(ErrorKind::kUsage, {"link"}, [&] { LineFile(dir.file("log")); });
  EXPECT_EQ(content(dir.file("victim")), "precious");
}

TEST(KeepLines, DropsLaterSteps) {
  const TempDir dir;
  const auto before_20 = [](std::optional<int64_t> step) { return !step || *step < 20; };
  write_file(dir.file("log.jsonl"), "{\"step\":10}\n{\"note\":1}\nnonsense\n{\"step\":20}\n{\"step\":19}\n{\"step\":1");
  EXPECT_EQ(keep_lines(dir.file("log.jsonl"), [&](auto line) { return before_20(step_of_json_line(line)); }), 2);
  EXPECT_EQ(content(dir.file("log.jsonl")), "{\"step\":10}\n{\"note\":1}\nnonsense\n{\"step\":19}\n");

  write_file(dir.file("metrics.csv"), "step,loss\n10,0.5\n20,0.25\n30,0.1\n");
  EXPECT_EQ(keep_lines(dir.file("metrics.csv"), [&](auto line) { return before_20(step_of_csv_line(line)); }), 2);
  EXPECT_EQ(content(dir.file("metrics.csv")), "step,loss\n10,0.5\n");
}

TEST(KeepLines, TouchesNothingIfNothingIsDropped) {
  const TempDir dir;
  EXPECT_EQ(keep_lines(dir.file("missing"), [](auto) { return false; }), 0);
  EXPECT_FALSE(std::filesystem::exists(dir.file("missing")));
  write_file(dir.file("log"), "a\nb\n");
  const auto before = std::filesystem::last_write_time(dir.file("log"));
  EXPECT_EQ(keep_lines(dir.file("log"), [](auto) { return true; }), 0);
  EXPECT_EQ(std::filesystem::last_write_time(dir.file("log")), before);
  EXPECT_EQ(keep_lines(dir.file("log"), [](auto) { return false; }), 2);
  EXPECT_EQ(content(dir.file("log")), "");
}

TEST(StepOfLine, OnlyWholeNumbers) {
  EXPECT_EQ(step_of_json_line(R"({"loss":1,"step":12})"), 12);
  for (const char* line : {"", "[1]", "7", R"({"step":1.5})", R"({"step":"1"})", R"({"step":)", R"({"Step":1})"}) {
    EXPECT_EQ(step_of_json_line(line), std::nullopt) << line;
  }
  EXPECT_EQ(step_of_csv_line("12,0.5"), 12);
  EXPECT_EQ(step_of_csv_line("-3"), -3);
  for (const char* line : {"", "step,loss", "1.5,2", " 1,2", "99999999999999999999,1"}) {
    EXPECT_EQ(step_of_csv_line(line), std::nullopt) << line;
  }
}

}  // namespace
}  // namespace trecvit
