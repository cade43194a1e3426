// Every verb on small models: what it prints, what it writes, and that the verbs agree with each other.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "cli/command.h"
#include "support/golden.h"
#include "support/near.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/io/npz.h"

namespace trecvit::test {
namespace {

const std::string kGolden = "--model '" + golden_path("mu_2d_weights.npz") + "'";

class Verbs : public testing::Test {
 protected:
  // Writes one video of the fixture mu_2d as clip.npz, in the form that users provide.
  void write_clip(const std::string& name) {
    const HostTensor input = golden_arrays("mu_2d.npz").read("input_u8");  // [B, T, H, W, 3]
    NpzWriter writer(dir_.file(name), Overwrite::kNo);
    const Shape one(input.shape().begin() + 1, input.shape().end());
    writer.add("video", {input.data(), one, DType::kU8});
    writer.finish();
  }
  NpzReader arrays(const std::string& name) { return NpzReader(open_file(dir_.file(name))); }

  TempDir dir_;
};

TEST_F(Verbs, ClassifyGivesThePublishedLogits) {
  write_clip("clip.npz");
  const Output output = trecvit(dir_, "classify " + kGolden + " --json --logits --topk 3 clip.npz");
  ASSERT_EQ(output.code, 0) << output.err;
  const Json answer = output.json().at(0);
  EXPECT_EQ(answer["schema"], "trecvit.classify/1");
  EXPECT_EQ(answer["source"], "clip.npz");
  EXPECT_EQ(answer["frames"], 5);
  ASSERT_EQ(answer["top"].size(), 3u);
  const HostTensor want = golden_arrays("mu_2d.npz").read("logits");
  const auto logits = answer["logits"].get<std::vector<float>>();
  EXPECT_TRUE(near("logits", logits, want.as<float>().first(logits.size()), 2e-5));
}

TEST_F(Verbs, ClassifySplitsAsPublished) {
  // mu_clips10: ten frames with 4 requested give two clips of five; of eleven frames the surplus one is dropped and
  // counted.
  const auto model = "--model 'generated:mu' --num-frames 4 --json ";
  Output output = trecvit(dir_, std::string("classify ") + model + "'synthetic:shapes?frames=11'");
  ASSERT_EQ(output.code, 0) << output.err;
  const Json answer = output.json().at(0);
  EXPECT_EQ(answer["clips"], 2);
  EXPECT_EQ(answer["frames"], 10);
  EXPECT_EQ(answer["dropped_frames"], 1);
  output = trecvit(dir_, "classify --model generated:mu --num-frames 4 'synthetic:shapes?frames=11'");
  EXPECT_NE(output.out.find("2 clips, 1 surplus frames dropped"), std::string::npos) << output.out;
}

TEST_F(Verbs, StreamGivesThePrefixLogitsOrder) {
  write_clip("clip.npz");
  const Output output = trecvit(dir_, "stream " + kGolden + " --json clip.npz");
  ASSERT_EQ(output.code, 0) << output.err;
  const auto lines = output.json();
  ASSERT_EQ(lines.size(), 5u);
  const HostTensor want = golden_arrays("mu_2d.npz").read("prefix_logits");  // [B, T, C]
  const auto classes = static_cast<size_t>(want.shape()[2]);
  for (size_t t = 0; t < lines.size(); ++t) {
    EXPECT_EQ(lines[t]["schema"], "trecvit.stream/1");
    EXPECT_EQ(lines[t]["frame"], t);
    EXPECT_EQ(lines[t]["skipped"], 0);
    const auto logits = want.as<float>().subspan(t * classes, classes);
    const auto best = std::max_element(logits.begin(), logits.end()) - logits.begin();
    EXPECT_EQ(lines[t]["top"][0]["index"], best) << "frame " << t;
  }
}

TEST_F(Verbs, StreamContinuesFromASavedState) {
  const std::string model = "--model generated:mu --json ";
  const auto whole = trecvit(dir_, "stream " + model + "'synthetic:shapes?frames=12'").json();
  ASSERT_EQ(trecvit(dir_, "stream " + model + "--max-frames 5 --save-state s.state 'synthetic:shapes?frames=12'").code,
            0);
  const Output rest =
      trecvit(dir_, "stream " + model + "--start 0.2 --load-state s.state 'synthetic:shapes?frames=12'");
  ASSERT_EQ(rest.code, 0) << rest.err;
  ASSERT_EQ(rest.json().size(), 7u);
  for (size_t i = 0; i < 7; ++i) EXPECT_EQ(rest.json()[i]["top"], whole.at(i + 5)["top"]) << i;
}

TEST_F(Verbs, DumpInBothModesEqualsTheFixture) {
  write_clip("clip.npz");
  for (const std::string mode : {"clip", "stream"}) {
    const Output output = trecvit(dir_, "dump " + kGolden + " --provider reference --taps all --mode " + mode +
                                            " clip.npz -o " + mode + "-taps.npz");
    ASSERT_EQ(output.code, 0) << output.err;
    const NpzReader got = arrays(mode + "-taps.npz"), want = golden_arrays("mu_2d.npz");
    for (const auto& [tap, name] : {std::pair{"temporal.00.h", "residualblock_00/h"},
                                    {"spatial.01", "encoderblock_1/out"},
                                    {"state.01.conv", "state/01/conv"},
                                    {"prefix_logits", "prefix_logits"}}) {
      const HostTensor a = got.read(tap), b = want.read(name);
      EXPECT_TRUE(near(mode + " " + tap, a.as<float>(), b.as<float>().first(a.as<float>().size()), 2e-5));
    }
  }
}

TEST_F(Verbs, DumpSplitsIntoClips) {
  const Output output = trecvit(dir_,
                                "dump --model generated:mu --taps state.00.h,prefix_logits,logits --num-frames 3 "
                                "'synthetic:shapes?frames=6' -o t.npz");
  ASSERT_EQ(output.code, 0) << output.err;
  EXPECT_EQ(arrays("t.npz").header("state.00.h").shape, (Shape{2, 197, 64}));
  EXPECT_EQ(arrays("t.npz").header("prefix_logits").shape, (Shape{6, 400}));
  const Output uneven = trecvit(dir_, "dump --model generated:mu --num-frames 3 'synthetic:shapes?frames=7' -o u.npz");
  EXPECT_EQ(uneven.code, 2);
  EXPECT_NE(uneven.err.find("left over"), std::string::npos) << uneven.err;
}

TEST_F(Verbs, InnerTapsNeedTheReference) {
  const std::string line =
      "dump --model generated:mu --taps temporal.00.h 'synthetic:shapes?frames=1' --force -o t.npz --provider ";
  const Json env = trecvit(dir_, "info --env --json").json().at(0);
  for (const auto& provider : env["providers"]) {
    const std::string name = provider["name"];
    const Output output = trecvit(dir_, line + name);
    EXPECT_EQ(output.code, name == "reference" ? 0 : 2) << output.err;
    if (name == "reference") continue;
    EXPECT_NE(output.err.find("expected taps of the " + name + " provider"), std::string::npos) << output.err;
    EXPECT_NE(output.err.find("'temporal.00.h'; inner taps need --provider reference"), std::string::npos)
        << output.err;
  }
}

TEST_F(Verbs, EmbedWritesFeatures) {
  const Output output = trecvit(dir_, "embed --model generated:mu --tokens 'synthetic:shapes?frames=4' -o e.npz");
  ASSERT_EQ(output.code, 0) << output.err;
  const NpzReader got = arrays("e.npz");
  EXPECT_EQ(got.header("cls").shape, (Shape{4, 32}));
  EXPECT_EQ(got.header("tokens").shape, (Shape{4, 197, 32}));
  EXPECT_EQ(got.read("frame").as<int64_t>()[3], 3);
  EXPECT_NEAR(got.read("time_s").as<double>()[3], 0.12, 1e-9);
  // The class token is the first token.
  const HostTensor cls = got.read("cls"), tokens = got.read("tokens");
  EXPECT_TRUE(bit_equal("cls", cls.as<float>().first(32), tokens.as<float>().first(32)));
}

// Frames are counted as in the source, and a video ends with the duration of its last frame.
TEST_F(Verbs, SkippedFramesCount) {
  const std::string source = " --model generated:mu --step 3 --start 0.08 'synthetic:shapes?frames=12'";
  ASSERT_EQ(trecvit(dir_, "embed -o e.npz" + source).code, 0);
  const HostTensor frame = arrays("e.npz").read("frame"), time = arrays("e.npz").read("time_s");
  const std::vector<int64_t> want = {2, 5, 8, 11};
  ASSERT_EQ(frame.shape(), Shape{4});
  const auto lines = trecvit(dir_, "stream --json" + source).json();
  ASSERT_EQ(lines.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(frame.as<int64_t>()[i], want[i]);
    EXPECT_EQ(lines[i]["frame"], want[i]);
    EXPECT_EQ(lines[i]["time_s"].get<double>(), time.as<double>()[i]);
    EXPECT_EQ(time.as<double>()[i], static_cast<double>(want[i]) / 25);
  }
  const Json answer = trecvit(dir_, "classify --json" + source).json().at(0);
  EXPECT_EQ(answer["frames"], 4);
  EXPECT_EQ(answer["seconds"].get<double>(), 0.48);
}

TEST_F(Verbs, CheckPassesWithoutAndFailsWithADifference) {
  ASSERT_EQ(trecvit(dir_, "dump --model 'generated:mu?seed=1' --taps all 'synthetic:noise?frames=4' -o a.npz").code, 0);
  EXPECT_EQ(trecvit(dir_, "check --model 'generated:mu?seed=1' --against a.npz 'synthetic:noise?frames=4'").code, 0);
  const Output other =
      trecvit(dir_, "check --model 'generated:mu?seed=2' --json --against a.npz 'synthetic:noise?frames=4'");
  EXPECT_EQ(other.code, 1) << other.err;
  EXPECT_EQ(other.json().back()["first_over"], "tokenizer");
}

TEST_F(Verbs, ImageSizesAreHeightByWidth) {
  const auto size = [this](const std::string& text) {
    return trecvit(dir_, "info --json --model generated:mu --image-size " + text).json().at(0)["config"]["image_size"];
  };
  EXPECT_EQ(size("32x48"), Json({32, 48}));
  EXPECT_EQ(size("32"), size("32x32"));
}

// One failing comparison is enough, wherever it comes: here the one with other kernels fails, before the one with its
// own taps.
TEST_F(Verbs, CheckFailsIfAnyComparisonFails) {
  const std::string model = "--model 'generated:mu?seed=1' 'synthetic:noise?frames=4' ";
  ASSERT_EQ(trecvit(dir_, "dump --taps all -o a.npz " + model).code, 0);
  const Output strict = trecvit(dir_, "check --tolerance 0 --json --against a.npz " + model);
  const auto findings = strict.json();
  ASSERT_FALSE(findings.empty());
  if (std::all_of(findings.begin(), findings.end(), [](const Json& finding) { return finding["ok"] == true; }))
    GTEST_SKIP() << "this machine has the reference kernels alone";
  EXPECT_EQ(findings.back()["ok"], true);
  EXPECT_EQ(strict.code, 1);
}

// A model that was trained on every third frame is given every third frame.
TEST_F(Verbs, FramesAreAsFarApartAsInTraining) {
  ASSERT_EQ(trecvit(dir_, "convert generated:mu model").code, 0);
  std::string config = read_text(*open_file(dir_.file("model/config.json")), 1 << 20);
  const std::string stride = "\"frame_stride\": ";
  config.replace(config.find(stride) + stride.size(), 1, "3");
  AtomicFile file(dir_.file("model/config.json"), Overwrite::kYes);
  file.write(config);
  file.commit();
  const auto frames = [this](const std::string& options) {
    std::vector<int64_t> numbers;
    for (const Json& line : trecvit(dir_, "stream --json --model model 'synthetic:noise?frames=8' " + options).json())
      numbers.push_back(line["frame"]);
    return numbers;
  };
  EXPECT_EQ(frames(""), (std::vector<int64_t>{0, 3, 6}));
  EXPECT_EQ(frames("--step 1").size(), 8U);
  EXPECT_EQ(frames("--step 4"), (std::vector<int64_t>{0, 4}));
}

TEST_F(Verbs, InfoCountsTheModel) {
  const Json info = trecvit(dir_, "info --model generated:B --json").json().at(0);
  EXPECT_EQ(info["parameters"], 136778128);
  EXPECT_EQ(info["state_bytes"], 58097664);
  EXPECT_EQ(info["tensors"], 370);
  EXPECT_NEAR(info["gflop_per_frame"].get<double>(), 53.75, 0.01);
  const Json env = trecvit(dir_, "info --env --json").json().at(0);
  EXPECT_FALSE(env["providers"].empty());
}

TEST_F(Verbs, ConvertingBothWaysIsBitIdentical) {
  ASSERT_EQ(trecvit(dir_, "convert '" + golden_path("mu_2d_weights.npz") + "' folder").code, 0);
  ASSERT_EQ(trecvit(dir_, "convert folder back.npz").code, 0);
  const NpzReader a = golden_arrays("mu_2d_weights.npz"), b = arrays("back.npz");
  ASSERT_EQ(a.names(), b.names());
  for (const auto& name : a.names()) {
    const HostTensor x = a.read(name), y = b.read(name);
    EXPECT_TRUE(bit_equal(name, x.as<float>(), y.as<float>()));
  }
}

// Converting other weights removes the companion files of the old model; converting the same weights to another format
// keeps them and the input.
TEST_F(Verbs, ConvertRemovesFilesOfTheOldModel) {
  namespace fs = std::filesystem;
  const auto put = [&](const char* name) { std::ofstream(dir_.file(name)) << "x"; };
  fs::create_directory(dir_.file("m"));
  fs::copy_file(golden_path("mu_2d_weights.npz"), dir_.file("m/model.npz"));
  put("m/probe.safetensors");
  ASSERT_EQ(trecvit(dir_, "convert m/model.npz m --force").code, 0);
  EXPECT_TRUE(fs::exists(dir_.file("m/model.npz")));
  EXPECT_TRUE(fs::exists(dir_.file("m/probe.safetensors")));
  put("m/README.md");
  ASSERT_EQ(trecvit(dir_, "convert generated:mu m --force").code, 0);
  EXPECT_FALSE(fs::exists(dir_.file("m/model.npz")));
  EXPECT_FALSE(fs::exists(dir_.file("m/probe.safetensors")));
  EXPECT_TRUE(fs::exists(dir_.file("m/README.md")));
}

TEST_F(Verbs, DemoReports) {
  const Output demo = trecvit(dir_, "demo --model generated:mu 'synthetic:shapes?frames=30'");
  EXPECT_EQ(demo.code, 0) << demo.err;
  EXPECT_NE(demo.err.find("not trained"), std::string::npos) << demo.err;
  EXPECT_NE(demo.out.find("30 frames"), std::string::npos) << demo.out;
}

TEST_F(Verbs, OneSeedForAllNamesWithoutOne) {
  const auto top = [&](const std::string& line) {
    const Output output = trecvit(dir_, "classify --json --logits " + line);
    EXPECT_EQ(output.code, 0) << output.err;
    return output.json().at(0)["logits"];
  };
  const std::string frames = "'synthetic:shapes?frames=2";
  EXPECT_EQ(top("--seed 7 --model generated:mu " + frames + "'"),
            top("--model 'generated:mu?seed=7' " + frames + "&seed=7'"));
  EXPECT_EQ(top("--seed 7 --model 'generated:mu?seed=3' " + frames + "&seed=4'"),
            top("--model 'generated:mu?seed=3' " + frames + "&seed=4'"));
  EXPECT_NE(top("--seed 7 --model generated:mu " + frames + "'"), top("--model generated:mu " + frames + "'"));
}

TEST_F(Verbs, QuietPrintsNothingOnSuccess) {
  EXPECT_NE(trecvit(dir_, "embed --model generated:mu 'synthetic:shapes?frames=2' -o a.npz").err, "");
  for (const std::string line :
       {"embed --model generated:mu 'synthetic:shapes?frames=2' -o b.npz",
        "stream --model generated:mu 'synthetic:shapes?frames=2'", "convert generated:mu c.npz"}) {
    const Output output = trecvit(dir_, line + " --quiet --progress json");
    EXPECT_EQ(output.code, 0) << output.err;
    EXPECT_EQ(output.out + output.err, "") << line;
  }
  EXPECT_NE(trecvit(dir_, "convert generated:mu c.npz --quiet").err, "");
}

}  // namespace
}  // namespace trecvit::test
