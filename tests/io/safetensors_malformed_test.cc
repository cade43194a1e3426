// Inconsistent files. Each class ends in an Error that says which rule was broken.
#include <gtest/gtest.h>

#include "io/hostile.h"
#include "support/errors.h"
#include "support/fuzz_entries.h"
#include "trecvit/io/safetensors.h"

namespace trecvit {
namespace {

std::string file_with(const std::string& header, size_t data_bytes) {
  std::string out(8, '\0');
  test::patch(out, 0, header.size(), 8);
  return out + header + std::string(data_bytes, '\1');
}

std::string tensor(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

const std::string kPlain = R"({"a":)" + tensor("F32", "[2,3]", "[0,24]") + R"(,"b":)" + tensor("U8", "[4]", "[24,28]") +
                           R"(,"__metadata__":{"k":"v"}})";

void read_every_tensor(const std::string& bytes) {
  const SafetensorsReader reader(test::source_of(bytes));
  for (const auto& name : reader.names()) reader.read(name);
}

void expect_safetensors_refused(const std::string& bytes, const std::vector<std::string>& words) {
  SCOPED_TRACE(printable(bytes, 160));
  auto all = words;
  all.push_back("[memory");
  test::expect_error(ErrorKind::kInput, all, [&] { read_every_tensor(bytes); });
}

// A file whose only tensor is called t.
std::string one(const std::string& value, size_t data_bytes) { return file_with("{\"t\":" + value + "}", data_bytes); }

TEST(SafetensorsMalformed, PlainFilesAndLegalOdditiesAreRead) {
  EXPECT_NO_THROW(read_every_tensor(file_with(kPlain, 28)));
  EXPECT_NO_THROW(read_every_tensor(file_with(" \n\t" + kPlain + "   ", 28)));
  EXPECT_NO_THROW(read_every_tensor(file_with("{}", 0)));
  EXPECT_NO_THROW(read_every_tensor(one(tensor("F32", "[]", "[0,4]"), 4)));
  EXPECT_NO_THROW(read_every_tensor(one(tensor("F32", "[0,9]", "[0,0]"), 0)));
  // Empty tensors may stand between others, and the order of the header is free.
  EXPECT_NO_THROW(
      read_every_tensor(file_with(R"({"z":)" + tensor("U8", "[1]", "[1,2]") + R"(,"e":)" +
                                      tensor("U8", "[0]", "[1,1]") + R"(,"a":)" + tensor("U8", "[1]", "[0,1]") + "}",
                                  2)));
}

TEST(SafetensorsMalformed, HeaderLengths) {
  expect_safetensors_refused("", {"an empty file", "truncated"});
  expect_safetensors_refused("1234567", {"got 7 bytes", "truncated"});
  std::string bytes = file_with(kPlain, 28);
  test::patch(bytes, 0, bytes.size() - 7, 8);
  expect_safetensors_refused(bytes, {"header of", "truncated download?"});
  for (const uint64_t length : test::kBoundaries) {
    test::patch(bytes, 0, length, 8);
    expect_safetensors_refused(bytes, {length > 100'000'000 ? "up to 100000000 bytes" : "byte"});
  }
}

TEST(SafetensorsMalformed, HeaderJson) {
  expect_safetensors_refused(file_with("", 0), {"a file of zeros"});
  expect_safetensors_refused(file_with("", 0) + "\1", {"header has 0 bytes", "truncated download?"});
  expect_safetensors_refused(file_with("[]", 0), {"object"});
  expect_safetensors_refused(file_with("\xef\xbb\xbf" + kPlain, 28), {"byte order mark"});
  expect_safetensors_refused(file_with("{\"a\":1}", 0), {"memory: a", "dtype"});
  expect_safetensors_refused(file_with(kPlain + "x", 28), {"JSON"});
  expect_safetensors_refused(file_with("{\"a\xff\":1}", 0), {"UTF-8"});
  expect_safetensors_refused(file_with(std::string(1000, '['), 0), {"32 levels"});
  const std::string t = tensor("U8", "[1]", "[0,1]");
  expect_safetensors_refused(file_with("{\"a\":" + t + ",\"a\":" + t + "}", 1), {"\"a\" twice"});
  expect_safetensors_refused(file_with("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0), {"twice"});
  expect_safetensors_refused(file_with("{\"__metadata__\":{\"a\":1}}", 0), {"strings in __metadata__"});
  expect_safetensors_refused(file_with("{\"__metadata__\":[]}", 0), {"__metadata__ to be an object"});
}

TEST(SafetensorsMalformed, TensorFields) {
  expect_safetensors_refused(one(R"({"dtype":"U8","shape":[1]})", 1), {"memory: t", "data_offsets"});
  expect_safetensors_refused(one(R"({"dtype":"U8","shape":[1],"data_offsets":[0,1],"more":1})", 1),
                             {"other or more keys"});
  expect_safetensors_refused(one(R"({"dtype":"U8","shape":[1],"offsets":[0,1]})", 1), {"other or more keys"});
  expect_safetensors_refused(one(tensor("F8_E4M3", "[1]", "[0,1]"), 1), {"F8_E4M3"});
  expect_safetensors_refused(one(tensor("f32", "[1]", "[0,4]"), 4), {"type such as F32"});
  expect_safetensors_refused(one(R"({"dtype":3,"shape":[1],"data_offsets":[0,1]})", 1), {"type such as F32"});
  expect_safetensors_refused(one(tensor("U8", "1", "[0,1]"), 1), {"shape"});
  expect_safetensors_refused(one(tensor("U8", "[-1]", "[0,1]"), 1), {"0 or more", "-1"});
  expect_safetensors_refused(one(tensor("U8", "[1.0]", "[0,1]"), 1), {"0 or more", "1.0"});
  expect_safetensors_refused(one(tensor("U8", "[true]", "[0,1]"), 1), {"0 or more", "true"});
  expect_safetensors_refused(one(tensor("U8", "[18446744073709551616]", "[0,1]"), 1), {"fits"});
  std::string axes = "[1";
  for (int i = 0; i < 40; ++i) axes += ",1";
  expect_safetensors_refused(one(tensor("U8", axes + "]", "[0,1]"), 1), {"32 axes"});
  expect_safetensors_refused(one(tensor("U8", "[1]", "[0]"), 1), {"two data_offsets"});
  expect_safetensors_refused(one(tensor("U8", "[1]", "[0,1,2]"), 1), {"two data_offsets"});
  expect_safetensors_refused(one(tensor("U8", "[1]", "{}"), 1), {"two data_offsets"});
}

TEST(SafetensorsMalformed, Ranges) {
  expect_safetensors_refused(one(tensor("U8", "[1]", "[1,0]"), 1), {"in order"});
  expect_safetensors_refused(one(tensor("F32", "[2]", "[0,4]"), 4), {"expected 8 bytes", "[2]", "got 4"});
  expect_safetensors_refused(one(tensor("F32", "[2]", "[0,8]"), 7), {"truncated download?"});
  expect_safetensors_refused(one(tensor("F32", "[2]", "[0,8]"), 9), {"end at byte"});
  expect_safetensors_refused(one(tensor("F32", "[2]", "[1,9]"), 9), {"without gap or overlap"});
  const std::string first = R"({"a":)" + tensor("U8", "[4]", "[0,4]") + R"(,"b":)";
  expect_safetensors_refused(file_with(first + tensor("U8", "[4]", "[3,7]") + "}", 7), {"without gap or overlap"});
  expect_safetensors_refused(file_with(first + tensor("U8", "[4]", "[5,9]") + "}", 9), {"without gap or overlap"});
  expect_safetensors_refused(file_with(first + tensor("U8", "[4]", "[0,4]") + "}", 4), {"without gap or overlap"});
  expect_safetensors_refused(file_with("{}", 1), {"end at byte"});
}

TEST(SafetensorsMalformed, PairsOfBoundaryNumbersNeverWrap) {
  for (const uint64_t a : test::kBoundaries) {
    for (const uint64_t b : test::kBoundaries) {
      const std::string pair = fmt::format("[{},{}]", a, b);
      for (const char* dtype : {"U8", "F64"}) {
        // The only legal ones are empty tensors and, for the second, one byte.
        const bool empty = (a == 0 || b == 0) && a <= INT64_MAX && b <= INT64_MAX;
        EXPECT_EQ(test::fuzz_safetensors(test::as_bytes(one(tensor(dtype, pair, "[0,0]"), 0))), empty) << pair;
        const bool byte = a == 0 && b == 1 && dtype[0] == 'U';
        EXPECT_EQ(test::fuzz_safetensors(test::as_bytes(one(tensor(dtype, "[1]", pair), 1))), byte) << pair;
      }
    }
  }
}

TEST(SafetensorsMalformed, EveryPrefixIsRefused) {
  const std::string bytes = file_with(kPlain, 28);
  for (size_t length = 0; length < bytes.size(); ++length) {
    expect_safetensors_refused(bytes.substr(0, length), {"truncated download?"});
  }
}

TEST(SafetensorsMalformed, MutationsEndInTensorsOrAnError) {
  const std::string bytes = file_with(kPlain, 28);
  EXPECT_TRUE(test::fuzz_safetensors(test::as_bytes(bytes)));
  for (uint64_t i = 0; i < 4000; ++i) {
    const std::string changed = test::mutated(bytes, i);
    ASSERT_NO_THROW(test::fuzz_safetensors(test::as_bytes(changed))) << i;
  }
}

}  // namespace
}  // namespace trecvit
