// Encoders without a head, the result of masked auto-encoding, with or without its decoder in the file.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>

#include "support/errors.h"
#include "support/golden.h"
#include "support/temp_dir.h"
#include "trecvit/config/train_config.h"
#include "trecvit/io/npz.h"
#include "trecvit/weights/model_files.h"
#include "trecvit/weights/starting_point.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit::test {
namespace {

class Headless : public testing::Test {
 protected:
  Headless() {
    encoder_.num_classes = encoder_.head_dim = 0;
    encoder_.id2label.clear();
  }
  // A published-format archive of the encoder and more.
  std::string write(const std::vector<std::pair<std::string, Shape>>& more) const {
    NpzWriter writer(dir_.file("mae.npz"), Overwrite::kYes);
    const auto weights = generated_weights(encoder_, 5);
    for (const auto& spec : tensor_table(encoder_))
      writer.add(published_name(spec.name), weights->read(spec.name).view());
    for (const auto& [name, shape] : more) writer.add(name, HostTensor(shape, DType::kF32).view());
    writer.finish();
    return dir_.file("mae.npz");
  }

  ModelConfig whole_ = golden_case("mu_2d").config, encoder_ = whole_;
  TempDir dir_;
};

TEST_F(Headless, HasNoTensorsOfAHead) {
  for (const auto& spec : tensor_table(encoder_)) EXPECT_FALSE(spec.name.starts_with("decoder.")) << spec.name;
  EXPECT_EQ(tensor_table(encoder_).size() + 4, tensor_table(whole_).size());
  EXPECT_LT(encoder_.parameter_count(), whole_.parameter_count());
  EXPECT_NO_THROW(validate(encoder_, "here"));
}

TEST_F(Headless, OpensWithAndWithoutADecoderAndNamesIgnoredTensors) {
  EXPECT_EQ(open_model(write({})).config, encoder_);
  EXPECT_TRUE(open_model(write({})).ignored.empty());
  const ModelFiles files =
      open_model(write({{"decoder/mask_token", {1, 1, 8}}, {"decoder/block_0/kernel", {3, 3}}, {"mask_token", {4}}}));
  EXPECT_EQ(files.config, encoder_);
  EXPECT_EQ(files.ignored, (std::vector<std::string>{"decoder.block_0.kernel", "decoder.mask_token", "mask_token"}));
  EXPECT_FALSE(files.weights->tensors().contains("mask_token"));
  EXPECT_EQ(describe_ignored(files.ignored),
            "3 tensors are not part of the model and ignored: decoder/block_0/kernel, decoder/mask_token, mask_token");
  std::vector<std::string> many = {"mask_token"};
  for (int i = 0; i < 64; ++i) many.push_back(fmt::format("decoder.block_{}.kernel", i));
  EXPECT_EQ(describe_ignored(many), "65 tensors are not part of the model and ignored: decoder/... (64), mask_token");
}

TEST_F(Headless, WithoutAClassTokenFeaturesAreMeans) {
  encoder_.pool = Pool::kGap;
  EXPECT_EQ(open_model(write({{"decoder/x", {2}}})).config.pool, Pool::kGap);
}

// A broken head is not mistaken for a missing one, nor a broken encoder for a good one.
TEST_F(Headless, BrokenFilesAreStillRefused) {
  expect_error(ErrorKind::kInput, {"decoder/pre_logits/kernel", "missing"},
               [&] { open_model(write({{"decoder/cls_head/kernel", {8, 5}}})); });
  expect_error(ErrorKind::kInput, {"encoder/surplus", "not a tensor of this model"},
               [&] { open_model(write({{"encoder/surplus", {2}}})); });
}

TEST_F(Headless, AFolderComesBack) {
  save_model_folder(dir_.file("folder"), encoder_, *generated_weights(encoder_, 5), Overwrite::kNo);
  EXPECT_EQ(open_model(dir_.file("folder")).config, encoder_);
}

TEST_F(Headless, TrainingStartsFromItWithANewHead) {
  const std::string path = write({{"decoder/mask_token", {1, 1, 8}}});
  const StartingPoint start = open_starting_point(path, whole_);
  EXPECT_EQ(start.missing, (std::set<std::string>{"decoder.pre_logits.kernel", "decoder.pre_logits.bias",
                                                  "decoder.cls_head.kernel", "decoder.cls_head.bias"}));
  ASSERT_EQ(start.notes.size(), 2U);
  EXPECT_NE(start.notes[0].find("head is new"), std::string::npos);
  EXPECT_NE(start.notes[1].find("decoder/mask_token"), std::string::npos);
  // A training that names no model takes its sizes, and the usual head.
  TrainConfig config;
  config.start.from = path;
  const ModelConfig sizes = model_sizes(config.wanted_model());
  EXPECT_EQ(sizes.width, encoder_.width);
  EXPECT_EQ(sizes.head_dim, ModelConfig().head_dim);
}

TEST_F(Headless, AnEncoderStartsFromAModelWithAHead) {
  save_model_folder(dir_.file("whole"), whole_, *generated_weights(whole_, 5), Overwrite::kNo);
  const StartingPoint start = open_starting_point(dir_.file("whole"), encoder_);
  EXPECT_TRUE(start.missing.empty());
  EXPECT_EQ(start.weights->tensors().size(), tensor_table(encoder_).size());
}

}  // namespace
}  // namespace trecvit::test
