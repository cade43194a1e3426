#include "trecvit/data/clip_cache.h"

#include <filesystem>
#include <numeric>
#include <thread>

#include "data/data_test.h"
#include "trecvit/base/random.h"
#include "trecvit/image/png.h"
#include "trecvit/video/video_file.h"

namespace trecvit {
namespace {

class ClipCacheTest : public testing::Test {
 protected:
  // All chosen pictures one after another, each with its size before it.
  static std::vector<int> read(ClipCache& cache, const std::string& path, const std::vector<int64_t>& chosen) {
    std::vector<std::vector<int>> pictures(chosen.size());
    const auto choose = [&](int64_t frames) {
      std::vector<int64_t> clamped;
      for (const int64_t i : chosen) clamped.push_back(std::min(i, frames - 1));
      return clamped;
    };
    cache.read(path, choose, [&](int64_t position, const ImageView& picture) {
      std::vector<int> all = {picture.height, picture.width};
      for (int y = 0; y < picture.height; ++y) {
        all.insert(all.end(), picture.row<uint8_t>(y), picture.row<uint8_t>(y) + 3 * picture.width);
      }
      pictures[static_cast<size_t>(position)] = all;
    });
    std::vector<int> out;
    for (const auto& picture : pictures) out.insert(out.end(), picture.begin(), picture.end());
    return out;
  }

  // Noise, because every reduction changes it.
  void add_noise(const std::string& name, int64_t frames) {
    std::vector<uint8_t> pixels(static_cast<size_t>(frames) * 20 * 30 * 3);
    const RandomStream random(3, name);
    for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = random.byte(i);
    NpzWriter writer(folder_.file(name), Overwrite::kNo);
    writer.add("video", HostTensor::from<uint8_t>({frames, 20, 30, 3}, pixels).view());
    writer.finish();
  }

  test::VideoFolder folder_;
};

TEST_F(ClipCacheTest, CachingChangesNoByte) {
  add_noise("a.npz", 9);
  add_noise("b.npz", 9);
  for (const int64_t side : {0, 10, 64}) {
    for (const int64_t every : {1, 2}) {
      ClipCache none({0, side, every}), all({1 << 20, side, every}), one({9 * 20 * 30 * 3, side, every});
      for (int round = 0; round < 2; ++round) {
        for (const char* name : {"a.npz", "b.npz"}) {
          const auto want = read(none, folder_.file(name), {4, 0, 2, 2});
          EXPECT_EQ(want[0], side == 10 ? 10 : 20);
          EXPECT_EQ(want, read(all, folder_.file(name), {4, 0, 2, 2})) << side << " " << every;
          EXPECT_EQ(want, read(one, folder_.file(name), {4, 0, 2, 2})) << side << " " << every;
        }
      }
      EXPECT_GT(all.bytes(), one.bytes() / 2);
      EXPECT_LE(one.bytes(), 9 * 20 * 30 * 3);
      EXPECT_GT(one.bytes(), 0);
      EXPECT_EQ(none.bytes(), 0);
    }
  }
}

TEST_F(ClipCacheTest, TakesEveryNthFrame) {
  folder_.add_video("v.npz", 50, 10);
  ClipCache cache({0, 0, 4});
  int64_t frames = 0;
  std::vector<int> seen;
  cache.read(
      folder_.file("v.npz"),
      [&](int64_t count) {
        frames = count;
        return std::vector<int64_t>{0, 1, 2};
      },
      [&](int64_t, const ImageView& picture) { seen.push_back(picture.row<uint8_t>(0)[1]); });
  EXPECT_EQ(frames, 3);
  EXPECT_EQ(seen, (std::vector<int>{0, 4, 8}));
}

TEST_F(ClipCacheTest, ThreadsGetTheSameFrames) {
  for (int i = 0; i < 6; ++i) add_noise(std::to_string(i) + ".npz", 8);
  ClipCache cache({3 * 8 * 20 * 30 * 3, 0, 1}), none({});
  std::vector<std::vector<int>> want;
  for (int i = 0; i < 6; ++i) want.push_back(read(none, folder_.file(std::to_string(i) + ".npz"), {7, 3}));
  std::vector<int> wrong(4);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = 0; i < 60; ++i) {
        const size_t which = (i * (t + 1)) % 6;
        wrong[t] += read(cache, folder_.file(std::to_string(which) + ".npz"), {7, 3}) != want[which];
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(std::accumulate(wrong.begin(), wrong.end(), 0), 0);
  EXPECT_LE(cache.bytes(), 3 * 8 * 20 * 30 * 3);
}

TEST_F(ClipCacheTest, NamesTheFileItCannotRead) {
  folder_.write("bad.npz", "no archive");
  ClipCache cache({1 << 20, 0, 1});
  test::expect_error(ErrorKind::kInput, {"bad.npz"}, [&] { read(cache, folder_.file("bad.npz"), {0}); });
  test::expect_error(ErrorKind::kInput, {"gone.npz"}, [&] { read(cache, folder_.file("gone.npz"), {0}); });
}

TEST_F(ClipCacheTest, AClipThatFailsTakesNoSpace) {
  if (video_libraries().starts_with("none")) GTEST_SKIP() << "this build reads no pictures";
  const std::vector<uint8_t> grey(size_t{8} * 8 * 3, 100);
  const std::vector<std::byte> png = encode_png(grey, 8, 8);
  const std::string text(reinterpret_cast<const char*>(png.data()), png.size());
  std::filesystem::create_directory(folder_.file("clip"));
  for (const char* name : {"clip/1.png", "clip/2.png"}) folder_.write(name, text);
  folder_.write("clip/3.png", text.substr(0, text.size() / 2));
  ClipCache cache({1 << 20, 0, 1});
  for (int i = 0; i < 3; ++i)
    test::expect_error(ErrorKind::kInput, {"3.png"}, [&] { read(cache, folder_.file("clip"), {0}); });
  EXPECT_EQ(cache.bytes(), 0);
}

}  // namespace
}  // namespace trecvit
