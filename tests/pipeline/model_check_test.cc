// Comparisons of a model with itself, with the reference provider and with a file.
#include "trecvit/pipeline/model_check.h"

#include <gtest/gtest.h>

#include "support/errors.h"
#include "support/temp_dir.h"
#include "trecvit/pipeline/tap_file.h"

namespace trecvit::test {
namespace {

class ModelCheck : public testing::Test {
 protected:
  ModelCheck() {
    request_.model.model = "generated:mu";
    files_ = open_model_files(request_.model);
    clip_ = read_whole_input("synthetic:noise?frames=3&size=" + std::to_string(files_.config.image_height),
                             files_.config, {});
  }
  std::vector<TapComparison> check() { return check_model(files_, clip_, request_, {}); }
  // The taps of the reference provider for this clip, in a file.
  std::string taps(const std::string& name, float changed_by = 0) {
    ModelChoice choice = request_.model;
    choice.provider = "reference";
    OpenedModel opened(choice);
    TapArrays arrays = collect_taps(opened.engine, clip_.pixels, 1, DumpMode::kClip, {"encoder_norm", "prefix_logits"});
    arrays.at("prefix_logits").values[5] += changed_by;
    write_taps(arrays, dir_.file(name), Overwrite::kNo);
    return dir_.file(name);
  }

  const TempDir dir_;
  CheckRequest request_;
  ModelFiles files_;
  WholeInput clip_;
};

TEST_F(ModelCheck, AgreesWithItselfAndTheReference) {
  request_.model.provider = "reference";
  const auto alone = check();
  ASSERT_EQ(alone.size(), 1U);
  EXPECT_EQ(alone[0].what, "stream against clip, reference");
  EXPECT_TRUE(alone[0].first_over.empty());
  request_.model.provider = "auto";
  for (const auto& comparison : check()) {
    EXPECT_TRUE(comparison.first_over.empty()) << comparison.what << ' ' << comparison.first_over;
    EXPECT_GT(comparison.arrays, 2);
  }
}

TEST_F(ModelCheck, AgainstAFile) {
  request_.against = taps("right.npz");
  EXPECT_TRUE(check().back().first_over.empty());
  EXPECT_EQ(check().back().arrays, 2);
  request_.against = taps("wrong.npz", 1);
  const TapComparison wrong = check().back();
  EXPECT_EQ(wrong.first_over, "prefix_logits");
  EXPECT_EQ(wrong.worst_tap, "prefix_logits");
  EXPECT_NEAR(wrong.worst_absolute, 1, 1e-3);
  EXPECT_EQ(to_json(wrong).at("ok"), false);
  request_.tolerance = 10;
  EXPECT_TRUE(check().back().first_over.empty());
}

TEST_F(ModelCheck, AFileOfAnotherClipIsRefused) {
  request_.against = taps("three.npz");
  clip_ = read_whole_input("synthetic:noise?frames=2&size=" + std::to_string(files_.config.image_height), files_.config,
                           {});
  expect_error(ErrorKind::kInput, {"shape"}, [&] { check(); });
}

}  // namespace
}  // namespace trecvit::test
