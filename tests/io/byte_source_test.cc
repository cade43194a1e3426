#include "trecvit/io/byte_source.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>

#include "io/hostile.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/temp_dir.h"

namespace trecvit {
namespace {

using test::expect_error;
using test::write_file;

std::string piece(const ByteSource& source, uint64_t offset, size_t count) {
  std::string out(count, '?');
  source.read(offset, std::as_writable_bytes(std::span(out)));
  return out;
}

void check_ranges(const ByteSource& source) {
  EXPECT_EQ(source.size(), 10u);
  EXPECT_EQ(piece(source, 0, 10), "0123456789");
  EXPECT_EQ(piece(source, 3, 4), "3456");
  EXPECT_EQ(piece(source, 10, 0), "");
  for (const uint64_t offset : {uint64_t{7}, uint64_t{10}, uint64_t{11}, UINT64_MAX, UINT64_MAX - 3}) {
    expect_error(ErrorKind::kInput, {source.name(), "10 bytes", "truncated"}, [&] { piece(source, offset, 4); });
  }
}

TEST(ByteSource, FileAndMemoryReadRangesAndRefuseOthers) {
  const test::TempDir dir;
  write_file(dir.file("ten"), "0123456789");
  check_ranges(*open_file(dir.file("ten")));
  const std::string text = "0123456789";
  check_ranges(*open_memory(test::as_bytes(text), "memory"));
}

TEST(ByteSource, MissingFilesFoldersAndPipesAreErrors) {
  const test::TempDir dir;
  expect_error(ErrorKind::kInput, {dir.file("none"), "No such file"}, [&] { open_file(dir.file("none")); });
  expect_error(ErrorKind::kInput, {"regular file"}, [&] { open_file(dir.path()); });
  ASSERT_EQ(mkfifo(dir.file("pipe").c_str(), 0600), 0);
  expect_error(ErrorKind::kInput, {"regular file"}, [&] { open_file(dir.file("pipe")); });
}

TEST(ByteSource, AFileThatShrinksWhileOpenIsAnError) {
  const test::TempDir dir;
  write_file(dir.file("shrinks"), std::string(100'000, 'x'));
  const auto source = open_file(dir.file("shrinks"));
  std::filesystem::resize_file(dir.file("shrinks"), 50'000);
  EXPECT_EQ(piece(*source, 0, 50'000).back(), 'x');
  expect_error(ErrorKind::kInput, {"it has shrunk"}, [&] { piece(*source, 49'990, 20); });
}

TEST(ReadText, ReturnsAllOrRefusesLongFiles) {
  const std::string text("a\0b", 3);
  const auto source = test::source_of(text);
  EXPECT_EQ(read_text(*source, 3), text);
  expect_error(ErrorKind::kInput, {"at most 2 bytes"}, [&] { read_text(*source, 2); });
}

}  // namespace
}  // namespace trecvit
