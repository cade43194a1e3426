// Reports on the files of a list.
#include "trecvit/data/file_report.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temp_dir.h"
#include "trecvit/io/npz.h"

namespace trecvit::test {
namespace {

void write_array(const std::string& path, int64_t frames, int64_t height, int64_t width) {
  const std::vector<uint8_t> bytes(static_cast<size_t>(frames * height * width * 3));
  NpzWriter writer(path, Overwrite::kNo);
  writer.add("video", {bytes.data(), {frames, height, width, 3}, DType::kU8});
  writer.finish();
}

class FileReport : public testing::Test {
 protected:
  FileReport() {
    write_array(dir_.file("a.npz"), 10, 4, 6);
    write_array(dir_.file("b.npz"), 20, 8, 8);
    std::ofstream(dir_.file("bad.npz")) << "no archive";
    rows_.classes = {"cat", "dog", "eel"};
    for (const char* name : {"a.npz", "b.npz", "a.npz", "bad.npz"}) {
      ClipRow row;
      row.path = dir_.file(name);
      row.name = name;
      row.labels = {static_cast<int64_t>(rows_.rows.size() % 2)};
      row.split = "train";
      rows_.rows.push_back(row);
    }
  }

  const TempDir dir_;
  ClipRows rows_;
};

TEST_F(FileReport, EachFileOnceInTheOrderOfTheList) {
  const auto files = files_of(rows_);
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[0], &rows_.rows[0]);
  EXPECT_EQ(files[2], &rows_.rows[3]);
}

TEST_F(FileReport, DecodesToTheEnd) {
  const FileVerdict good = decode_file(dir_.file("b.npz"), {});
  EXPECT_EQ(good.frames, 20);
  EXPECT_EQ(good.damaged, 0);
  EXPECT_TRUE(good.reason.empty());
  const FileVerdict bad = decode_file(dir_.file("bad.npz"), {});
  EXPECT_NE(bad.reason.find("bad.npz"), std::string::npos);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(decode_file(dir_.file("b.npz"), {.stop = stop.get_token()}), Stopped);
}

TEST_F(FileReport, CountsRowsAndHeaders) {
  struct Counter : ProgressSink {
    void advance(int64_t units) override { files += units; }
    int64_t files = 0;
  } counter;
  const ListStatistics s = list_statistics(rows_, {}, {&counter, {}});
  EXPECT_EQ(s.classes, (std::map<std::string, int64_t>{{"cat", 2}, {"dog", 2}, {"eel", 0}}));
  EXPECT_EQ(s.splits.at("train"), 4);
  EXPECT_EQ(s.sizes, (std::map<std::string, int64_t>{{"6x4", 1}, {"8x8", 1}}));
  EXPECT_EQ(s.files, 3);
  EXPECT_EQ(s.unreadable, 1);
  EXPECT_EQ(counter.files, 3);
  ASSERT_TRUE(s.frames);
  EXPECT_EQ(s.frames->least, 10);
  EXPECT_EQ(s.frames->most, 20);
  EXPECT_FALSE(s.seconds) << "an array has no times";
}

}  // namespace
}  // namespace trecvit::test
