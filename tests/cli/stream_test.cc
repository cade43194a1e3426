// The default readout of stream, continuing from a saved state, and resets.
#include <gtest/gtest.h>

#include "cli/command.h"
#include "support/occurrences.h"

namespace trecvit::test {
namespace {

class Stream : public testing::Test {
 protected:
  // Writes a model of 32 x 32 pixels to a folder; keys: additional entries of its config.json, such as
  // '"clip_frames":4'.
  void make_model(const std::string& folder, const std::vector<std::string>& keys) {
    ASSERT_EQ(trecvit(dir_, "convert --image-size 32 --quiet generated:mu " + folder).code, 0);
    for (const auto& key : keys) {
      const std::string name = key.substr(0, key.find(':'));
      const std::string line =
          "sed -i '/^ *" + name + ":/d; s/^{/{ " + key + ",/' '" + dir_.file(folder + "/config.json") + "'";
      ASSERT_EQ(std::system(line.c_str()), 0);
    }
  }
  Output stream(const std::string& arguments) { return trecvit(dir_, "stream --json --topk 3 " + arguments); }
  // The predictions for the frames, in order.
  static std::vector<Json> tops(const Output& output) {
    EXPECT_EQ(output.code, 0) << output.err;
    std::vector<Json> tops;
    for (const auto& frame : output.json()) tops.push_back(frame["top"]);
    return tops;
  }
  std::vector<Json> top_of(const std::string& arguments) { return tops(stream(arguments)); }

  TempDir dir_;
};

TEST_F(Stream, TakesAWindowAsLongAsATrainingClip) {
  make_model("m", {R"("clip_frames": 4)", R"("frame_stride": 2)"});
  const std::string source = " --model m 'synthetic:noise?frames=30&size=32'";
  const Output usual = stream(source);
  EXPECT_TRUE(tops(usual) == top_of("--readout window=0.32" + source));
  EXPECT_FALSE(tops(usual) == top_of("--readout mean" + source));
  EXPECT_EQ(occurrences(usual.err, "readout window=0.32"), 1u) << usual.err;
  EXPECT_EQ(occurrences(stream("--readout last" + source).err, "readout"), 0u);
  // At twice the frame rate the window is half as long; a note is printed for each different window.
  const Output both = stream(source + source.substr(source.rfind(' ')) + " 'synthetic:noise?frames=30&size=32&fps=50'");
  EXPECT_EQ(occurrences(both.err, "readout window=0.32"), 1u) << both.err;
  EXPECT_EQ(occurrences(both.err, "readout window=0.16"), 1u) << both.err;
}

// The window counts frames a training stride apart, or the step at which they are read if that is larger: one frame
// alone would not be a clip.
TEST_F(Stream, TheWindowHoldsAsManyFramesAsATrainingClip) {
  make_model("m", {R"("clip_frames": 4)", R"("frame_stride": 2)"});
  const std::string source = " --model m 'synthetic:noise?frames=60&size=32'";
  for (const auto& [step, words] : {std::pair{" --step 1",
                                              "readout window=0.32: the length of the training clips (4 "
                                              "frames at 12.5 per second)"},
                                    std::pair{" --step 8",
                                              "readout window=1.28: the length of the training clips (4 "
                                              "frames at 3.125 per second)"}}) {
    const Output usual = stream(step + source);
    EXPECT_EQ(occurrences(usual.err, words), 1u) << usual.err;
  }
}

TEST_F(Stream, TakesTenSecondsIfTheLengthIsUnknown) {
  make_model("m", {});
  const std::string source = " --model m 'synthetic:noise?frames=300&size=32'";
  const Output usual = stream(source);
  EXPECT_TRUE(tops(usual) == top_of("--readout window=10" + source));
  EXPECT_FALSE(tops(usual) == top_of("--readout mean" + source));
  EXPECT_EQ(occurrences(usual.err, "readout window=10:"), 1u) << usual.err;
}

TEST_F(Stream, KeepsTheReadoutOfTheModel) {
  make_model("m", {R"("clip_frames": 4)", R"("readout": "ema=0.1")"});
  const std::string source = " --model m 'synthetic:noise?frames=30&size=32'";
  const Output usual = stream(source);
  EXPECT_TRUE(tops(usual) == top_of("--readout ema=0.1" + source));
  EXPECT_EQ(occurrences(usual.err, "readout"), 0u) << usual.err;
}

TEST_F(Stream, AWholeVideoKeepsTheMean) {
  make_model("m", {R"("clip_frames": 4)"});
  const std::string source = " --json --logits --model m 'synthetic:noise?frames=30&size=32'";
  const Output usual = trecvit(dir_, "classify" + source);
  EXPECT_EQ(usual.json()[0]["logits"], trecvit(dir_, "classify --readout mean" + source).json()[0]["logits"]);
  EXPECT_EQ(occurrences(usual.err, "readout"), 0u) << usual.err;
}

TEST_F(Stream, AStateContinuesWithItsReadout) {
  make_model("m", {R"("clip_frames": 4)"});
  const std::string source = " --model m 'synthetic:noise?frames=30&size=32'";
  for (const std::string readout : {"", "--readout mean", "--readout ema=0.2"}) {
    const auto whole = top_of(readout + source);
    ASSERT_EQ(stream(readout + " --force --save-state s --max-frames 12" + source).code, 0);
    const Output rest = stream("--load-state s --start 0.48" + source);
    EXPECT_TRUE(tops(rest) == std::vector<Json>(whole.begin() + 12, whole.end())) << readout;
  }
  // At another frame rate the default window would differ.
  ASSERT_EQ(stream("--force --save-state s" + source).code, 0);
  EXPECT_EQ(stream("--load-state s --model m 'synthetic:noise?frames=30&size=32&fps=50'").code, 0);
  const Output other = stream("--load-state s --readout last" + source);
  EXPECT_EQ(other.code, 3);
  EXPECT_NE(other.err.find("expected readout 'last', got 'window=0.16'"), std::string::npos) << other.err;
}

TEST_F(Stream, AStateBelongsToOneSource) {
  make_model("m", {});
  const std::string source = " 'synthetic:noise?frames=2&size=32'";
  ASSERT_EQ(stream("--save-state s --model m" + source).code, 0);
  for (const char* option : {"--load-state s", "--save-state other"}) {
    const Output several = stream(std::string(option) + " --model m" + source + source);
    EXPECT_EQ(several.code, 2) << option;
    EXPECT_NE(several.err.find("expected one source"), std::string::npos) << several.err;
  }
}

// Gives the same results, frame by frame, as three streams from empty states.
TEST_F(Stream, ResetsOnRequest) {
  make_model("m", {});
  const std::string source = " --model m 'synthetic:noise?frames=12&size=32'";
  std::vector<Json> parts;
  for (const std::string part : {"--start 0 --duration 0.2", "--start 0.2 --duration 0.2", "--start 0.4"})
    for (const auto& top : top_of(part + source)) parts.push_back(top);
  const auto reset = top_of("--reset-every 0.2" + source);
  ASSERT_EQ(parts.size(), 12u);
  EXPECT_TRUE(reset == parts);
  EXPECT_FALSE(reset == top_of(source));
  EXPECT_TRUE(top_of("--reset-every 0" + source) == top_of(source));
}

}  // namespace
}  // namespace trecvit::test
