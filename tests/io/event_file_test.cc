#include "trecvit/io/event_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <vector>

#include "support/errors.h"
#include "support/files.h"
#include "support/python.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/io/tfrecord.h"

namespace trecvit {
namespace {

using test::content;
using test::expect_error;
using test::has_module;
using test::log_of;
using test::python;
using test::TempDir;

EventFile::Options at_noon(int64_t first_step = std::numeric_limits<int64_t>::max()) {
  return {.first_step = first_step, .wall_time = [] { return 1.7e9; }};
}

// The smallest picture: one black pixel.
constexpr unsigned char kPixel[] = {0x89, 'P',  'N',  'G',  '\r', '\n', 0x1a, '\n', 0,   0,    0,    13,   'I',  'H',
                                    'D',  'R',  0,    0,    0,    1,    0,    0,    0,   1,    8,    2,    0,    0,
                                    0,    0x90, 0x77, 0x53, 0xde, 0,    0,    0,    12,  'I',  'D',  'A',  'T',  0x78,
                                    0x9c, 0x63, 0x60, 0x60, 0x60, 0,    0,    0,    4,   0,    1,    0xf6, 0x17, 0x38,
                                    0x55, 0,    0,    0,    0,    'I',  'E',  'N',  'D', 0xae, 0x42, 0x60, 0x82};

// Ends of the records, the beginning included.
std::vector<uint64_t> ends_in(const std::string& path) {
  const auto file = open_file(path);
  RecordReader reader(*file);
  std::vector<uint64_t> ends = {0};
  while (reader.next()) ends.push_back(reader.offset());
  EXPECT_EQ(ends.back(), file->size());
  return ends;
}

// Bytes by the documented field numbers: wall time, step 3, summary with one value of tag "a" and 1.0f.
TEST(EventFile, WritesTheDocumentedBytes) {
  const TempDir dir;
  const std::string path = dir.file(kEventFileName);
  {
    EventFile file(path, {.wall_time = [] { return 1.0; }});
    file.scalar("a", 3, 1);
  }
  const std::string second("\x09\0\0\0\0\0\0\xF0\x3F\x10\0", 11);
  const std::string version = second +
                              "\x1A\x0D"
                              "brain.Event:2";
  const std::string scalar = std::string("\x09\0\0\0\0\0\0\xF0\x3F\x10\x03", 11) +
                             "\x2A\x0A\x0A\x08\x0A\x01"
                             "a" +
                             std::string("\x15\0\0\x80\x3F", 5);
  EXPECT_EQ(content(path), frame_record(version) + frame_record(scalar));
}

TEST(EventFile, TornFilesContinueAfterTheLastWholeRecord) {
  const TempDir dir;
  const std::string path = dir.file(kEventFileName);
  {
    EventFile file(path, at_noon());
    file.scalar("loss", 1, 0.5);
    file.text("note", 2, "text");
  }
  const std::string whole = content(path);
  const auto ends = ends_in(path);
  ASSERT_EQ(ends.size(), 4u);
  for (size_t kept = 0; kept <= whole.size(); ++kept) {
    std::ofstream(path, std::ios::binary) << whole.substr(0, kept);
    EventFile(path, at_noon()).scalar("loss", 2, 0.25);
    const uint64_t before = *(std::upper_bound(ends.begin(), ends.end(), kept) - 1);
    const std::string text = content(path);
    // If even the record of the version is gone, it is written again.
    EXPECT_EQ(text.substr(0, std::max(before, ends[1])), whole.substr(0, std::max(before, ends[1]))) << kept;
    EXPECT_EQ(ends_in(path).size(),
              (before == 0 ? 2u : std::find(ends.begin(), ends.end(), before) - ends.begin() + 1u) + 1)
        << kept;
  }
}

TEST(EventFile, DropsStepsThatAreRepeated) {
  const TempDir dir;
  const std::string path = dir.file(kEventFileName), straight = dir.file("straight.tfevents");
  {
    EventFile file(path, at_noon());
    for (const int64_t step : {10, 20, 15, 30}) file.scalar("loss", step, static_cast<double>(step));
  }
  EventFile(path, at_noon(20)).scalar("loss", 20, 7);
  {
    EventFile file(straight, at_noon());
    file.scalar("loss", 10, 10);
    file.scalar("loss", 15, 15);
    file.scalar("loss", 20, 7);
  }
  EXPECT_EQ(content(path), content(straight));
  const std::string version = content(path).substr(0, ends_in(path)[1]);
  EventFile(path, {.first_step = 0, .wall_time = [] { return 1.0; }}).flush();
  EXPECT_EQ(content(path), version);  // the one of noon
}

TEST(EventFile, ARecordThatIsNotAnEventEndsTheFile) {
  const TempDir dir;
  const std::string path = dir.file(kEventFileName);
  EventFile(path, at_noon()).scalar("loss", 1, 1);
  const std::string good = content(path);
  // A varint without an end, a counted field longer than the record, a wire type that does not exist.
  for (const char* bad : {"\x10\xFF", "\x2A\x7F", "\x2A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", "\x17", "\x09\x01"}) {
    std::ofstream(path, std::ios::binary) << good << frame_record(bad) << frame_record("");
    EventFile(path, at_noon()).flush();
    EXPECT_EQ(content(path), good);
  }
}

TEST(EventFile, RefusesNamesTensorBoardWouldNotFind) {
  const TempDir dir;
  expect_error(ErrorKind::kUsage, {"tfevents"}, [&] { EventFile{dir.file("events.bin")}; });
}

TEST(EventFile, FlushesByItself) {
  const TempDir dir;
  EventFile file(dir.file(kEventFileName), at_noon());
  for (int64_t step = 0; step < 5000; ++step) file.scalar("loss", step, 1);
  EXPECT_GT(std::filesystem::file_size(dir.file(kEventFileName)), 100'000u);
}

TEST(EventFile, TensorBoardReadsIt) {
  const TempDir dir;
  if (!has_module(dir, "tensorboard.backend.event_processing.event_accumulator"))
    GTEST_SKIP() << "python3 with tensorboard is not installed";
  {
    EventFile file(dir.file(kEventFileName), at_noon());
    for (int64_t step = 0; step < 5; ++step)
      file.scalar("train/loss", step * 1000, 1.0 / static_cast<double>(step + 1));
    file.image("sample", 7, {std::as_bytes(std::span(kPixel)), 1, 1});
    file.text("notes", 8, "**bold** \xC3\xA4");
    file.scalar("late", int64_t{1} << 40, -2);
  }
  // A torn tail, and a run that begins again at step 4000.
  std::ofstream(dir.file(kEventFileName), std::ios::binary | std::ios::app) << "torn";
  EventFile(dir.file(kEventFileName), at_noon(int64_t{1} << 40)).scalar("late", int64_t{1} << 40, -3);
  EXPECT_TRUE(python(dir, R"(
from tensorboard.backend.event_processing import event_accumulator
events = event_accumulator.EventAccumulator(".")
events.Reload()
tags = events.Tags()
assert sorted(tags["scalars"]) == ["late", "train/loss"], tags
assert [(e.step, e.wall_time) for e in events.Scalars("train/loss")] == [(i * 1000, 1.7e9) for i in range(5)]
for i, e in enumerate(events.Scalars("train/loss")):
    assert abs(e.value - 1 / (i + 1)) < 1e-7, e
assert [(e.step, e.value) for e in events.Scalars("late")] == [(1 << 40, -3.0)]
(picture,) = events.Images("sample")
assert (picture.step, picture.width, picture.height) == (7, 1, 1)
assert picture.encoded_image_string[1:4] == b"PNG" and len(picture.encoded_image_string) == 69
(text,) = events.Tensors("notes/text_summary") if "notes/text_summary" in tags["tensors"] else events.Tensors("notes")
assert text.tensor_proto.string_val[0].decode() == "**bold** \u00e4", text
assert events.SummaryMetadata("notes").plugin_data.plugin_name == "text"
)")) << log_of(dir);
}

}  // namespace
}  // namespace trecvit
