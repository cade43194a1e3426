// The pictures of a run of masked auto-encoding: what a sheet shows, and when one is painted and logged.
#include <array>
#include <filesystem>

#include "train/tasks/masked_test.h"
#include "trecvit/video/frames_folder.h"
#include "trecvit/video/video_file.h"

namespace trecvit::test {
namespace {

// Hidden patches are grey in the masked input, visible ones unchanged; the panels are in the order of their names.
TEST(MaskedPictures, PanelsOfASheet) {
  if (video_libraries().starts_with("none")) GTEST_SKIP() << "needs FFmpeg to read pictures";
  const TempDir dir;
  run_in(dir.file("run"), masked_config({"run.steps=1", "reconstruction.target=raw"}));
  const auto source = open_picture(dir.file("run/pictures/reconstruction-00000001.png"));
  const auto picture = source->next();
  const ImageView& sheet = picture->image.view();
  const int left = sheet.width - (4 * 66 - 2);  // four frames of a clip
  const auto pixel = [&](int panel, int frame, int y, int x) {
    const uint8_t* at = sheet.row<uint8_t>(panel * 66 + 2 * y) + 3 * (left + frame * 66 + 2 * x);
    return std::array<int, 3>{at[0], at[1], at[2]};
  };
  int hidden = 0;
  for (int frame = 0; frame < 4; ++frame) {
    for (int y = 4; y < 32; y += 8) {
      for (int x = 4; x < 32; x += 8) {
        const auto clip = pixel(0, frame, y, x), visible = pixel(1, frame, y, x), given = pixel(2, frame, y, x);
        const bool is_hidden = visible == std::array<int, 3>{128, 128, 128};
        hidden += is_hidden ? 1 : 0;
        if (is_hidden) {
          EXPECT_NE(given, clip) << y << " " << x;
        } else {
          EXPECT_EQ(visible, clip) << y << " " << x;
          EXPECT_EQ(given, clip) << y << " " << x;
        }
        for (size_t c = 0; c < 3; ++c)
          EXPECT_NEAR(pixel(3, frame, y, x)[c], std::abs(given[c] - clip[c]), 1);  // both were rounded
      }
    }
  }
  EXPECT_EQ(hidden, 4 * 12);  // of 16 patches
}

// A run without a test set shows training clips.
TEST(MaskedPictures, PaintsWithoutATestSet) {
  const TempDir dir;
  run_in(dir.file("run"), masked_config({"data.val.source=''", "run.sheet_every=4"}));
  for (const char* name : {"reconstruction-00000004.png", "reconstruction-00000008.png"})
    EXPECT_TRUE(std::filesystem::exists(dir.file("run/pictures/") + name)) << name;
}

TEST(MaskedPictures, SurvivesAFilmThatCannotBeWritten) {
  const TempDir dir;
  const TrainConfig config = masked_config();
  run_in(dir.file("run"), config, 5);
  std::filesystem::create_directories(dir.file("run/pictures/reconstruction.mp4/in the way"));
  EXPECT_FALSE(run_in(dir.file("run"), config, -1, /*resume=*/true).stopped);
  EXPECT_TRUE(std::filesystem::exists(dir.file("run/model/model.safetensors")));
  EXPECT_TRUE(std::filesystem::exists(dir.file("run/report.html")));
}

// The run is stopped in a test that is due together with a sheet.
TEST(MaskedPictures, PaintsAfterAStopInATest) {
  const TempDir dir;
  const TrainConfig config = masked_config({"run.sheet_every=4"});
  run_in(dir.file("whole"), config);
  EXPECT_TRUE(run_in(dir.file("part"), config, 4).stopped);
  EXPECT_FALSE(std::filesystem::exists(dir.file("part/pictures/reconstruction-00000004.png")));
  run_in(dir.file("part"), config, -1, /*resume=*/true);
  EXPECT_EQ(bytes_of(dir.file("part/pictures/reconstruction-00000004.png")),
            bytes_of(dir.file("whole/pictures/reconstruction-00000004.png")));
}

// Without a test set, a resumed run does not log the pictures of its last step again.
TEST(MaskedPictures, EventsHaveEachSheetOnce) {
  const TempDir dir;
  const TrainConfig config = masked_config({"data.val.source=''", "run.sheet_every=4", "run.save_every=4"});
  run_in(dir.file("whole"), config);
  run_in(dir.file("part"), config, 4);
  run_in(dir.file("part"), config, -1, /*resume=*/true);
  run_in(dir.file("part"), config, -1, /*resume=*/true);  // also after the run has ended
  const auto sheets = [&](const std::string& run) {
    int count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir.file(run))) {
      if (entry.path().filename().string().find("tfevents") == std::string::npos) continue;
      const std::string events = bytes_of(entry.path().string());
      for (size_t at = events.find("\x89PNG"); at != std::string::npos; at = events.find("\x89PNG", at + 1)) ++count;
    }
    return count;
  };
  EXPECT_EQ(sheets("whole"), 2);
  EXPECT_EQ(sheets("part"), 2);
}

// Every sheet shows the weights that are tested and kept, whether it is due with a test or not.
TEST(MaskedPictures, PicturesShowTheMeanOfTheWeights) {
  const TempDir dir;
  const std::vector<std::string> mean = {"optimizer.mean_decay=0.99", "optimizer.learning_rate=1e-2"};
  auto at_steps = mean;
  at_steps.emplace_back("run.sheet_every=4");
  run_in(dir.file("tests"), masked_config(mean));
  run_in(dir.file("steps"), masked_config(at_steps));
  run_in(dir.file("raw"), masked_config({"optimizer.learning_rate=1e-2"}));
  for (const char* name : {"/pictures/reconstruction-00000004.png", "/pictures/reconstruction-00000008.png"}) {
    EXPECT_EQ(bytes_of(dir.file("tests") + name), bytes_of(dir.file("steps") + name)) << name;
    EXPECT_NE(bytes_of(dir.file("tests") + name), bytes_of(dir.file("raw") + name)) << name;
  }
  // The reconstruction decoder is the mean as well.
  EXPECT_NE(bytes_of(dir.file("tests/model/reconstruction.safetensors")),
            bytes_of(dir.file("raw/model/reconstruction.safetensors")));
}

}  // namespace
}  // namespace trecvit::test
