// The predictor on the engine gives the results of the engine, clip by clip.
#include "trecvit/pipeline/engine_predictor.h"

#include <gtest/gtest.h>

#include <cmath>

#include "data/fake_dataset.h"
#include "support/errors.h"
#include "support/near.h"
#include "trecvit/base/random.h"
#include "trecvit/base/stop.h"

namespace trecvit::test {
namespace {

class EnginePredictor : public testing::Test {
 protected:
  EnginePredictor() {
    choice_.model = "generated:mu?classes=5";
    files_ = open_model_files(choice_);
    const ModelConfig& c = files_.config;
    const auto bytes = static_cast<size_t>(2 * kFrames * c.image_height * c.image_width * 3);
    const RandomStream random(3, "predictor");
    for (size_t i = 0; i < bytes; ++i) batch_.pixels.push_back(random.byte(i));
    batch_.clips = 2;
    batch_.index = {0, 1};
  }
  // [clips, frames, C]
  std::vector<float> logits() {
    OpenedModel opened(choice_);
    std::vector<float> all;
    const size_t clip = batch_.pixels.size() / 2;
    for (const size_t at : {size_t{0}, clip}) {
      std::vector<float> pixels(clip);
      for (size_t i = 0; i < clip; ++i)
        pixels[i] = static_cast<float>(batch_.pixels[at + i]) * static_cast<float>(files_.config.preprocess.scale);
      StreamState state = opened.model->make_state();
      const ClipResult result = opened.engine.run(pixels, state);
      all.insert(all.end(), result.logits.span().begin(), result.logits.span().end());
    }
    return all;
  }
  std::vector<float> predict(const ObjectiveConfig& objective) {
    return predict_by_engine(files_, choice_, objective, set_)(batch_);
  }

  static constexpr int64_t kFrames = 3, kClasses = 5;
  ModelChoice choice_;
  ModelFiles files_;
  Batch batch_;
  FakeDataset set_{2};
};

TEST_F(EnginePredictor, OneLabelPerClipOrPerFrame) {
  const std::vector<float> all = logits();
  const auto softmax_of = [&](int64_t clip, int64_t frame) {
    std::vector<float> probs(kClasses);
    softmax(std::span(all).subspan(static_cast<size_t>((clip * kFrames + frame) * kClasses), kClasses), probs);
    return probs;
  };
  std::vector<float> last, every;
  for (int64_t clip = 0; clip < 2; ++clip) {
    for (int64_t frame = 0; frame < kFrames; ++frame) {
      const auto probs = softmax_of(clip, frame);
      every.insert(every.end(), probs.begin(), probs.end());
      if (frame == kFrames - 1) last.insert(last.end(), probs.begin(), probs.end());
    }
  }
  EXPECT_EQ(predict({}), last);
  ObjectiveConfig per_frame;
  per_frame.target = TargetKind::kFrame;
  EXPECT_EQ(predict(per_frame), every);
}

TEST_F(EnginePredictor, SeveralLabelsAreIndependent) {
  const std::vector<float> all = logits();
  ObjectiveConfig several;
  several.multi_label = true;
  const std::vector<float> got = predict(several);
  ASSERT_EQ(got.size(), 2U * kClasses);
  for (size_t clip = 0; clip < 2; ++clip) {
    for (size_t c = 0; c < kClasses; ++c) {
      const double logit = static_cast<double>(all[(clip * kFrames + kFrames - 1) * kClasses + c]);
      EXPECT_NEAR(got[clip * kClasses + c], 1 / (1 + std::exp(-logit)), 1e-6);
    }
  }
}

TEST_F(EnginePredictor, AStopEndsIt) {
  std::stop_source stop;
  choice_.stop = stop.get_token();
  const Predict predictor = predict_by_engine(files_, choice_, {}, set_);
  stop.request_stop();
  EXPECT_THROW(predictor(batch_), Stopped);
}

}  // namespace
}  // namespace trecvit::test
