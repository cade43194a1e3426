// trecvit pretrain as a user runs it, and what can be done with the encoder that it gives.
#include "cli/train_fixture.h"

namespace trecvit::test {
namespace {

// The memory task, tested again on the same clips and on longer ones.
TEST_F(Train, PretrainRecallsPastFrames) {
  const Output out = run("pretrain --config tiny.toml --set task=recall --set recall.back=2 --json");
  ASSERT_EQ(out.code, 0) << out.err;
  EXPECT_EQ(out.json()[0].at("metrics").at("schema"), "trecvit.recall/1");
  const std::string eval = "eval --config runs/pretrain/tiny-1/config.toml --execution model --json";
  const Output again = run(eval);
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(again.json()[0].at("task"), "recall");
  EXPECT_NEAR(again.json()[0].at("psnr").get<double>(), out.json()[0].at("metrics").at("psnr").get<double>(), 1e-4);
  EXPECT_NE(again.err.find("8 clips for testing"), std::string::npos) << again.err;
  EXPECT_EQ(run(eval + " --frames 9").json()[0].at("count"), 8);
  EXPECT_EQ(run(eval + " --frames 2").code, 2);  // there is no frame two steps back
  EXPECT_EQ(run(eval + " --views 3").code, 2);
}

// An encoder from masked auto-encoding, in runs/pretrain/tiny-1/model.
class MaskedEncoder : public Train {
 protected:
  void pretrain();
  void test_again() const;
  void keep_its_files() const;
  void use_without_classes() const;
  void train_from_it() const;
  void probe_it() const;
  void use_the_probed_model() const;
  // The verbs that need classes refuse the model, with these words.
  void expect_no_classes(const std::string& model, const char* words) const {
    for (const char* verb : {"classify", "stream"}) {
      const Output refused = run(verb + model + kThreeFrames);
      EXPECT_EQ(refused.code, 3) << verb;
      EXPECT_NE(refused.err.find(words), std::string::npos) << refused.err;
    }
  }

