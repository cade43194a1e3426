#include <cmath>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "capi/capi_test.h"
#include "support/temp_dir.h"

namespace trecvit::test {
namespace {

trecvit_model_info info_of(const ModelHandle& model) {
  trecvit_model_info info = TRECVIT_MODEL_INFO_INIT;
  expect_ok(trecvit_model_get_info(model.get(), &info));
  return info;
}

ModelHandle generated(const char* size, uint64_t seed, int image_side) {
  trecvit_model_options options = TRECVIT_MODEL_OPTIONS_INIT;
  options.provider = "reference";
  options.image_height = options.image_width = image_side;
  trecvit_model* model = nullptr;
  expect_ok(trecvit_model_generated(size, seed, &options, &model));
  return ModelHandle(model);
}

TEST(Version, IsTheProjects) {
  EXPECT_STREQ(trecvit_version(), TRECVIT_PROJECT_VERSION);
  EXPECT_EQ(trecvit_version_number(), TRECVIT_VERSION_NUMBER);
}

TEST(Model, TellsItsSizes) {
  const auto model = small_model();
  const auto info = info_of(model);
  EXPECT_EQ(info.width, 32);
  EXPECT_EQ(info.depth, 2);
  EXPECT_EQ(info.mlp_dim, 128);
  EXPECT_EQ(info.num_heads, 2);
  EXPECT_EQ(info.lru_width, 64);
  EXPECT_EQ(info.conv1d_width, 4);
  EXPECT_EQ(info.patch_size, 16);
  EXPECT_EQ(info.image_height, 64);
  EXPECT_EQ(info.image_width, 64);
  EXPECT_EQ(info.num_tokens, 17);
  EXPECT_EQ(info.num_classes, 10);
  EXPECT_EQ(info.head_dim, 3072);
  EXPECT_EQ(info.frame_stride, 1);
  EXPECT_EQ(info.clip_frames, 0);
  EXPECT_EQ(info.parameter_count, 204618);
  EXPECT_GE(info.weight_bytes, 204618 * 4);
  EXPECT_EQ(info.state_bytes, 2 * 17 * 64 * 4 * 4);
  EXPECT_GT(info.flops_per_frame, 1e6);
  EXPECT_STREQ(info.provider, "reference");
  EXPECT_STREQ(info.readout, "mean");
}

TEST(Model, AutoChoosesAProvider) {
  const auto by_name = small_model("auto"), by_default = small_model(nullptr);
  EXPECT_STREQ(info_of(by_name).provider, info_of(by_default).provider);
  EXPECT_STRNE(info_of(by_name).provider, "auto");
}

TEST(Model, LimitsAreChecked) {
  trecvit_model_options options = TRECVIT_MODEL_OPTIONS_INIT;
  options.provider = "reference";
  trecvit_model* model = nullptr;
  options.max_tokens = 16;
  expect_failure(trecvit_model_load(small_model_path().c_str(), &options, &model), TRECVIT_INPUT,
                 {"17 tokens", "limit 16", "max_"});
  EXPECT_EQ(model, nullptr);
  options.max_tokens = 17;
  options.max_gflops = 1e-6;
  expect_failure(trecvit_model_load(small_model_path().c_str(), &options, &model), TRECVIT_INPUT, {"GFLOP"});
  options.max_gflops = 1;
  options.max_memory_gb = 1e-6;
  expect_failure(trecvit_model_load(small_model_path().c_str(), &options, &model), TRECVIT_INPUT, {"GB of memory"});
  options.max_memory_gb = 1;
  expect_ok(trecvit_model_load(small_model_path().c_str(), &options, &model));
  const ModelHandle owner(model);
  for (const double bad : {-1.0, double{NAN}}) {
    options.max_gflops = bad;
    expect_failure(trecvit_model_load(small_model_path().c_str(), &options, &model), TRECVIT_USAGE, {"max_gflops"});
  }
  options = TRECVIT_MODEL_OPTIONS_INIT;
  options.image_height = options.image_width = 8192;
  expect_failure(trecvit_model_generated("mu", 1, &options, &model), TRECVIT_INPUT, {"262145 tokens", "max_"});
}

TEST(Model, GeneratedNamesAreNotPaths) {
  trecvit_model* model = nullptr;
  expect_failure(trecvit_model_load("generated:Ti", nullptr, &model), TRECVIT_USAGE,
                 {"generated:Ti", "trecvit_model_generated"});
}

TEST(Model, NamesItsClasses) {
  const auto model = small_model();
  EXPECT_STREQ(trecvit_model_label(model.get(), 0), "0");
  EXPECT_STREQ(trecvit_model_label(model.get(), 9), "9");
  for (int64_t index : {int64_t{-1}, int64_t{10}}) {
    EXPECT_EQ(trecvit_model_label(model.get(), index), nullptr);
    expect_failure(TRECVIT_USAGE, TRECVIT_USAGE, {"trecvit_model_label", "0 to 9", std::to_string(index)});
  }
}

TEST(Model, GeneratedWeightsFollowTheSeed) {
  const auto a = generated("mu", 1, 32), b = generated("mu", 1, 32), c = generated("mu", 2, 32);
  EXPECT_EQ(info_of(a).fingerprint, info_of(b).fingerprint);
  EXPECT_NE(info_of(a).fingerprint, info_of(c).fingerprint);
  EXPECT_EQ(info_of(a).num_tokens, 5);
  EXPECT_EQ(info_of(generated("mu", 1, 0)).image_height, 224);
}

TEST(Model, LabelsWithAZeroByteAreRefused) {
  const TempDir dir;
  std::filesystem::copy_file(small_model_path(), dir.file("model.npz"));
  std::ofstream(dir.file("config.json")) << R"({"id2label": {"0": "zero", "3": "a\u0000b"}})";
  trecvit_model* model = nullptr;
  expect_failure(trecvit_model_load(dir.path().c_str(), nullptr, &model), TRECVIT_INPUT, {"zero bytes", "class 3"});
  EXPECT_EQ(model, nullptr);
}

TEST(Model, MayBeFreedBeforeItsEngines) {
  auto model = small_model();
  const auto engine = new_engine(model);
  const auto state = new_state(model);
  const auto expected = first_step(model, small_image(small_frame(1)));
  model.reset();
  EXPECT_EQ(step(engine, state, 1), expected);
}

TEST(Model, FailuresSayWhy) {
  trecvit_model_options options = TRECVIT_MODEL_OPTIONS_INIT;
  auto* untouched = reinterpret_cast<trecvit_model*>(&options);
  trecvit_model* model = untouched;
  expect_failure(trecvit_model_load("/does/not/exist.npz", nullptr, &model), TRECVIT_INPUT, {"/does/not/exist.npz"});
  EXPECT_EQ(model, nullptr);

  const TempDir dir;
  const std::string damaged = dir.file("damaged.npz");
  std::ofstream(damaged) << "PK\3\4 and then something else";
  expect_failure(trecvit_model_load(damaged.c_str(), nullptr, &model), TRECVIT_INPUT, {"damaged.npz"});

  options.provider = "abacus";
  expect_failure(trecvit_model_load(small_model_path().c_str(), &options, &model), TRECVIT_USAGE, {"abacus"});
  expect_failure(trecvit_model_generated("XXL", 1, nullptr, &model), TRECVIT_USAGE, {"XXL"});

  options.provider = "reference";
  options.image_height = 64;
  expect_failure(trecvit_model_load(small_model_path().c_str(), &options, &model), TRECVIT_USAGE, {"image_width"});
  options.image_height = -64;
  options.image_width = -64;
  expect_failure(trecvit_model_generated("mu", 1, &options, &model), TRECVIT_USAGE, {"-64"});
  options.image_height = options.image_width = 100;  // no multiple of the patch
  expect_failure(trecvit_model_generated("mu", 1, &options, &model), TRECVIT_INPUT, {"100"});
  EXPECT_EQ(model, nullptr);
}

// A struct of a later version: the known fields and one more.
template <class T>
struct Later {
  T known;
  uint64_t added;
};

TEST(Structs, OptionsOfALaterVersionMustBeZero) {
  Later<trecvit_model_options> options{TRECVIT_MODEL_OPTIONS_INIT, 0};
  options.known.struct_size = sizeof options;
  options.known.provider = "reference";
  trecvit_model* model = nullptr;
  expect_ok(trecvit_model_load(small_model_path().c_str(), &options.known, &model));
  const ModelHandle owner(model);
  options.added = 1;
  expect_failure(trecvit_model_load(small_model_path().c_str(), &options.known, &model), TRECVIT_USAGE, {"newer"});
}

TEST(Structs, OptionsOfAnEarlierVersionHaveTheUsualLimits) {
  trecvit_model_options options = TRECVIT_MODEL_OPTIONS_INIT;
  options.struct_size = offsetof(trecvit_model_options, max_tokens);
  options.max_tokens = 1;  // beyond what this caller says it has
  trecvit_model* model = nullptr;
  expect_ok(trecvit_model_load(small_model_path().c_str(), &options, &model));
  trecvit_model_free(model);
}

TEST(Structs, ResultsOfALaterVersionAreZeroAtTheEnd) {
  const auto model = small_model();
  Later<trecvit_model_info> info{TRECVIT_MODEL_INFO_INIT, 7};
  info.known.struct_size = sizeof info;
  expect_ok(trecvit_model_get_info(model.get(), &info.known));
  EXPECT_EQ(info.known.struct_size, sizeof info);
  EXPECT_EQ(info.known.width, 32);
  EXPECT_EQ(info.added, 0u);
}

TEST(Structs, OlderCallersGetTheFieldsTheyKnow) {
  trecvit_model_info info = TRECVIT_MODEL_INFO_INIT;
  info.struct_size = offsetof(trecvit_model_info, ignored);
  const auto model = small_model();
  expect_ok(trecvit_model_get_info(model.get(), &info));
  EXPECT_STREQ(info.readout, "mean");
  EXPECT_EQ(info.ignored, nullptr);
}

TEST(Structs, UnsetSizesAreRefused) {
  const auto model = small_model();
  for (size_t size : {size_t{0}, offsetof(trecvit_model_info, ignored) - 1, SIZE_MAX}) {
    trecvit_model_info info = TRECVIT_MODEL_INFO_INIT;
    info.struct_size = size;
    expect_failure(trecvit_model_get_info(model.get(), &info), TRECVIT_USAGE, {"struct_size", std::to_string(size)});
  }
  trecvit_model_options options{};
  trecvit_model* none = nullptr;
  expect_failure(trecvit_model_generated("mu", 1, &options, &none), TRECVIT_USAGE, {"struct_size"});
}

}  // namespace
}  // namespace trecvit::test
