// Memory limits: reading takes the array and some tens of kilobytes, and a decompression bomb takes nothing.
#include <gtest/gtest.h>

#include <fstream>

#include "io/hostile.h"
#include "io/raw_zip.h"
#include "support/errors.h"
#include "support/temp_dir.h"
#include "trecvit/base/stats.h"
#include "trecvit/io/npz.h"

namespace trecvit {
namespace {

constexpr int64_t kBig = int64_t{32} << 20;  // bytes of the large array
constexpr long kSlack = 8 << 20;             // allocator and sanitizer overhead

// Bytes by which the resident size of the process peaked above its start while `action` ran.
template <class Action>
long peak_of(Action action) {
  const long before = resident_bytes();
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak starts anew
  action();
  return peak_resident_bytes() - before;
}

// An array of `count` zero bytes, which deflate to a thousandth.
void write_zeros(const std::string& path, int64_t count) {
  NpzWriter writer(path, Overwrite::kNo, NpzWriter::Compression::kDeflated);
  writer.begin("zeros", {count}, DType::kU8);
  const std::string piece(1 << 20, '\0');
  for (int64_t done = 0; done < count; done += static_cast<int64_t>(piece.size())) {
    writer.append(test::as_bytes(piece));
  }
  writer.finish();
}

TEST(NpzMemory, ReadingTakesTheArrayAndLittleMore) {
  const test::TempDir dir;
  write_zeros(dir.file("zeros.npz"), kBig);
  const long peak = peak_of([&] { NpzReader(open_file(dir.file("zeros.npz"))).read("zeros"); });
  EXPECT_LT(peak, kBig + kSlack);
  EXPECT_GT(peak, kBig / 2);  // or this test measures nothing
}

TEST(NpzMemory, HeadersAreReadWithoutInflatingValues) {
  const test::TempDir dir;
  write_zeros(dir.file("zeros.npz"), kBig);
  EXPECT_LT(peak_of([&] { NpzReader(open_file(dir.file("zeros.npz"))).header("zeros"); }), kSlack);
}

TEST(NpzMemory, ArraysOverTheBudgetAreRefusedBeforeInflating) {
  const test::TempDir dir;
  write_zeros(dir.file("bomb.npz"), kBig);
  const NpzReader reader(open_file(dir.file("bomb.npz")), {.max_array_bytes = 1 << 20});
  EXPECT_LT(peak_of([&] {
              test::expect_error(ErrorKind::kResource, {"zeros", "at most 1048576"}, [&] { reader.read("zeros"); });
            }),
            kSlack);
}

TEST(NpzMemory, StreamsThatInflateBeyondTheirDeclaredSizeAreStoppedThere) {
  // The stream holds 32 MB, header and sizes say 1 MB.
  std::string content = make_npy_header({1 << 20}, DType::kU8);
  const size_t declared = content.size() + (1 << 20);
  content.resize(static_cast<size_t>(kBig), '\0');
  test::RawZip raw;
  raw.entries = {test::raw_entry("bomb.npy", content, zip::kDeflated)};
  raw.entries[0].local.size = raw.entries[0].central.size = static_cast<uint32_t>(declared);
  const std::string bytes = bytes_of(raw);
  const NpzReader reader(test::source_of(bytes));
  EXPECT_LT(peak_of([&] { test::expect_error(ErrorKind::kInput, {"bomb", "got more"}, [&] { reader.read("bomb"); }); }),
            kSlack);
}

TEST(NpzMemory, SizesThatDeflateCannotReachAreRefusedAtOnce) {
  // 4 GB from a few hundred bytes.
  const std::string content = make_npy_header({4'000'000'000}, DType::kU8) + "few";
  test::RawZip raw;
  raw.entries = {test::raw_entry("bomb.npy", content, zip::kDeflated)};
  raw.entries[0].local.size = raw.entries[0].central.size = 4'000'000'128;
  const std::string bytes = bytes_of(raw);
  EXPECT_LT(peak_of([&] {
              test::expect_error(ErrorKind::kInput, {"bomb.npy", "1100 times", "4000000128"},
                                 [&] { NpzReader reader(test::source_of(bytes)); });
            }),
            kSlack);
}

TEST(NpzMemory, ManyDeflatedEntriesOpenCheaply) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the address sanitizer keeps freed blocks, so the peak says nothing of many small ones";
#endif
  test::RawZip raw;
  const std::string content = test::counting_npy({1000});
  const test::RawEntry one = test::raw_entry("a.npy", content, zip::kDeflated);
  for (int i = 0; i < 5000; ++i) {
    raw.entries.push_back(one);
    raw.entries.back().local.name = raw.entries.back().central.name = fmt::format("layer_{}/kernel.npy", i);
  }
  const std::string bytes = bytes_of(raw);
  EXPECT_LT(peak_of([&] {
              const NpzReader reader(test::source_of(bytes));
              EXPECT_EQ(reader.names().size(), 5000u);
            }),
            kSlack);
}

}  // namespace
}  // namespace trecvit
