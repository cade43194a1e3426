#include "trecvit/io/npy.h"

#include <gtest/gtest.h>

#include <cstring>

#include "io/hostile.h"
#include "io/raw_zip.h"
#include "support/errors.h"
#include "support/fuzz_entries.h"

namespace trecvit {
namespace {

using test::expect_error;

// A header with this dictionary, as version 1, 2 or 3 has it.
std::string header_with(const std::string& dictionary, int version = 1) {
  std::string out = "\x93NUMPY";
  out += static_cast<char>(version);
  out += '\0';
  if (version == 1) zip::put(out, static_cast<uint16_t>(dictionary.size()));
  if (version != 1) zip::put(out, static_cast<uint32_t>(dictionary.size()));
  return out + dictionary;
}

std::string dictionary(const std::string& descr, const std::string& order, const std::string& shape) {
  return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

NpyHeader parse(const std::string& bytes) { return parse_npy_header(test::as_bytes(bytes), "array.npy"); }

void expect_npy_refused(const std::string& bytes, const std::vector<std::string>& words) {
  SCOPED_TRACE(printable(bytes, 120));
  auto all = words;
  all.push_back("[array.npy]");
  expect_error(ErrorKind::kInput, all, [&] { parse(bytes); });
}

TEST(NpyHeader, RoundTripsEveryTypeAndShape) {
  constexpr DType kTypes[] = {DType::kF32, DType::kF64, DType::kF16, DType::kU8,  DType::kI8,  DType::kU16,
                              DType::kI16, DType::kU32, DType::kI32, DType::kU64, DType::kI64, DType::kBool};
  for (const DType dtype : kTypes) {
    for (const Shape& shape : {Shape{}, Shape{7}, Shape{0}, Shape{2, 3}, Shape{4, 0, 1 << 20}, Shape(32, 1)}) {
      const std::string bytes = make_npy_header(shape, dtype);
      EXPECT_EQ(bytes.size() % 64, 0u);
      const NpyHeader header = parse(bytes + "values");
      EXPECT_EQ(header.shape, shape);
      EXPECT_EQ(header.dtype, dtype);
      EXPECT_EQ(header.data_offset, bytes.size());
    }
  }
}

// NumPy's own names, written and read: two mistakes in one table would cancel out in a round trip.
TEST(NpyHeader, TypesHaveNumPysNames) {
  const std::pair<const char*, DType> types[] = {{"<f4", DType::kF32}, {"<f8", DType::kF64}, {"<f2", DType::kF16},
                                                 {"|u1", DType::kU8},  {"|i1", DType::kI8},  {"<u2", DType::kU16},
                                                 {"<i2", DType::kI16}, {"<u4", DType::kU32}, {"<i4", DType::kI32},
                                                 {"<u8", DType::kU64}, {"<i8", DType::kI64}, {"|b1", DType::kBool}};
  for (const auto& [descr, dtype] : types) {
    EXPECT_EQ(parse(header_with(dictionary(descr, "False", "(2,)"))).dtype, dtype) << descr;
    EXPECT_NE(make_npy_header({2}, dtype).find(fmt::format("'descr': '{}'", descr)), std::string::npos) << descr;
  }
}

TEST(NpyHeader, ReadsAllVersionsAndSpellings) {
  for (int version = 1; version <= 3; ++version) {
    const NpyHeader header = parse(header_with(dictionary("<f8", "False", "(2, 3)"), version));
    EXPECT_EQ(header.shape, (Shape{2, 3})) << version;
    EXPECT_EQ(header.dtype, DType::kF64);
  }
  EXPECT_EQ(parse(header_with("{\"shape\":(5L,),\"fortran_order\":False,\"descr\":\"<i4\"}")).shape, Shape{5});
  EXPECT_EQ(parse(header_with(dictionary("<u1", "False", "()"))).dtype, DType::kU8);
}

TEST(NpyHeader, FortranOrderIsAcceptedIfItMeansNothing) {
  for (const char* shape : {"(1, 9, 1)", "()", "(7,)", "(0, 1)"}) {
    EXPECT_FALSE(parse(header_with(dictionary("<f4", "True", shape))).fortran_order) << shape;
  }
  EXPECT_TRUE(parse(header_with(dictionary("<f4", "True", "(2, 3)"))).fortran_order);
}

TEST(NpyHeader, TwoBytesWithoutATypeAreBfloat16) {
  for (const char* descr : {"<V2", "|V2", "bfloat16", "<bfloat16"}) {
    const NpyHeader header = parse(header_with(dictionary(descr, "False", "(2,)")));
    EXPECT_EQ(header.dtype, DType::kBF16) << descr;
    EXPECT_FALSE(header.big_endian) << descr;
  }
}

TEST(NpyHeader, RefusesOtherTypesWithAWayOut) {
  const std::pair<const char*, const char*> types[] = {
      {"|O", "Python objects"}, {"<c8", "complex"},   {"<f16", "long double"},    {"|S5", "text"},
      {"<U3", "text"},          {"<M8[ns]", "dates"}, {"|V8", "raw bytes"},       {">V2", "raw bytes"},
      {"|V1", "8-bit"},         {"<f1", "8-bit"},     {"float8_e4m3fn", "8-bit"}, {"", "unknown type"},
      {"f4", "unknown type"},   {"xu1", "unknown"},   {"<b1x", "unknown"},        {"=f4", "unknown"}};
  for (const auto& [descr, what] : types) {
    expect_npy_refused(header_with(dictionary(descr, "False", "(2,)")), {"bfloat16, got", what, descr, "; "});
  }
  expect_npy_refused(header_with(dictionary("|O", "False", "()")), {"never loaded", "numpy.savez"});
  expect_npy_refused(header_with(dictionary("|V1", "False", "()")), {".astype(numpy.float32)"});
  expect_npy_refused(header_with("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}"), {"structures"});
}

TEST(NpyHeader, RefusesOtherBytes) {
  expect_npy_refused("", {"too few bytes"});
  expect_npy_refused("PK\x03\x04 something else", {"NumPy array"});
  std::string future = header_with(dictionary("<f4", "False", "()"));
  future[6] = 4;
  expect_npy_refused(future, {"version", "4.0"});
  future[6] = 1;
  future[7] = 1;
  expect_npy_refused(future, {"version", "1.1"});
}

TEST(NpyHeader, RefusesLengthsBeyondTheBytes) {
  std::string bytes = header_with(dictionary("<f4", "False", "(2,)"));
  test::patch(bytes, 8, 0xffff, 2);
  expect_npy_refused(bytes, {"65535 bytes", "truncated"});
  for (const uint64_t length : test::kBoundaries) {
    std::string large = header_with(dictionary("<f4", "False", "(2,)"), 2);
    test::patch(large, 8, length, 4);
    expect_npy_refused(large, {"array.npy"});
  }
  expect_npy_refused(header_with(std::string(70'000, ' '), 2), {"64 KB"});
}

TEST(NpyHeader, RefusesOtherDictionaries) {
  expect_npy_refused(header_with("{}"), {"descr, fortran_order and shape"});
  expect_npy_refused(header_with("{'descr': '<f4', 'shape': (2,)}"), {"descr, fortran_order and shape"});
  expect_npy_refused(header_with("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}"),
                     {"each once"});
  expect_npy_refused(header_with("{'descr': '<f4', 'fortran_order': False, 'shape': (), 'x': 1}"), {"each once"});
  expect_npy_refused(header_with(dictionary("<f4", "False", "()") + "more"), {"nothing after"});
  expect_npy_refused(header_with(dictionary("<f4", "Maybe", "()")), {"True or False"});
  expect_npy_refused(header_with(dictionary("<f4", "False", "(2, -1)")), {"0 or more"});
  expect_npy_refused(header_with(dictionary("<f4", "False", "(2.5,)")), {"')'"});
  expect_npy_refused(header_with(dictionary("<f4", "False", "(2 3)")), {"')'"});
  expect_npy_refused(header_with(dictionary("<f4", "False", "[2]")), {"'('"});
  expect_npy_refused(header_with("{'descr': '<f4"), {"end of a string"});
  std::string axes = "(";
  for (int i = 0; i < 33; ++i) axes += "1,";
  expect_npy_refused(header_with(dictionary("<f4", "False", axes + ")")), {"32 axes"});
}

TEST(NpyHeader, ProductsOfExtentsDoNotWrap) {
  for (const uint64_t a : test::kBoundaries) {
    for (const uint64_t b : test::kBoundaries) {
      const std::string bytes = header_with(dictionary("<f8", "False", fmt::format("({}, {})", a, b)));
      const auto exact = static_cast<long double>(a) * static_cast<long double>(b) * 8;
      const bool fits = a <= INT64_MAX && b <= INT64_MAX && exact < 0x1p64L;
      if (fits) {
        EXPECT_EQ(parse(bytes).shape, (Shape{static_cast<int64_t>(a), static_cast<int64_t>(b)}));
      } else {
        expect_npy_refused(bytes, {"expected"});
      }
    }
  }
}

TEST(ReadNpy, ReturnsValuesAndRefusesOtherSizes) {
  const std::string bytes = test::counting_npy({2, 3});
  const HostTensor tensor = read_npy(*test::source_of(bytes), 24);
  EXPECT_EQ(tensor.shape(), (Shape{2, 3}));
  EXPECT_EQ(tensor.as<float>()[5], 5.0f);
  expect_error(ErrorKind::kInput, {"24 bytes", "truncated"},
               [&] { read_npy(*test::source_of(bytes.substr(0, bytes.size() - 1)), 24); });
  expect_error(ErrorKind::kInput, {"24 bytes", "got 25"}, [&] { read_npy(*test::source_of(bytes + "x"), 24); });
  expect_error(ErrorKind::kResource, {"at most 23"}, [&] { read_npy(*test::source_of(bytes), 23); });
}

// The bytes of a .npy file of 16-bit numbers in the order given.
std::string shorts(const std::string& descr, const std::string& order, const std::string& shape,
                   const std::vector<int>& values) {
  std::string bytes = header_with(dictionary(descr, order, shape));
  for (const int value : values) {
    const auto low = static_cast<char>(value & 0xff), high = static_cast<char>(value >> 8);
    bytes += descr[0] == '>' ? std::string{high, low} : std::string{low, high};
  }
  return bytes;
}

std::vector<int> shorts_of(const std::string& bytes) {
  const HostTensor tensor = read_npy(*test::source_of(bytes), 1 << 20);
  std::vector<int> values;
  for (int64_t i = 0; i < tensor.count(); ++i) {
    int16_t value = 0;
    std::memcpy(&value, tensor.data() + 2 * i, 2);
    values.push_back(value);
  }
  return values;
}

TEST(ReadNpy, BigEndianAndFortranOrderComeOutLikeAllOthers) {
  const std::vector<int> counting = {0, 1, 2, 3, 4, 5};
  EXPECT_EQ(shorts_of(shorts("<i2", "False", "(2, 3)", counting)), counting);
  EXPECT_EQ(shorts_of(shorts(">i2", "False", "(2, 3)", counting)), counting);
  EXPECT_EQ(shorts_of(shorts("<i2", "True", "(2, 3)", {0, 3, 1, 4, 2, 5})), counting) << "columns one after the other";
  EXPECT_EQ(shorts_of(shorts(">i2", "True", "(2, 3)", {0, 3, 1, 4, 2, 5})), counting);
  EXPECT_EQ(shorts_of(shorts("<i2", "True", "(3, 1, 2)", {0, 2, 4, 1, 3, 5})), counting);
  EXPECT_TRUE(shorts_of(shorts("<i2", "True", "(2, 0, 3)", {})).empty());
  // Three axes of different lengths: the first runs fastest.
  std::vector<int> stored, wanted;
  for (int i = 0; i < 24; ++i) wanted.push_back(i);
  for (int k = 0; k < 4; ++k) {
    for (int j = 0; j < 3; ++j) {
      for (int i = 0; i < 2; ++i) stored.push_back(i * 12 + j * 4 + k);
    }
  }
  EXPECT_EQ(shorts_of(shorts("<i2", "True", "(2, 3, 4)", stored)), wanted);
  const std::string wide = header_with(dictionary(">f8", "False", "()")) + std::string("\x3f\xf8\0\0\0\0\0\0", 8);
  EXPECT_EQ(read_npy(*test::source_of(wide), 8).as<double>()[0], 1.5);
}

TEST(ReadNpy, OtherKindsOfFilesAreNamed) {
  expect_error(ErrorKind::kInput, {"(.npy)", "gzip"}, [] { read_npy(*test::source_of("\x1f\x8b\x08"), 8); });
}

TEST(ReadNpy, ScalarsAndEmptyArraysAreArrays) {
  EXPECT_EQ(read_npy(*test::source_of(test::counting_npy({})), 4).as<float>()[0], 0.0f);
  EXPECT_EQ(read_npy(*test::source_of(test::counting_npy({3, 0})), 0).count(), 0);
}

TEST(ReadNpy, MutationsAndPrefixesEndInAnArrayOrAnError) {
  const std::string bytes = test::counting_npy({2, 3});
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(test::fuzz_npy(test::as_bytes(bytes.substr(0, length)))) << length;
  }
  EXPECT_TRUE(test::fuzz_npy(test::as_bytes(bytes)));
  for (uint64_t i = 0; i < 4000; ++i) EXPECT_NO_THROW(test::fuzz_npy(test::as_bytes(test::mutated(bytes, i)))) << i;
}

}  // namespace
}  // namespace trecvit
