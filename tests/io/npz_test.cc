#include "trecvit/io/npz.h"

#include <gtest/gtest.h>

#include <cstring>

#include "io/counting_tensor.h"
#include "io/hostile.h"
#include "io/raw_zip.h"
#include "support/errors.h"
#include "support/golden.h"
#include "support/temp_dir.h"

namespace trecvit {
namespace {

using test::counting_tensor;
using test::expect_error;
using test::TempDir;
using enum NpzWriter::Compression;

void expect_same(const HostTensor& got, const HostTensor& want) {
  EXPECT_EQ(got.shape(), want.shape());
  EXPECT_EQ(got.dtype(), want.dtype());
  ASSERT_EQ(got.bytes(), want.bytes());
  if (want.bytes() > 0) {
    EXPECT_EQ(std::memcmp(got.data(), want.data(), want.bytes()), 0);
  }
}

std::string file_bytes(const std::string& path) { return read_text(*open_file(path), 1 << 28); }

class NpzRoundTrip : public testing::TestWithParam<NpzWriter::Compression> {};

TEST_P(NpzRoundTrip, KeepsNamesShapesTypesAndValues) {
  const TempDir dir;
  const HostTensor matrix = counting_tensor({300, 200}), scalar = counting_tensor({}), empty = counting_tensor({0, 5});
  const int64_t numbers[] = {INT64_MIN, -1, INT64_MAX};
  const auto integers = HostTensor::from<int64_t>({3}, numbers);
  NpzWriter writer(dir.file("a.npz"), Overwrite::kNo, GetParam());
  writer.add("tokenizer/embedding/kernel", matrix.view());
  writer.add("scalar", scalar.view());
  writer.add("empty", empty.view());
  writer.add("block_0.a-b", integers.view());
  writer.finish();

  const NpzReader reader(open_file(dir.file("a.npz")));
  EXPECT_EQ(reader.names(), (std::vector<std::string>{"block_0.a-b", "empty", "scalar", "tokenizer/embedding/kernel"}));
  EXPECT_TRUE(reader.contains("scalar"));
  EXPECT_FALSE(reader.contains("scalar.npy"));
  EXPECT_EQ(reader.header("tokenizer/embedding/kernel").shape, (Shape{300, 200}));
  expect_same(reader.read("tokenizer/embedding/kernel"), matrix);
  expect_same(reader.read("scalar"), scalar);
  expect_same(reader.read("empty"), empty);
  expect_same(reader.read("block_0.a-b"), integers);
  expect_error(ErrorKind::kInput, {"a.npz", "other"}, [&] { reader.read("other"); });
}

TEST_P(NpzRoundTrip, PiecesMakeTheSameFileAsTheWhole) {
  const TempDir dir;
  const HostTensor array = counting_tensor({64, 1000});
  for (const char* name : {"whole.npz", "pieces.npz"}) {
    NpzWriter writer(dir.file(name), Overwrite::kNo, GetParam());
    writer.begin("array", array.shape(), array.dtype());
    const size_t piece = name[0] == 'w' ? array.bytes() : 7001;
    for (size_t at = 0; at < array.bytes(); at += piece) {
      writer.append({array.data() + at, std::min(piece, array.bytes() - at)});
    }
    writer.finish();
  }
  expect_same(NpzReader(open_file(dir.file("pieces.npz"))).read("array"), array);
  if (GetParam() == kStored) {
    EXPECT_EQ(file_bytes(dir.file("whole.npz")), file_bytes(dir.file("pieces.npz")));
  }
}

TEST_P(NpzRoundTrip, AnArchiveWithoutArraysIsAnArchive) {
  const TempDir dir;
  NpzWriter(dir.file("none.npz"), Overwrite::kNo, GetParam()).finish();
  EXPECT_TRUE(NpzReader(open_file(dir.file("none.npz"))).names().empty());
}

INSTANTIATE_TEST_SUITE_P(Both, NpzRoundTrip, testing::Values(kStored, kDeflated),
                         [](const auto& test) { return test.param == kStored ? "Stored" : "Deflated"; });

TEST(NpzWriter, UnfinishedFilesDoNotAppear) {
  const TempDir dir;
  {
    NpzWriter writer(dir.file("a.npz"), Overwrite::kNo, kDeflated);
    writer.begin("array", {1000}, DType::kF32);
    EXPECT_THROW(writer.finish(), std::logic_error);
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(NpzWriter, RefusesNamesThatTheReaderRefuses) {
  const TempDir dir;
  NpzWriter writer(dir.file("a.npz"), Overwrite::kNo);
  const HostTensor array = counting_tensor({1});
  for (const std::string name : {"", "/root", "up/../down", "blank blank", "caf\xc3\xa9", "a\\b"}) {
    expect_error(ErrorKind::kInput, {"array names"}, [&] { writer.add(name, array.view()); });
  }
  writer.add("twice", array.view());
  EXPECT_THROW(writer.add("twice", array.view()), std::logic_error);
}

TEST(NpzReader, PublishedArchivesStoredAndDeflatedAreEqual) {
  const NpzReader stored = test::golden_arrays("mu_2d_weights.npz");
  const NpzReader deflated = test::golden_arrays("mu_2d_weights_deflate.npz");
  ASSERT_GT(stored.names().size(), 20u);
  ASSERT_EQ(stored.names(), deflated.names());
  for (const auto& name : stored.names()) expect_same(deflated.read(name), stored.read(name));
}

TEST(NpzReader, AcceptsOrdinaryZipFiles) {
  const std::string content = test::counting_npy({2, 3});
  test::RawZip raw;
  raw.entries = {test::raw_entry("a.npy", content), test::raw_entry("b/c.npy", content, zip::kDeflated)};
  raw.comment = "a comment, even one with PK\x05\x06 inside and more bytes after it";
  EXPECT_EQ(NpzReader(test::source_of(bytes_of(raw))).names(), (std::vector<std::string>{"a", "b/c"}));

  // Written to a pipe: the local header holds zeros, a data descriptor follows.
  for (auto& entry : raw.entries) {
    entry.local.flags = entry.central.flags = zip::kFlagDescriptor;
    entry.local.crc = entry.local.size = entry.local.compressed = 0;
    entry.data += "PK\x07\x08............";
  }
  const std::string bytes = bytes_of(raw);
  const NpzReader reader(test::source_of(bytes));
  EXPECT_EQ(reader.read("a").as<float>()[5], 5.0f);
  EXPECT_EQ(reader.read("b/c").as<float>()[5], 5.0f);
}

TEST(NpzReader, AcceptsTheLongestComment) {
  test::RawZip raw;
  raw.entries = {test::raw_entry("a.npy", test::counting_npy({2}))};
  raw.comment = std::string(65535, 'c');
  const std::string bytes = bytes_of(raw);
  EXPECT_EQ(NpzReader(test::source_of(bytes)).names(), (std::vector<std::string>{"a"}));
}

// Files zipped by hand, on a Mac or in a file manager.
TEST(NpzReader, EntriesWithoutAnArrayAreSkipped) {
  const std::string content = test::counting_npy({2, 3});
  test::RawZip raw;
  raw.entries = {test::raw_entry("my model (1)/", ""),
                 test::raw_entry("my model (1)/a/", "", zip::kDeflated),
                 test::raw_entry("my model (1)/a/b.npy", content),
                 test::raw_entry("__MACOSX/my model (1)/a/._b.npy", "notes"),
                 test::raw_entry("x/__MACOSX/._c.npy", "notes"),
                 test::raw_entry("my model (1)/.DS_Store", "notes"),
                 test::raw_entry("Thumbs.db", "notes"),
                 test::raw_entry("desktop.ini", "notes"),
                 test::raw_entry("._d.npy", "notes"),
                 test::raw_entry("Modelle gr\xc3\xb6\xc3\x9f"
                                 "er/c.npy",
                                 content, zip::kDeflated)};
  const std::string bytes = bytes_of(raw);
  const NpzReader reader(test::source_of(bytes));
  EXPECT_EQ(reader.names(), (std::vector<std::string>{"Modelle gr\xc3\xb6\xc3\x9f"
                                                      "er/c",
                                                      "my model (1)/a/b"}));
  EXPECT_EQ(reader.read("my model (1)/a/b").as<float>()[5], 5.0f);
}

TEST(NpzReader, FolderEntriesWithContentAreRefused) {
  test::RawZip raw;
  raw.entries = {test::raw_entry("a.npy", test::counting_npy({2})), test::raw_entry("folder/", "hidden")};
  const std::string bytes = bytes_of(raw);
  expect_error(ErrorKind::kInput, {"folder/", "*.npy", "another file"}, [&] { NpzReader(test::source_of(bytes)); });
}

TEST(NpzReader, MissingArraysListTheNames) {
  test::RawZip raw;
  for (int i = 0; i < 7; ++i)
    raw.entries.push_back(test::raw_entry(fmt::format("arr_{}.npy", i), test::counting_npy({1})));
  const std::string bytes = bytes_of(raw);
  expect_error(ErrorKind::kInput, {"an array video", "arr_0, arr_1, arr_2, arr_3, arr_4 and 2 more"},
               [&] { NpzReader(test::source_of(bytes)).read("video"); });
}

TEST(NpzReader, TypesAndOrdersAreThoseOfNpy) {
  std::string big = test::counting_npy({2}), columns = test::counting_npy({2, 3});
  big.replace(big.find("<f4"), 3, ">f4");
  columns.replace(columns.find("False"), 6, "True, ");
  test::RawZip raw;
  raw.entries = {test::raw_entry("big.npy", big), test::raw_entry("columns.npy", columns, zip::kDeflated)};
  const std::string bytes = bytes_of(raw);
  const NpzReader reader(test::source_of(bytes));
  EXPECT_EQ(reader.read("big").as<float>()[1], 4.6006e-41f) << "the bytes of 1 the other way round";
  const auto values = reader.read("columns");
  EXPECT_EQ(values.as<float>()[1], 2.0f);
  EXPECT_EQ(values.as<float>()[3], 1.0f);
}

TEST(NpzReader, ReadsHeadersLongerThanUsual) {
  // Version 2 headers, and any beyond the first look, are read whole.
  std::string content = "\x93NUMPY\x02";
  content += '\0';
  std::string dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
  dictionary.resize(3000, ' ');
  zip::put(content, static_cast<uint32_t>(dictionary.size()));
  content += dictionary;
  zip::put(content, 1.0f);
  zip::put(content, 2.0f);
  test::RawZip raw;
  raw.entries = {test::raw_entry("a.npy", content), test::raw_entry("b.npy", content, zip::kDeflated)};
  const std::string bytes = bytes_of(raw);
  const NpzReader reader(test::source_of(bytes));
  EXPECT_EQ(reader.read("a").as<float>()[1], 2.0f);
  EXPECT_EQ(reader.read("b").as<float>()[1], 2.0f);
}

}  // namespace
}  // namespace trecvit
