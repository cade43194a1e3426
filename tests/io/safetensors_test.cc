#include "trecvit/io/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>

#include "io/hostile.h"
#include "support/errors.h"
#include "support/temp_dir.h"
#include "trecvit/io/zip_format.h"

namespace trecvit {
namespace {

using test::expect_error;
using test::TempDir;

constexpr DType kEveryType[] = {DType::kF32, DType::kF64, DType::kF16, DType::kBF16, DType::kU8,
                                DType::kI8,  DType::kU16, DType::kI16, DType::kU32,  DType::kI32,
                                DType::kU64, DType::kI64, DType::kBool};

HostTensor patterned(const Shape& shape, DType dtype) {
  HostTensor tensor(shape, dtype);
  for (size_t i = 0; i < tensor.bytes(); ++i) tensor.data()[i] = static_cast<std::byte>(i * 7 + 1);
  return tensor;
}

TEST(Safetensors, RoundTripsEveryTypeAndShape) {
  const TempDir dir;
  std::vector<SafetensorsWriter::Declared> declared;
  for (const DType dtype : kEveryType) {
    const std::string name(word_of(dtype));
    declared.push_back({name + ".matrix", {3, 5}, dtype});
    declared.push_back({name + ".scalar", {}, dtype});
    declared.push_back({name + ".empty", {4, 0, 2}, dtype});
  }
  const std::map<std::string, std::string> metadata = {{"format", "trecvit"}, {"note", "\"quoted\"\n\xc3\xa4"}};
  SafetensorsWriter writer(dir.file("a.safetensors"), Overwrite::kNo, declared, metadata);
  for (const auto& d : declared) writer.add(d.name, patterned(d.shape, d.dtype).view());
  writer.finish();

  const SafetensorsReader reader(open_file(dir.file("a.safetensors")));
  EXPECT_EQ(reader.metadata(), metadata);
  EXPECT_EQ(reader.names().size(), declared.size());
  EXPECT_TRUE(std::is_sorted(reader.names().begin(), reader.names().end()));
  for (const auto& d : declared) {
    SCOPED_TRACE(d.name);
    const HostTensor got = reader.read(d.name), want = patterned(d.shape, d.dtype);
    EXPECT_EQ(got.shape(), d.shape);
    EXPECT_EQ(got.dtype(), d.dtype);
    ASSERT_EQ(got.bytes(), want.bytes());
    if (want.bytes() > 0) {
      EXPECT_EQ(std::memcmp(got.data(), want.data(), want.bytes()), 0);
    }
  }
  expect_error(ErrorKind::kInput, {"a.safetensors", "missing"}, [&] { reader.read("missing"); });
}

// The names in the format: two mistakes in one table would cancel out in a round trip.
TEST(Safetensors, TypesHaveTheNamesOfTheFormat) {
  const std::pair<const char*, DType> types[] = {
      {"F32", DType::kF32}, {"F64", DType::kF64}, {"F16", DType::kF16},  {"BF16", DType::kBF16}, {"U8", DType::kU8},
      {"I8", DType::kI8},   {"U16", DType::kU16}, {"I16", DType::kI16},  {"U32", DType::kU32},   {"I32", DType::kI32},
      {"U64", DType::kU64}, {"I64", DType::kI64}, {"BOOL", DType::kBool}};
  for (const auto& [name, dtype] : types) {
    std::string bytes =
        fmt::format(R"({{"t":{{"dtype":"{}","shape":[1],"data_offsets":[0,{}]}}}})", name, size_of(dtype));
    std::string length;
    zip::put(length, uint64_t{bytes.size()});
    bytes = length + bytes + std::string(size_of(dtype), '\0');
    EXPECT_EQ(SafetensorsReader(test::source_of(bytes)).info("t").dtype, dtype) << name;
  }
}

TEST(Safetensors, EightBitFloatsAreRefusedWithAWayOut) {
  std::string bytes = R"({"t":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}})", length;
  zip::put(length, uint64_t{bytes.size()});
  bytes = length + bytes + "x";
  expect_error(ErrorKind::kInput, {"F8_E4M3", "convert the tensor to F32 or BF16"},
               [&] { SafetensorsReader(test::source_of(bytes)); });
}

TEST(Safetensors, DataBeginsAtAMultipleOfEight) {
  const TempDir dir;
  for (size_t length = 1; length <= 9; ++length) {
    const std::string path = dir.file(std::to_string(length)), name(length, 'n');
    SafetensorsWriter writer(path, Overwrite::kNo, {{name, {1}, DType::kF64}}, {});
    writer.add(name, patterned({1}, DType::kF64).view());
    writer.finish();
    EXPECT_EQ(SafetensorsReader(open_file(path)).info(name).offset % 8, 0u);
    EXPECT_EQ(read_text(*open_file(path), 1000)[8], '{');
  }
}

TEST(Safetensors, FilesWithoutTensorsAreFiles) {
  const TempDir dir;
  SafetensorsWriter(dir.file("none"), Overwrite::kNo, {}, {}).finish();
  EXPECT_TRUE(SafetensorsReader(open_file(dir.file("none"))).names().empty());
}

TEST(SafetensorsWriter, HoldsTheCallerToTheDeclaration) {
  const TempDir dir;
  const HostTensor tensor = patterned({2}, DType::kF32);
  {
    SafetensorsWriter writer(dir.file("a"), Overwrite::kNo, {{"x", {2}, DType::kF32}, {"y", {2}, DType::kF32}}, {});
    writer.add("x", tensor.view());
    EXPECT_THROW(writer.finish(), std::logic_error);
    EXPECT_THROW(writer.add("z", tensor.view()), std::logic_error);
  }
  SafetensorsWriter shapes(dir.file("b"), Overwrite::kNo, {{"x", {1, 2}, DType::kF32}}, {});
  EXPECT_THROW(shapes.add("x", tensor.view()), std::logic_error);
  EXPECT_FALSE(std::filesystem::exists(dir.file("a")));
}

}  // namespace
}  // namespace trecvit
