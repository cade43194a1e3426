// Inconsistent archives. Each class ends in an Error that says which rule was broken.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "io/hostile.h"
#include "io/raw_zip.h"
#include "support/errors.h"
#include "support/fuzz_entries.h"
#include "support/temp_dir.h"
#include "trecvit/io/npz.h"

namespace trecvit {
namespace {

using test::RawEntry;
using test::RawZip;

RawZip plain() {
  RawZip raw;
  raw.entries = {test::raw_entry("a.npy", test::counting_npy({2, 3})),
                 test::raw_entry("b.npy", test::counting_npy({50}), zip::kDeflated)};
  return raw;
}

void read_every_array(const std::string& bytes) {
  const NpzReader reader(test::source_of(bytes));
  for (const auto& name : reader.names()) reader.read(name);
}

struct MalformedNpz {
  const char* name;
  std::function<void(RawZip&)> damage;
  std::vector<std::string> words;
};

void both(RawEntry& entry, const std::function<void(test::RawHeader&)>& change) {
  change(entry.local);
  change(entry.central);
}

void rename(RawEntry& entry, const std::string& name) {
  both(entry, [&name](auto& header) { header.name = name; });
}

const std::vector<MalformedNpz> kMalformedNpz = {
    {"two disks", [](RawZip& z) { z.disk = 1; }, {"one disk"}},
    {"count over the directory", [](RawZip& z) { z.count = 3; }, {"directory entry"}},
    {"count under the directory", [](RawZip& z) { z.count = 1; }, {"1 directory entries"}},
    {"count asks for zip64 with sizes", [](RawZip& z) { z.directory_size = 0xffffffff; }, {"zip64 end record"}},
    {"directory beyond the file", [](RawZip& z) { z.directory_offset = 0x7fffffff; }, {"truncated"}},
    {"directory too large", [](RawZip& z) { z.directory_size = 0x7fffffff; }, {"directory up to"}},
    {"encrypted", [](RawZip& z) { both(z.entries[0], [](auto& h) { h.flags = 1; }); }, {"a.npy", "encrypt"}},
    {"patched data", [](RawZip& z) { both(z.entries[0], [](auto& h) { h.flags = 0x20; }); }, {"a.npy", "0x0020"}},
    {"other method", [](RawZip& z) { both(z.entries[0], [](auto& h) { h.method = 12; }); }, {"method 12"}},
    {"name leaves the folder", [](RawZip& z) { rename(z.entries[0], "../a.npy"); }, {"entry names", "../a.npy"}},
    {"absolute name", [](RawZip& z) { rename(z.entries[0], "/a.npy"); }, {"entry names"}},
    {"control byte in the name", [](RawZip& z) { rename(z.entries[0], "a\n.npy"); }, {"entry names", "a?.npy"}},
    {"no name", [](RawZip& z) { rename(z.entries[0], ""); }, {"entry names"}},
    {"name too long", [](RawZip& z) { rename(z.entries[0], std::string(2000, 'a') + ".npy"); }, {"entry names"}},
    {"no array", [](RawZip& z) { rename(z.entries[0], "a.txt"); }, {"*.npy", "a.txt", "zip -d"}},
    {"backslash in the name", [](RawZip& z) { rename(z.entries[0], "a\\b.npy"); }, {"entry names"}},
    {"duplicate", [](RawZip& z) { rename(z.entries[1], "a.npy"); }, {"a.npy twice"}},
    {"local name differs", [](RawZip& z) { z.entries[0].local.name = "c.npy"; }, {"agree"}},
    {"local size differs", [](RawZip& z) { z.entries[0].local.size += 1; }, {"agree"}},
    {"local crc differs", [](RawZip& z) { z.entries[0].local.crc ^= 1; }, {"agree"}},
    {"local method differs", [](RawZip& z) { z.entries[1].local.method = 0; }, {"agree"}},
    {"local flags differ", [](RawZip& z) { z.entries[1].local.flags = 8; }, {"agree"}},
    {"local magic differs", [](RawZip& z) { z.entries[0].local.magic ^= 1; }, {"agree"}},
    {"central magic differs", [](RawZip& z) { z.entries[1].central.magic ^= 1; }, {"directory entry"}},
    {"offset elsewhere", [](RawZip& z) { z.entries[0].offset = 1; }, {"agree"}},
    {"offset beyond the file", [](RawZip& z) { z.entries[0].offset = 0x7fffffff; }, {"truncated"}},
    {"offset in a missing zip64 field", [](RawZip& z) { z.entries[0].offset = 0xffffffff; }, {"zip64 field"}},
    {"same content twice", [](RawZip& z) { rename(z.entries[1], "a.npy"), z.entries[1].offset = 0; }, {"agree"}},
    {"zip64 field too short",
     [](RawZip& z) {
       z.entries[0].central.size = 0xffffffff;
       zip::put(z.entries[0].central.extra, uint32_t{0x00040001});
       zip::put(z.entries[0].central.extra, uint32_t{0});
     },
     {"zip64 field", "too few"}},
    {"compressed size over the file",
     [](RawZip& z) {
       z.entries[1].local.flags = z.entries[1].central.flags = zip::kFlagDescriptor;
       z.entries[1].central.compressed = 0x7fffffff;
     },
     {"truncated"}},
    {"compressed size over the next entry",
     [](RawZip& z) { both(z.entries[0], [](auto& h) { h.size += 20, h.compressed += 20; }); },
     {"overlap", "a.npy", "b.npy"}},
    {"compressed size over the directory",
     [](RawZip& z) { both(z.entries[1], [](auto& h) { h.compressed += 20; }); },
     {"overlap", "b.npy", "directory"}},
    {"stored with two sizes", [](RawZip& z) { both(z.entries[0], [](auto& h) { h.size -= 1; }); }, {"one size"}},
    {"crc", [](RawZip& z) { both(z.entries[1], [](auto& h) { h.crc ^= 0x100; }); }, {"b.npy", "CRC"}},
    {"values damaged", [](RawZip& z) { z.entries[0].data.back() ^= 1; }, {"a.npy", "CRC"}},
    {"header damaged", [](RawZip& z) { z.entries[0].data[100] = '\n'; }, {"a.npy", "CRC"}},
    {"no deflate stream", [](RawZip& z) { z.entries[1].data[0] = '\xff'; }, {"b.npy", "cannot be decompressed"}},
    {"content shorter than the shape",
     [](RawZip& z) { z.entries[0] = test::raw_entry("a.npy", make_npy_header({7}, DType::kF32) + "1234"); },
     {"a.npy", "28 bytes", "got 4"}},
    {"content longer than the shape",
     [](RawZip& z) { z.entries[0] = test::raw_entry("a.npy", test::counting_npy({7}) + "1"); },
     {"a.npy", "28 bytes", "got 29"}},
    {"no array header", [](RawZip& z) { z.entries[0] = test::raw_entry("a.npy", "text"); }, {"a.npy", "NumPy"}},
    {"array header over the entry",
     [](RawZip& z) {
       std::string content = test::counting_npy({2});
       content[9] = '\x7f';
       z.entries[0] = test::raw_entry("a.npy", content);
     },
     {"a.npy", "truncated"}},
    {"nested archive", [](RawZip& z) { z.entries[0] = test::raw_entry("a.npy", bytes_of(plain())); }, {"NumPy"}},
    {"objects",
     [](RawZip& z) {
       std::string content = test::counting_npy({2});
       content.replace(content.find("<f4"), 3, "|O'");
       z.entries[0] = test::raw_entry("a.npy", content);
     },
     {"a.npy"}},
};

TEST(NpzMalformed, EveryClassEndsInItsError) {
  EXPECT_NO_THROW(read_every_array(bytes_of(plain())));
  for (const MalformedNpz& c : kMalformedNpz) {
    SCOPED_TRACE(c.name);
    RawZip raw = plain();
    c.damage(raw);
    const std::string bytes = bytes_of(raw);
    auto words = c.words;
    words.push_back("[memory");
    test::expect_error(ErrorKind::kInput, words, [&] { read_every_array(bytes); });
  }
}

TEST(NpzMalformed, AnArrayThatCannotBeReadLeavesOthersReadable) {
  RawZip raw = plain();
  raw.entries[0] = test::raw_entry("a.npy", "text");
  const std::string bytes = bytes_of(raw);
  const NpzReader reader(test::source_of(bytes));
  EXPECT_EQ(reader.names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(reader.read("b").shape(), Shape{50});
  test::expect_error(ErrorKind::kInput, {"a.npy", "NumPy"}, [&] { reader.header("a"); });
  test::expect_error(ErrorKind::kInput, {"a.npy", "NumPy"}, [&] { reader.read("a"); });
}

TEST(NpzMalformed, BytesAfterTheDirectoryAreNotTruncation) {
  for (const std::string comment : {"", "a comment"}) {
    RawZip raw = plain();
    raw.comment = comment;
    const std::string bytes = bytes_of(raw);
    for (const size_t more : {1, 30, 3000}) {
      test::expect_error(
          ErrorKind::kInput,
          {fmt::format("got {} more bytes after it", more), fmt::format("truncate -s {} FILE", bytes.size())},
          [&] { read_every_array(bytes + std::string(more, '\n')); });
    }
    for (size_t length = 0; length < bytes.size(); ++length) {
      try {
        read_every_array(bytes.substr(0, length));
      } catch (const Error& error) {
        EXPECT_EQ(std::string_view(error.what()).find("more bytes after"), std::string_view::npos) << length;
      }
    }
  }
}

TEST(NpzMalformed, WrongDeflateLengthsAreFound) {
  for (const int change : {-4, 4}) {
    RawZip raw = plain();
    // The array header asks for one value less or more than the stream holds; the sizes agree with the header.
    const std::string content = make_npy_header({50 + change / 4}, DType::kF32) + test::counting_npy({50}).substr(128);
    raw.entries[1] = test::raw_entry("b.npy", content, zip::kDeflated);
    both(raw.entries[1], [&](auto& header) { header.size += static_cast<uint32_t>(change); });
    test::expect_error(ErrorKind::kInput, {"b.npy", change < 0 ? "got more" : "got fewer"},
                       [&] { read_every_array(bytes_of(raw)); });
  }
  RawZip raw = plain();  // bytes after the end of the stream
  raw.entries[1].data += "hidden";
  both(raw.entries[1], [](auto& header) { header.compressed += 6; });
  test::expect_error(ErrorKind::kInput, {"another length"}, [&] { read_every_array(bytes_of(raw)); });
}

TEST(NpzMalformed, MoreEntriesThanTheLimitAreRefusedAtOnce) {
  const std::string bytes = bytes_of(plain());
  test::expect_error(ErrorKind::kInput, {"at most 1 entries, got 2"},
                     [&] { NpzReader(test::source_of(bytes), {.max_entries = 1}); });
}

TEST(NpzMalformed, EveryPrefixIsRefused) {
  const std::string bytes = bytes_of(plain());
  for (size_t length = 0; length < bytes.size(); ++length) {
    const std::string cut = bytes.substr(0, length);
    test::expect_error(ErrorKind::kInput, {"truncated download?"}, [&] { read_every_array(cut); });
  }
}

// Files of our own writer (zip64 throughout) and without zip64.
std::vector<std::string> samples() {
  const test::TempDir dir;
  NpzWriter writer(dir.file("a.npz"), Overwrite::kNo);
  const float values[] = {0, 1, 2, 3, 4, 5};
  writer.add("a", HostTensor::from<float>({2, 3}, values).view());
  writer.finish();
  return {read_text(*open_file(dir.file("a.npz")), 1 << 20), bytes_of(plain())};
}

// If an archive still has "a", it is the right "a".
void expect_right_or_refused(const std::string& bytes) {
  try {
    const NpzReader reader(test::source_of(bytes));
    if (!reader.contains("a")) return;
    const HostTensor a = reader.read("a");
    ASSERT_EQ(a.shape(), (Shape{2, 3}));
    for (size_t i = 0; i < 6; ++i) ASSERT_EQ(a.as<float>()[i], static_cast<float>(i));
  } catch (const Error&) {
  }
}

TEST(NpzMalformed, BoundaryNumbersInEveryPlaceNeverWrap) {
  for (const std::string& bytes : samples()) {
    for (const size_t width : {2, 4, 8}) {
      for (size_t at = 0; at + width <= bytes.size(); ++at) {
        for (const uint64_t value : test::kBoundaries) {
          std::string changed = bytes;
          test::patch(changed, at, value, width);
          ASSERT_NO_THROW(expect_right_or_refused(changed)) << at << " " << width << " " << value;
        }
      }
    }
  }
}

TEST(NpzMalformed, PairsOfBoundaryNumbersInTheZip64FieldsNeverWrap) {
  const std::string bytes = samples()[0];
  const size_t end = bytes.size() - zip::kEndBytes - zip::kLocator64Bytes - zip::kEnd64Bytes;
  const size_t local = zip::kLocalBytes + 5 + 4, central = bytes.rfind("a.npy") + 5 + 4;
  const size_t fields[] = {local,    local + 8, central,  central + 8, central + 16,
                           end + 24, end + 32,  end + 40, end + 48,    end + zip::kEnd64Bytes + 8};
  for (const size_t first : fields) {
    for (const size_t second : fields) {
      for (const uint64_t a : test::kBoundaries) {
        for (const uint64_t b : test::kBoundaries) {
          std::string changed = bytes;
          test::patch(changed, first, a, 8);
          test::patch(changed, second, b, 8);
          ASSERT_NO_THROW(expect_right_or_refused(changed)) << first << " " << second << " " << a << " " << b;
        }
      }
    }
  }
}

TEST(NpzMalformed, MutationsEndInArraysOrAnError) {
  for (const std::string& bytes : samples()) {
    EXPECT_TRUE(test::fuzz_npz(test::as_bytes(bytes)));
    for (uint64_t i = 0; i < 4000; ++i) {
      const std::string changed = test::mutated(bytes, i);
      ASSERT_NO_THROW(test::fuzz_npz(test::as_bytes(changed))) << i;
    }
  }
}

}  // namespace
}  // namespace trecvit
