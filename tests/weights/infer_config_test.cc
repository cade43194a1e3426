// The config read off a checkpoint's shapes, and every way in which shapes and config.json can disagree.
#include <gtest/gtest.h>

#include "support/errors.h"
#include "support/golden.h"
#include "trecvit/weights/model_files.h"
#include "weights/weights_test.h"

namespace trecvit::test {
namespace {

GivenConfig given(const std::string& json) { return parse_model_config(json, "config.json"); }

TEST(InferConfig, FindsEveryGoldenConfig) {
  for (const auto& name : golden_case_names()) {
    const ModelConfig want = golden_case(name).config;
    const FakeWeights weights(want);
    const InputSize size{want.image_height, want.image_width};
    EXPECT_EQ(infer_config(weights, {}, size), want) << name;
    if (want.image_height == want.image_width && want.position == Position::kLearned) {
      EXPECT_EQ(infer_config(weights, {}, std::nullopt), want) << name;
    }
  }
}

TEST(InferConfig, AsksForTheSizeThatShapesDoNotGive) {
  for (const char* name : {"mu_rect", "mu_sincos"}) {
    const ModelConfig want = golden_case(name).config;
    const FakeWeights weights(want);
    expect_error(ErrorKind::kUsage, {"fake.npz", "--image-size HxW", "image_size", "config.json"},
                 [&] { infer_config(weights, {}, std::nullopt); });
    EXPECT_EQ(infer_config(weights, given(R"({"image_size": [48, 80]})"), std::nullopt), want);
  }
}

TEST(InferConfig, SizeThatDoesNotFitThePatchesIsRefused) {
  const FakeWeights weights(golden_case("mu_sincos").config);
  expect_error(ErrorKind::kInput, {"image_size", "16", "50"}, [&] { infer_config(weights, {}, InputSize{50, 80}); });
}

TEST(InferConfig, KeepsFieldsThatShapesDoNotGive) {
  const ModelConfig want = golden_case("mu_2d").config;
  const ModelConfig got = infer_config(FakeWeights(want), given(R"({"readout": "ema=2", "input_scale": "convex",
      "frame_stride": 3, "clip_frames": 48, "preprocess": {"resize": "pad"}, "id2label": {"1": "one"}})"),
                                       std::nullopt);
  EXPECT_EQ(got.readout, (Readout{Readout::Kind::kEma, 2}));
  EXPECT_EQ(got.input_scale, InputScale::kConvex);
  EXPECT_EQ(got.frame_stride, 3);
  EXPECT_EQ(got.clip_frames, 48);
  EXPECT_EQ(got.preprocess.resize, Resize::kPad);
  EXPECT_EQ(got.label(1), "one");
  EXPECT_EQ(got.width, want.width);
}

TEST(InferConfig, EveryFieldOfConfigJsonMustAgree) {
  const FakeWeights weights(golden_case("mu_2d").config);
  const std::pair<const char*, const char*> wrong[] = {{"width", "33"},       {"depth", "3"},
                                                       {"mlp_dim", "64"},     {"num_heads", "4"},
                                                       {"lru_width", "32"},   {"head_dim", "64"},
                                                       {"patch_size", "8"},   {"num_classes", "400"},
                                                       {"conv1d_width", "3"}, {"pool", "\"gap\""},
                                                       {"width", "-32"},      {"depth", "1000000"},
                                                       {"lru_width", "0"},    {"position", "\"sincos2d\""}};
  for (const auto& [key, value] : wrong) {
    expect_error(ErrorKind::kInput, {"fake.npz", key, value, "shapes", "config.json"}, [&, k = key, v = value] {
      infer_config(weights, given(fmt::format("{{\"{}\": {}}}", k, v)), std::nullopt);
    });
  }
  expect_error(ErrorKind::kInput, {"architecture", "resnet"},
               [&] { infer_config(weights, given(R"({"architecture": "resnet"})"), std::nullopt); });
  expect_error(ErrorKind::kInput, {"frame_stride"},
               [&] { infer_config(weights, given(R"({"frame_stride": -1})"), std::nullopt); });
}

TEST(InferConfig, OtherFilesAreNotCheckpoints) {
  const ModelConfig config = golden_case("mu_2d").config;
  FakeWeights image_model(config);  // a ViT has no temporal blocks
  for (const auto& spec : tensor_table(config)) {
    if (spec.name.find("residualblock") != std::string::npos) image_model.erase(spec.name);
  }
  expect_error(ErrorKind::kInput, {"temporal and spatial blocks", "TRecViT checkpoint?"},
               [&] { infer_config(image_model, {}, std::nullopt); });
}

TEST(InferConfig, SomeNamesOfOtherFilesAreShown) {
  const auto refused = [](const std::vector<std::string>& names, const std::vector<std::string>& words) {
    ModelConfig none;
    none.num_classes = none.head_dim = 0;
    FakeWeights weights(none);
    for (const auto& spec : tensor_table(none)) weights.erase(spec.name);
    for (const auto& name : names) weights.set(name, {2});
    expect_error(ErrorKind::kInput, words, [&] { infer_config(weights, {}, std::nullopt); });
  };
  refused({}, {"got 0 tensors without them: none", "without its arrays?"});
  refused({"a", "b", "c", "d", "e", "f", "g"}, {"got 7 tensors without them: a, b, c, d, e and 2 more", "checkpoint?"});
  refused({"video"}, {"got 1 tensor without them: video", "source and model", "--model"});
  refused({"arr_0", "arr_1"}, {"arr_0, arr_1", "numpy.savez(FILE, **{name: array})"});
  refused({"blocks.0.norm1.weight", "cls_token"}, {"an image ViT", "start.from"});
  refused({"module.patch_embed.proj.weight"}, {"an image ViT", "start.from"});
}

// All names are right, so that no other kind of file is suspected.
TEST(InferConfig, ShapesThatAllDifferAreListed) {
  const ModelConfig config = golden_case("mu_2d").config;
  FakeWeights replicated(config), flat(config);
  for (const auto& spec : tensor_table(config)) {
    Shape shape = spec.shape;
    shape.insert(shape.begin(), 8);
    replicated.set(spec.name, shape);
    flat.set(spec.name, {element_count(spec.shape).value()});
  }
  expect_error(ErrorKind::kInput, {"with other shapes", "tokenizer", "[8, ", "an axis of 8", "replicate", "array[0]"},
               [&] { infer_config(replicated, {}, std::nullopt); });
  expect_error(ErrorKind::kInput, {"with other shapes", "transposed or flattened?", "docs/checkpoints.md"},
               [&] { infer_config(flat, {}, std::nullopt); });
}

// Whatever is missing, the sizes come from what is left, so that all differences can be listed at once.
TEST(InferConfig, MissingTensorsDoNotHideOthers) {
  const ModelConfig config = golden_case("mu_2d").config;
  FakeWeights weights(config);
  for (const char* name : {"tokenizer.embedding.kernel", "encoder.residualblock_00.recurrent_block.conv_1d.w",
                           "encoder.residualblock_00.recurrent_block.conv_1d.b", "encoder.encoder_norm.scale",
                           "encoder.encoderblock_0.MlpBlock_0.Dense_0.kernel", "decoder.cls_head.kernel"}) {
    weights.erase(name);
  }
  weights.set("decoder.cls_head.extra", {3});
  const ModelConfig inferred = infer_config(weights, {}, std::nullopt);
  EXPECT_EQ(inferred.width, config.width);
  EXPECT_EQ(inferred.lru_width, config.lru_width);
  EXPECT_EQ(inferred.mlp_dim, config.mlp_dim);
  EXPECT_EQ(inferred.num_classes, config.num_classes);
  expect_error(ErrorKind::kInput,
               {"7 differ", "tokenizer/embedding/kernel", "conv_1d/w", "conv_1d/b", "encoder_norm/scale",
                "Dense_0/kernel", "cls_head/kernel", "cls_head/extra"},
               [&] { check_tensors(inferred, weights); });
}

TEST(InferConfig, ATableOfAnotherShapeIsListed) {
  const ModelConfig config = golden_case("mu_2d").config;
  FakeWeights weights(config);
  weights.set("tokenizer.pos_embedding", {16, 32});
  weights.erase("decoder.pre_logits.bias");
  const ModelConfig inferred = infer_config(weights, {}, std::nullopt);
  expect_error(ErrorKind::kInput, {"2 differ", "pos_embedding: expected", "got [16, 32]", "pre_logits/bias"},
               [&] { check_tensors(inferred, weights); });
}

// A file may hold empty tensors whose shapes say anything; sizes go wrong in silence where they are multiplied.
TEST(InferConfig, AbsurdShapesAreRefused) {
  const ModelConfig config = golden_case("mu_2d").config;
  const int64_t absurd[] = {0, int64_t{1} << 31, int64_t{1} << 40, int64_t{1} << 62, INT64_MAX};
  for (const int64_t size : absurd) {
    const std::pair<const char*, Shape> tensors[] = {
        {"tokenizer.pos_embedding", {1, size, 0}},
        {"tokenizer.embedding.kernel", {1, size, 16, 0, 32}},
        {"tokenizer.embedding.kernel", {1, 16, 16, 0, size}},
        {"encoder.residualblock_00.recurrent_block.conv_1d.w", {size, 0}},
        {"encoder.residualblock_00.recurrent_block.conv_1d.w", {0, size}},
        {"encoder.encoderblock_0.MultiHeadDotProductAttention_0.query.kernel", {0, size, 0}},
        {"decoder.cls_head.kernel", {size, 0}}};
    for (const auto& [name, shape] : tensors) {
      FakeWeights weights(config);
      weights.set(name, shape);
      SCOPED_TRACE(std::string(name) + " " + to_string(shape));
      EXPECT_THROW(check_tensors(infer_config(weights, {}, std::nullopt), weights), Error);
    }
  }
}

TEST(InferConfig, DepthCountsToTheHighestBlock) {
  const ModelConfig config = golden_case("mu_2d").config;
  FakeWeights weights(config);
  weights.set("encoder.residualblock_02.temporal_pre_norm.scale", {32});
  EXPECT_EQ(infer_config(weights, {}, std::nullopt).depth, 3);
  weights.erase("encoder.residualblock_02.temporal_pre_norm.scale");
  weights.set("encoder.encoderblock_3.LayerNorm_0.scale", {32});
  EXPECT_EQ(infer_config(weights, {}, std::nullopt).depth, 4) << "so that the block in the gap is listed as missing";
}

}  // namespace
}  // namespace trecvit::test
