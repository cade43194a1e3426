#include "trecvit/video/source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <limits>
#include <utility>
#include <vector>

#include "io/raw_zip.h"
#include "support/errors.h"
#include "support/temp_dir.h"
#include "trecvit/io/npz.h"
#include "trecvit/synth/noise.h"

namespace trecvit {
namespace {

using test::expect_error;
using namespace std::string_literals;

TEST(SyntheticSource, GivesTheFramesOfTheGenerator) {
  const auto source = open_source("synthetic:noise?seed=5&frames=3&size=8x6&fps=10");
  EXPECT_EQ(source->info().name, "synthetic:noise?seed=5&frames=3&size=8x6&fps=10");
  EXPECT_EQ(source->info().height, 8);
  EXPECT_EQ(source->info().width, 6);
  EXPECT_EQ(source->info().frames_from_header, 3);
  EXPECT_DOUBLE_EQ(source->info().duration_seconds_from_header.value(), 0.3);
  const Noise noise(5, {8, 6});
  std::vector<uint8_t> expected(8 * 6 * 3);
  for (int64_t t = 0; t < 3; ++t) {
    const auto frame = source->next();
    ASSERT_TRUE(frame);
    noise.render(t, expected);
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), frame->image.row<uint8_t>(0)));
    EXPECT_EQ(frame->index, t);
    EXPECT_DOUBLE_EQ(frame->pts_seconds, static_cast<double>(t) / 10);
    EXPECT_DOUBLE_EQ(frame->duration_seconds, 0.1);
  }
  EXPECT_FALSE(source->next());
  EXPECT_FALSE(source->next());
  EXPECT_EQ(source->faults().damaged_packets, 0);
}

TEST(SyntheticSource, RefusesABadSpecification) {
  expect_error(ErrorKind::kUsage, {"shapes, noise, black"}, [] { open_source("synthetic:cats"); });
  expect_error(ErrorKind::kUsage, {"at most 99 pixels", "got 100"},
               [] { open_source("synthetic:black?size=10", {.max_pixels = 99}); });
}

class ArraySourceTest : public testing::Test {
 protected:
  // A .npz file with one array.
  std::string write(const std::string& array, const HostTensor& tensor) const {
    const std::string path = folder_.file("clip.npz");
    NpzWriter writer(path, Overwrite::kYes);
    writer.add(array, tensor.view());
    writer.finish();
    return path;
  }
  test::TempDir folder_;
};

HostTensor counting_bytes(Shape shape) {
  HostTensor tensor(std::move(shape), DType::kU8);
  uint8_t next = 0;
  for (uint8_t& value : tensor.as<uint8_t>()) value = next++;
  return tensor;
}

TEST_F(ArraySourceTest, GivesBytesInOrder) {
  const HostTensor video = counting_bytes({3, 4, 5, 3});
  const auto source = open_source(write("video", video));
  EXPECT_EQ(source->info().height, 4);
  EXPECT_EQ(source->info().width, 5);
  EXPECT_EQ(source->info().format, "npz");
  EXPECT_EQ(source->info().frames_from_header, 3);
  EXPECT_DOUBLE_EQ(source->info().fps_from_header.value(), 25) << "as they are shown";
  for (int64_t t = 0; t < 3; ++t) {
    const auto frame = source->next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->index, t);
    EXPECT_NEAR(frame->pts_seconds, static_cast<double>(t) * 0.04, 1e-12);
    const auto expected = video.as<uint8_t>().subspan(t * 60, 60);
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), frame->image.row<uint8_t>(0)));
  }
  EXPECT_FALSE(source->next());
}

TEST_F(ArraySourceTest, ReadsPlainNpy) {
  const HostTensor video = counting_bytes({2, 2, 2, 3});
  const std::string path = folder_.file("clip.npy");
  std::ofstream(path, std::ios::binary) << make_npy_header(video.shape(), video.dtype())
                                        << std::string(reinterpret_cast<const char*>(video.data()), video.bytes());
  const auto source = open_source(path);
  EXPECT_TRUE(source->next());
  EXPECT_EQ(source->next()->image.row<uint8_t>(1)[5], 23);
  EXPECT_FALSE(source->next());
}

TEST_F(ArraySourceTest, FloatsAreAcceptedAndErrorsNameTheFrame) {
  for (const float bad :
       {1.5f, -0.001f, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    HostTensor video({3, 2, 2, 3}, DType::kF32);
    video.as<float>()[0] = 1.0f;
    video.as<float>()[12 + 11] = bad;
    const auto source = open_source(write("video", video));
    const auto frame = source->next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->image.type, PixelType::kF32);
    EXPECT_EQ(frame->image.row<float>(0)[0], 1.0f);
    expect_error(ErrorKind::kInput, {"clip.npz", "in frame 1", "[0, 1]", "astype(\"uint8\")"}, [&] { source->next(); });
  }
}