  static constexpr const char* kThreeFrames = "'synthetic:shapes?frames=3'";
  const std::string masked_ =
      "pretrain --config tiny.toml --set task=reconstruct --set model.image_size=32 --set reconstruction.width=16 "
      "--set reconstruction.depth=1 --set reconstruction.heads=2 --set mask.ratio=0.75 ";
  const std::string from_it_ = " --set model.image_size=32 --set start.from=runs/pretrain/tiny-1/model ";
  Json metrics_;  // of its own test
};

void MaskedEncoder::pretrain() {
  const Output out = run(masked_ + "--json");
  ASSERT_EQ(out.code, 0) << out.err;
  EXPECT_EQ(out.json()[0].at("schema"), "trecvit.pretrain/1");
  metrics_ = out.json()[0].at("metrics");
  EXPECT_EQ(metrics_.at("masked"), 0.75);
  EXPECT_NE(out.err.find("0.7500 of the patches masked"), std::string::npos) << out.err;
  EXPECT_NE(out.err.find("on 4 masked frames instead of"), std::string::npos) << out.err;
}

// On the clips of the run and on others, by the trainable model, which has the reconstruction decoder.
void MaskedEncoder::test_again() const {
  const Output again = run("eval --config runs/pretrain/tiny-1/config.toml --execution model --json");
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(again.json()[0].begin().key(), "schema");
  EXPECT_EQ(again.json()[0].at("schema"), "trecvit.eval/1");
  EXPECT_EQ(again.json()[0].at("task"), "reconstruction");
  EXPECT_NEAR(again.json()[0].at("psnr").get<double>(), metrics_.at("psnr").get<double>(), 1e-4);
  EXPECT_EQ(again.json()[0].at("rules"), metrics_.at("rules"));
  const Output others = run("eval --config runs/pretrain/tiny-1/config.toml --execution model --set data.val.clips=3");
  EXPECT_NE(others.out.find("PSNR of linear"), std::string::npos) << others.out << others.err;
  const Output by_engine = run("eval --config runs/pretrain/tiny-1/config.toml");
  EXPECT_EQ(by_engine.code, 2);
  EXPECT_NE(by_engine.err.find("expected model for a run of trecvit pretrain"), std::string::npos) << by_engine.err;
}

// The inputs of a run are not overwritten.
void MaskedEncoder::keep_its_files() const {
  EXPECT_EQ(run(masked_ + "--set start.from=runs/pretrain/tiny-1/model/model.safetensors --force "
                          "--json=runs/pretrain/tiny-1/model/model.safetensors")
                .code,
            2);
  EXPECT_EQ(run(masked_ + "--set start.from=runs/pretrain/tiny-1/model --force "
                          "--json=runs/pretrain/tiny-1/model/reconstruction.safetensors")
                .code,
            2);
}

void MaskedEncoder::use_without_classes() const {
  const std::string model = " --model runs/pretrain/tiny-1/model ";
  EXPECT_EQ(run("embed" + model + kThreeFrames + " -o e.npz --tokens").code, 0);
  EXPECT_EQ(run("check" + model + kThreeFrames).code, 0);
  EXPECT_EQ(run("dump" + model + kThreeFrames + " -o t.npz").code, 0);
  EXPECT_EQ(NpzReader(open_file(dir_.file("t.npz"))).names(), (std::vector<std::string>{"encoder_norm"}));
  expect_no_classes(model, "encoder without one");
}

void MaskedEncoder::train_from_it() const { EXPECT_EQ(run("train --config tiny.toml --quiet" + from_it_).code, 0); }

// With the config of a whole network; tested by the command that trained the probe and by eval.
void MaskedEncoder::probe_it() const {
  std::string whole = kConfig + "[objective]\nmotion_weight = 1\n";
  whole.insert(whole.find("[optimizer]\n") + 12, "layer_decay = 0.7\n");
  write("whole.toml", whole);
  const Output probe = run("probe --config whole.toml --json" + from_it_);
  ASSERT_EQ(probe.code, 0) << probe.err;
  EXPECT_EQ(probe.json()[0].at("schema"), "trecvit.probe/1");
  EXPECT_EQ(probe.json()[0].at("folder"), "runs/probe/tiny-1");
  EXPECT_TRUE(fs::exists(dir_.file("runs/probe/tiny-1/model/probe.safetensors")));
  const Output tested = run("eval --config runs/probe/tiny-1/config.toml --execution model --json");
  EXPECT_EQ(tested.json()[0].at("balanced_accuracy"), probe.json()[0].at("metrics").at("balanced_accuracy"));
  EXPECT_EQ(run("probe --config tiny.toml").code, 2);
  const Output attentive =
      run("probe --config tiny.toml --quiet" + from_it_ + "--set start.probe=attentive --set name=attentive");
  EXPECT_EQ(attentive.code, 0) << attentive.err;
  EXPECT_EQ(run("probe --config tiny.toml --resume --quiet").code, 0);  // the newest run with this name
  EXPECT_EQ(run("probe --resume=runs/pretrain/tiny-1").code, 2);
}

void MaskedEncoder::use_the_probed_model() const {
  const std::string probed = " --model runs/probe/tiny-1/model ";
  expect_no_classes(probed, "with a probe in its folder");
  EXPECT_EQ(run("embed" + probed + kThreeFrames + " -o p.npz").code, 0);
  // A generated model has no folder: a probe in the working folder does not belong to it.
  write("probe.safetensors", "x");
  EXPECT_EQ(run(std::string("classify --model generated:mu ") + kThreeFrames).code, 0);
}

// Verbs without classes accept the encoder, and training can start from it. One test, since each part needs the
// encoder.
TEST_F(MaskedEncoder, IsTestedUsedAndTrainedFurther) {
  ASSERT_NO_FATAL_FAILURE(pretrain());
  test_again();
  keep_its_files();
  use_without_classes();
  train_from_it();
  probe_it();
  use_the_probed_model();
}

TEST_F(Train, EachVerbAcceptsOnlyItsOwnTask) {
  EXPECT_EQ(run("pretrain --config tiny.toml").code, 2);
  EXPECT_EQ(run("train --config tiny.toml --set task=reconstruct").code, 2);
}

}  // namespace
}  // namespace trecvit::test
