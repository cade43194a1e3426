// What the verbs for sets of clips count, and the effect of their options.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cli/command.h"
#include "trecvit/base/tensor.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/io/npz.h"

namespace trecvit::test {
namespace {

class DataCounts : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(dir_.file(name), std::ios::binary) << text;
  }
  // Twelve frames of noise.
  void write_video(const std::string& name) const {
    std::vector<uint8_t> values(size_t{12} * 24 * 24 * 3);
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<uint8_t>(i * 2654435761U >> 13);
    NpzWriter writer(dir_.file(name), Overwrite::kNo);
    writer.add("video", HostTensor::from<uint8_t>({12, 24, 24, 3}, values).view());
    writer.finish();
  }
  std::string bytes(const std::string& name) const { return read_text(*open_file(dir_.file(name)), 1 << 20); }
  TempDir dir_;
};

// A file joined from two recordings can be read, but part of it may be missing.
TEST_F(DataCounts, DamagedFilesAreNotGoodFiles) {
  const std::string ts = read_text(*open_file(TRECVIT_GOLDEN_DIR "/video/mpeg2.ts"), 1 << 20);
  write("whole.ts", ts);
  write("joined.ts", ts + ts);
  write("whole.csv", "path,label\nwhole.ts,a\n");
  write("joined.csv", "path,label\nwhole.ts,a\njoined.ts,b\n");
  const Output whole = trecvit(dir_, "data check whole.csv");
  if (whole.code == 4) GTEST_SKIP() << "this build has no FFmpeg";
  EXPECT_EQ(whole.code, 0) << whole.out << whole.err;
  const Output joined = trecvit(dir_, "data check joined.csv");
  EXPECT_EQ(joined.code, 3) << joined.out << joined.err;
  EXPECT_NE(joined.out.find("2 files, 0 bad, 1 partly damaged"), std::string::npos) << joined.out;
}

TEST_F(DataCounts, AFileInSeveralRowsIsOneFile) {
  write_video("a.npz");
  write("list.csv", "path,label\na.npz,a\na.npz,b\n");
  const Output check = trecvit(dir_, "data check list.csv");
  EXPECT_NE(check.out.find("1 files, 0 bad"), std::string::npos) << check.out;
  const Output stats = trecvit(dir_, "data stats list.csv --json");
  ASSERT_EQ(stats.code, 0) << stats.err;
  EXPECT_EQ(stats.json().at(0)["width_x_height"]["24x24"], 1);
}

// Verbs that accept a list with several labels per row, which training refuses, must report it.
TEST_F(DataCounts, SeveralLabelsPerRowAreReported) {
  write_video("a.npz");
  write("list.csv", "path,label\na.npz,pick up; put down\na.npz,pick up\n");
  const std::string note = "several labels per row";
  EXPECT_NE(trecvit(dir_, "data check list.csv").err.find(note), std::string::npos);
  EXPECT_EQ(trecvit(dir_, "data check --multi-label list.csv").err.find(note), std::string::npos);
}

// Rows of about 200 kB without any trailing part that is a file.
TEST_F(DataCounts, LongRowsAreNotSplitAtEveryBlank) {
  std::string row;
  for (int i = 0; i < 100'000; ++i) row += "a ";
  write("list.txt", row + "walk\n" + row + "run\n");
  const Output output = trecvit(dir_, "data check list.txt");
  EXPECT_EQ(output.code, 3);
  EXPECT_EQ(output.err.find("which ends in a file"), std::string::npos);
}

TEST_F(DataCounts, TheSeedAppliesToThePreview) {
  write_video("a.npz");
  write_video("b.npz");
  write("list.csv", "path,label\na.npz,a\nb.npz,b\n");
  const auto sheet = [&](const std::string& options) {
    const Output output =
        trecvit(dir_, "data preview list.csv --frames 3 --size 16 --augment --force -o s.png " + options);
    EXPECT_EQ(output.code, 0) << output.err;
    return bytes("s.png");
  };
  EXPECT_EQ(sheet("--seed 3"), sheet("--seed 3"));
  EXPECT_NE(sheet("--seed 3"), sheet("--seed 4"));
}

}  // namespace
}  // namespace trecvit::test
