// What a training starts from: checkpoints that fit, that are made to fit, and that do not.
#include "trecvit/weights/starting_point.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "support/errors.h"
#include "support/golden.h"
#include "support/temp_dir.h"
#include "trecvit/config/train_config.h"
#include "trecvit/weights/model_files.h"
#include "trecvit/weights/tensor_table.h"
#include "weights/image_vit_files.h"

namespace trecvit::test {
namespace {

namespace fs = std::filesystem;

class Start : public testing::Test {
 protected:
  // A model folder with generated weights.
  std::string save(const ModelConfig& config, const char* name = "model") {
    save_model_folder(dir_.file(name), config, *generated_weights(config, 5), Overwrite::kYes);
    return dir_.file(name);
  }
  GoldenCase golden_ = golden_case("mu_2d");
  std::string published_ = golden_path(golden_.weights_file);
  ModelConfig config_ = golden_.config;
  TempDir dir_;
};

void expect_same(const WeightSource& got, const WeightSource& want, const std::string& name) {
  const HostTensor a = got.read(name), b = want.read(name);
  ASSERT_EQ(a.shape(), b.shape()) << name;
  EXPECT_EQ(std::memcmp(a.data(), b.data(), a.bytes()), 0) << name;
}

// What is given and what is missing make up the table, and what is given has its shapes.
void expect_whole(const StartingPoint& start, const ModelConfig& config) {
  size_t given = 0;
  for (const auto& spec : tensor_table(config)) {
    const auto found = start.weights->tensors().find(spec.name);
    EXPECT_NE(found == start.weights->tensors().end(), !start.missing.contains(spec.name)) << spec.name;
    if (found == start.weights->tensors().end()) continue;
    ++given;
    EXPECT_EQ(found->second.shape, spec.shape) << spec.name;
    EXPECT_EQ(start.weights->read(spec.name).shape(), spec.shape) << spec.name;
  }
  EXPECT_EQ(start.weights->tensors().size(), given);
}

TEST_F(Start, PublishedArchiveAsItIs) {
  EXPECT_EQ(config_of_start(published_), config_);
  const StartingPoint start = open_starting_point(published_, config_);
  EXPECT_EQ(start.kind, "TRecViT checkpoint");
  EXPECT_TRUE(start.missing.empty());
  EXPECT_TRUE(start.notes.empty());
  const auto file = open_model(published_).weights;
  for (const auto& [name, info] : file->tensors()) expect_same(*start.weights, *file, name);
}

TEST_F(Start, OtherNumberOfClassesMakesANewHead) {
  config_.num_classes += 3;
  const StartingPoint start = open_starting_point(published_, config_);
  EXPECT_EQ(start.missing, (std::set<std::string>{"decoder.cls_head.bias", "decoder.cls_head.kernel"}));
  ASSERT_EQ(start.notes.size(), 1u);
  EXPECT_EQ(start.notes[0], "the head is new: 13 classes, not 10");
  expect_whole(start, config_);
  expect_same(*start.weights, *open_model(published_).weights, "decoder.pre_logits.kernel");
  expect_error(ErrorKind::kInput, {"cls_head"}, [&] { start.weights->read("decoder.cls_head.kernel"); });
}

TEST_F(Start, OtherNamesOfClassesMakeANewHead) {
  config_.id2label[2] = "two";
  const std::string folder = save(config_);
  EXPECT_TRUE(open_starting_point(folder, config_).missing.empty());
  ModelConfig unnamed = config_;
  unnamed.id2label.clear();
  EXPECT_TRUE(open_starting_point(folder, unnamed).missing.empty());
  config_.id2label[2] = "three";
  const StartingPoint start = open_starting_point(folder, config_);
  EXPECT_EQ(start.missing.size(), 2u);
  EXPECT_EQ(start.notes, std::vector<std::string>{"the head is new: the classes have other names"});
}

TEST_F(Start, OtherPictureSizeResizesPositions) {
  config_.image_height = 48;
  config_.image_width = 80;
  const StartingPoint start = open_starting_point(published_, config_);
  EXPECT_TRUE(start.missing.empty());
  EXPECT_EQ(start.notes, std::vector<std::string>{"positions resized from 4 x 4 to 3 x 5 patches"});
  expect_whole(start, config_);
  const HostTensor old = open_model(published_).weights->read("tokenizer.pos_embedding");
  const HostTensor now = start.weights->read("tokenizer.pos_embedding");
  const auto d = static_cast<size_t>(config_.width);
  EXPECT_EQ(std::memcmp(now.as<float>().data(), old.as<float>().data(), 4 * d), 0) << "the first corner";
  EXPECT_EQ(std::memcmp(&now.as<float>()[14 * d], &old.as<float>()[15 * d], 4 * d), 0) << "the last";
}

TEST_F(Start, PictureSizeThatShapesDoNotGive) {
  for (const char* name : {"mu_rect", "mu_sincos"}) {
    const ModelConfig config = golden_case(name).config;
    const std::string folder = save(config, name);
    fs::remove(folder + "/config.json");
    const StartingPoint start = open_starting_point(folder, config);
    EXPECT_TRUE(start.missing.empty()) << name;
    EXPECT_TRUE(start.notes.empty()) << name;
  }
  ModelConfig larger = golden_case("mu_rect").config;
  larger.image_width += 2 * larger.patch_size;
  expect_error(ErrorKind::kInput, {"pos_embedding"}, [&] { open_starting_point(dir_.file("mu_rect"), larger); });
  ModelConfig fixed = golden_case("mu_sincos").config;
  fixed.image_width += 2 * fixed.patch_size;
  EXPECT_TRUE(open_starting_point(dir_.file("mu_sincos"), fixed).missing.empty()) << "fixed positions fit any size";
}

TEST_F(Start, HowFramesAreReadMayDiffer) {
  const std::string folder = save(config_);
  config_.readout = {Readout::Kind::kLast, 0};
  config_.frame_stride = 4;
  config_.clip_frames = 12;
  config_.preprocess.scale = 0.5;
  EXPECT_TRUE(open_starting_point(folder, config_).notes.empty());
}

TEST_F(Start, AnotherNetworkIsRefusedWithEveryDifference) {
  const std::string folder = save(config_);
  ModelConfig other = config_;
  other.lru_width = 32;
  other.depth = 3;
  other.head_dim = 64;
  other.input_scale = InputScale::kConvex;
  other.position = Position::kSincos2d;
  other.num_classes = 99;
  expect_error(ErrorKind::kInput,
               {"model", "5 fields that differ", "lru_width: expected 32, got 64", "depth: expected 3, got 2",
                "head_dim: expected 64, got 3072", "input_scale: expected \"convex\", got \"sqrt\"",
                "position: expected \"sincos2d\", got \"learned\""},
               [&] { open_starting_point(folder, other); });
  for (auto field : {&ModelConfig::width, &ModelConfig::mlp_dim, &ModelConfig::num_heads, &ModelConfig::conv1d_width,
                     &ModelConfig::patch_size}) {
    ModelConfig one = config_;
    one.*field *= 2;
    one.image_height = 2 * config_.image_height;  // a multiple of the larger patch as well
    EXPECT_THROW(open_starting_point(folder, one), Error);
  }
}

TEST_F(Start, ImageVitsOfBothLayouts) {
  const VitSize size;
  const ModelConfig config = model_of(size);
  write_npz(dir_.file("vit.npz"), published_vit(size));
  write_safetensors(dir_.file("vit.safetensors"), timm_vit(size));
  for (const auto& [file, kind] :
       {std::pair("vit.npz", "image ViT (npz)"), std::pair("vit.safetensors", "image ViT (timm)")}) {
    const StartingPoint start = open_starting_point(dir_.file(file), config);
    EXPECT_EQ(start.kind, kind);
    EXPECT_EQ(start.notes[0], "temporal blocks and head are new");
    expect_whole(start, config);
    EXPECT_EQ(start.missing.size(), 2 * 14u + 4) << "temporal blocks and decoder";
    EXPECT_TRUE(start.missing.contains("decoder.pre_logits.kernel"));
    EXPECT_TRUE(start.missing.contains("encoder.residualblock_01.recurrent_block.rg_lru.a_param"));
    EXPECT_EQ(config_of_start(dir_.file(file)), std::nullopt);
  }
}

// A folder of another program has a config.json that is none of ours.
TEST_F(Start, ImageVitInAFolder) {
  const VitSize size;
  fs::create_directories(dir_.file("timm"));
  write_safetensors(dir_.file("timm/model.safetensors"), timm_vit(size));
  std::ofstream(dir_.file("timm/config.json")) << R"({"architecture": "vit_base_patch16_224"})";
  EXPECT_EQ(open_starting_point(dir_.file("timm"), model_of(size)).kind, "image ViT (timm)");
  EXPECT_EQ(config_of_start(dir_.file("timm")), std::nullopt);
}

TEST(ModelSizes, MissingOnesAreListed) {
  TrainConfig config;
  config.model = {{"width", 32}, {"depth", 2}, {"num_heads", 0}};
  expect_error(ErrorKind::kUsage, {"[training config: model] expected mlp_dim, lru_width as well"},
               [&] { model_sizes(config.wanted_model()); });
  config.model = {{"width", 32}, {"depth", 2}, {"num_heads", 2}, {"mlp_dim", 64}, {"lru_width", 32}};
  EXPECT_EQ(model_sizes(config.wanted_model()).width, 32);
  config.model = {{"width", 0}};
  config.size = "mu";
  expect_error(ErrorKind::kUsage, {"width from 1"}, [&] { model_sizes(config.wanted_model()); });
}

TEST_F(Start, OtherFilesAreRefused) {
  expect_error(ErrorKind::kInput, {dir_.file("nothing")}, [&] { open_starting_point(dir_.file("nothing"), config_); });
  fs::create_directories(dir_.file("empty"));
  expect_error(ErrorKind::kInput, {"model.safetensors", "model.npz"},
               [&] { open_starting_point(dir_.file("empty"), config_); });
  expect_error(ErrorKind::kInput, {"TRecViT checkpoint?"},
               [&] { open_starting_point(golden_path("layers.npz"), config_); });
  std::ofstream(dir_.file("text")) << "no weights";
  expect_error(ErrorKind::kInput, {"text"}, [&] { config_of_start(dir_.file("text")); });
}

}  // namespace
}  // namespace trecvit::test