TEST_F(ArraySourceTest, RefusesOtherArrays) {
  const auto refuse = [&](const std::string& array, const HostTensor& tensor, const std::vector<std::string>& words) {
    const std::string path = write(array, tensor);
    expect_error(ErrorKind::kInput, words, [&] { open_source(path); });
  };
  refuse("clip", counting_bytes({1, 2, 2, 3}), {"clip.npz", "'video'"});
  const std::pair<DType, const char*> conversions[] = {{DType::kF64, "video.astype(\"float32\")"},
                                                       {DType::kF16, "video.astype(\"float32\")"},
                                                       {DType::kU16, "(video / 65535).astype(\"float32\")"},
                                                       {DType::kI64, "video.astype(\"uint8\")"},
                                                       {DType::kI16, "video.astype(\"uint8\")"},
                                                       {DType::kI8, "video.view(\"uint8\")"},
                                                       {DType::kBool, "(video * 255).astype(\"uint8\")"}};
  for (const auto& [type, way_out] : conversions)
    refuse("video", HostTensor({1, 2, 2, 3}, type), {std::string(word_of(type)), way_out});
  refuse("video", counting_bytes({5, 3, 8, 9}), {"[5, 3, 8, 9]", "transpose(0, 2, 3, 1)"});
  refuse("video", counting_bytes({3, 5, 8, 9}), {"transpose(1, 2, 3, 0)"});
  refuse("video", counting_bytes({5, 8, 9, 1}), {"repeat(3, axis=3)"});
  refuse("video", counting_bytes({1, 5, 8, 9, 3}), {"video[0]"});
  refuse("video", counting_bytes({8, 9, 3}), {"video[None]"});
  refuse("video", counting_bytes({2, 2, 3}), {"[T, H, W, 3]", "[2, 2, 3]"});
  refuse("video", counting_bytes({1, 2, 2, 4}), {"[1, 2, 2, 4]"});
  refuse("video", counting_bytes({0, 2, 2, 3}), {"[0, 2, 2, 3]"});
  refuse("video", counting_bytes({1, 0, 2, 3}), {"[1, 0, 2, 3]"});
  refuse("video", counting_bytes({1, 1, kMaxImageSide + 1, 3}), {"32768"});
  const std::string path = write("video", counting_bytes({1, 4, 5, 3}));
  expect_error(ErrorKind::kInput, {"at most 19 pixels", "got 20"}, [&] { open_source(path, {.max_pixels = 19}); });
}

// Only the array with the frames is read.
TEST_F(ArraySourceTest, OtherArraysNextToTheFramesNeedNotBeReadable) {
  std::string labels = make_npy_header({2}, DType::kF32) + "running\0"s;
  labels.replace(labels.find("<f4"), 3, "|S4");
  test::RawZip raw;
  const HostTensor video = counting_bytes({1, 2, 2, 3});
  raw.entries = {test::raw_entry("label.npy", labels),
                 test::raw_entry("video.npy", make_npy_header(video.shape(), video.dtype()) + "twelve bytes")};
  const std::string path = folder_.file("clip.npz");
  std::ofstream(path, std::ios::binary) << bytes_of(raw);
  EXPECT_EQ(open_source(path)->next()->image.row<uint8_t>(0)[0], 't');
  raw.entries[1].local.name = raw.entries[1].central.name = "frame.npy";
  raw.entries[0].local.name = raw.entries[0].central.name = "video.npy";
  std::ofstream(path, std::ios::binary) << bytes_of(raw);
  expect_error(ErrorKind::kInput, {"video.npy", "text"}, [&] { open_source(path); });
}

TEST_F(ArraySourceTest, RefusesFilesThatAreNotArrays) {
  expect_error(ErrorKind::kInput, {"missing.npz"}, [&] { open_source(folder_.file("missing.npz")); });
  std::ofstream(folder_.file("text.npy")) << "not an array";
  expect_error(ErrorKind::kInput, {"text.npy"}, [&] { open_source(folder_.file("text.npy")); });
}

// Frames wait in a queue while others are read, and are then given back and filled again.
TEST(FrameSource, FramesOwnTheirPixels) {
  const std::string name = "synthetic:noise?frames=6&size=8x6";
  std::deque<Frame> queue;
  const auto source = open_source(name);
  for (Frame frame; source->read(frame); frame = Frame()) queue.push_back(std::move(frame));
  ASSERT_EQ(queue.size(), 6U);
  const auto again = open_source(name);
  Frame recycled;
  const void* memory = nullptr;
  for (const Frame& waited : queue) {
    ASSERT_TRUE(again->read(recycled));
    EXPECT_EQ(recycled.index, waited.index);
    EXPECT_TRUE(std::equal(recycled.image.row<uint8_t>(0), recycled.image.row<uint8_t>(0) + 3 * 8 * 6,
                           waited.image.row<uint8_t>(0)));
    if (memory) {
      EXPECT_EQ(recycled.image.pixels, memory) << "the same memory for every frame";
    }
    memory = recycled.image.pixels;
  }
  EXPECT_FALSE(again->read(recycled));
}

TEST(SourceKinds, TheFirstKindThatAcceptsASourceOpensIt) {
  const test::TempDir dir;
  const auto kind_of = [](const std::string& source) {
    const auto kinds = source_kinds();
    return std::string(std::ranges::find_if(kinds, [&](const SourceKind& kind) { return kind.takes(source); })->name);
  };
  EXPECT_EQ(kind_of("synthetic:cats"), "synthetic");
  EXPECT_EQ(kind_of(dir.path()), "folder");
  EXPECT_EQ(kind_of("a/b.npz"), "array");
  EXPECT_EQ(kind_of("b.npy"), "array");
  EXPECT_EQ(kind_of("a.JPG"), "picture");
  EXPECT_EQ(kind_of("street.mp4"), "video");
  EXPECT_EQ(kind_of(""), "video");
}

}  // namespace
}  // namespace trecvit
