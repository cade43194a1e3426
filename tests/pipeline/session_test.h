// A session on a small model, and a sink that records its calls.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine_test.h"
#include "trecvit/pipeline/session.h"

namespace trecvit::test {

inline const char* const kNoise = "synthetic:noise?frames=40&size=8x12";

// Records its calls; calls at_frame for each frame.
class RecordingSink : public ResultSink {
 public:
  void begin(const SourceInfo& source) override { sources.push_back(source.name); }
  void frame(const FrameResult& result) override {
    indices.push_back(result.frame.index);
    times.push_back(result.frame.pts_seconds);
    logits.insert(logits.end(), result.answer.logits.begin(), result.answer.logits.end());
    if (at_frame) at_frame(result);
  }
  void end(const SessionTotals& totals) override {
    frames_at_end.push_back(totals.frames);
    failed = totals.failed;
  }

  std::vector<std::string> sources;
  std::vector<int64_t> indices, frames_at_end;
  std::vector<double> times;
  std::vector<float> logits;
  bool failed = false;
  std::function<void(const FrameResult&)> at_frame;
};

class SessionTest : public testing::Test {
 protected:
  ModelInput open(const std::string& source = kNoise, const FrameChoice& choice = {}) const {
    return {source, config_, choice};
  }
  Session session(ResultSink& sink, double reset_every_seconds = 0) {
    return {engine_, model_->make_state(), sink, reset_every_seconds};
  }

  ModelConfig config_ = small_config();
  std::shared_ptr<const Model> model_ = make_model(config_, "auto");
  Engine engine_{model_};
};

}  // namespace trecvit::test
