// Real actions, which are not part of the repository. TRECVIT_DATA names the folder that holds actions/ and photos/;
// default: shared/data next to the repository.
#include <cstdlib>
#include <filesystem>

#include "data/data_test.h"
#include "trecvit/video/source.h"

namespace trecvit {
namespace {

std::filesystem::path data_folder() {
  const char* data = std::getenv("TRECVIT_DATA");
  return data != nullptr ? data : TRECVIT_SOURCE_DIR "/../shared/data";
}

// Tests are skipped without the data or without a video decoder.
class RealData : public testing::TestWithParam<const char*> {
 protected:
  void open(const std::string& source) {
    data_.source = (data_folder() / source).string();
    if (!std::filesystem::exists(data_.source)) GTEST_SKIP() << "nothing at " << data_.source << "; set TRECVIT_DATA";
    if (video_formats().empty()) GTEST_SKIP() << "built without FFmpeg";
  }
  DataConfig data_;
};

TEST_P(RealData, TheCacheDoesNotChangeClips) {
  open(std::string("actions/") + GetParam() + "/manifest.csv");
  if (IsSkipped()) return;
  ClipOptions options = test::small_clips(8, true);
  options.height = options.width = 64;
  options.cache_side = 48;
  options.cache_every = 2;
  options.augment.least_area = 0.5;
  data_.limit = 6;
  const auto plain = open_dataset(data_, options);
  options.cache_gb = 0.01;
  const auto cached = open_dataset(data_, options);
  EXPECT_EQ(plain->classes().size(), 4u);
  for (int64_t i = 0; i < 6; ++i) {
    for (int64_t epoch = 0; epoch < 2; ++epoch) {
      EXPECT_EQ(plain->load(i, {1, epoch, 0}).pixels, cached->load(i, {1, epoch, 0}).pixels) << plain->info(i).name;
    }
  }
  EXPECT_EQ(plain->summary().back().substr(0, 19), "missing files: none");
}

INSTANTIATE_TEST_SUITE_P(Sets, RealData, testing::Values("weizmann4", "railway4"));

TEST_F(RealData, MovesOverPhotos) {
  open("photos/bsds500_train");
  if (IsSkipped()) return;
  data_.wrap = Wrap::kMoves;
  data_.source += "?objects=0";
  data_.limit = 20;
  ClipOptions options = test::small_clips(4, false);
  options.height = options.width = 64;
  options.motion_rows = options.motion_columns = 4;
  const auto set = open_dataset(data_, options);
  ASSERT_EQ(set->classes().size(), 10u);
  const Clip clip = set->load(13, {});
  EXPECT_EQ(clip.label, 3);
  EXPECT_EQ(clip.motion.size(), 4u * 4 * 4 * 2);
}

}  // namespace
}  // namespace trecvit
