// Sizes: what is refused before anything is allocated, and the published counts.
#include "trecvit/config/model_config.h"

#include <gtest/gtest.h>

#include "support/errors.h"

namespace trecvit::test {
namespace {

struct Published {
  const char* name;
  int64_t parameters, parameters_1d;  // R = 2D and R = D
  double gmac, gmac_1d;               // a frame, without the head
  double state_megabytes;             // R = 2D
};

// The counts published for 224 x 224 frames and 400 classes.
constexpr Published kPublished[] = {
    {"mu", 1385200, 1378736, 0.0118, 0.0106, 0.20},    {"Ti", 11230864, 8995984, 2.012, 1.575, 14.5},
    {"S", 37154704, 30030736, 7.162, 5.764, 29.0},     {"M", 63284624, 51426704, 12.338, 10.009, 38.7},
    {"B", 136778128, 111913360, 26.873, 21.986, 58.1}, {"L", 471797136, 386616720, 93.817, 77.066, 154.9}};

// NOLINTNEXTLINE(readability-identifier-naming): the name that GoogleTest looks for
void PrintTo(const Published& model, std::ostream* out) { *out << model.name; }

class NamedConfig : public testing::TestWithParam<Published> {};

TEST_P(NamedConfig, HasThePublishedCounts) {
  const Published& want = GetParam();
  ModelConfig config = named_model_config(want.name);
  const auto expect_gmac = [&](double gmac) {
    const double head = static_cast<double>(config.head_dim * (config.width + config.num_classes)) / 1e9;
    const double got = config.flops_per_frame() / 2e9 - head;
    EXPECT_NEAR(got, gmac, gmac < 1 ? 5e-5 : 5e-4);
    std::printf("%s: %.4f GMAC a frame without head, published %.4f\n", want.name, got, gmac);
  };
  EXPECT_NO_THROW(validate(config, "test"));
  EXPECT_EQ(config.parameter_count(), want.parameters);
  expect_gmac(want.gmac);
  EXPECT_NEAR(static_cast<double>(config.state_floats()) * 4 / 1e6, want.state_megabytes, 0.05);
  config.lru_width = config.width;
  EXPECT_EQ(config.parameter_count(), want.parameters_1d);
  expect_gmac(want.gmac_1d);
}
INSTANTIATE_TEST_SUITE_P(Published, NamedConfig, testing::ValuesIn(kPublished),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(NamedConfigs, UnknownNameIsAUsageErrorThatListsThem) {
  EXPECT_EQ(named_model_configs().size(), std::size(kPublished));
  for (const char* name : {"b", "XL", "", "B\n"}) {
    expect_error(ErrorKind::kUsage, {"model size", "mu, Ti, S, M, B, L"}, [&] { named_model_config(name); });
  }
}

void expect_refused(const std::vector<std::string>& words, void (*change)(ModelConfig&)) {
  ModelConfig config = named_model_config("Ti");
  change(config);
  expect_error(ErrorKind::kInput, words, [&] { validate(config, "m/config.json"); });
}

template <int64_t ModelConfig::* kMember>
void expect_bounded(const std::string& name) {
  for (const int64_t bad : {int64_t{0}, int64_t{-1}, INT64_MIN, INT64_MAX, (int64_t{1} << 20) + 1}) {
    ModelConfig config = named_model_config("Ti");
    config.*kMember = bad;
    expect_error(ErrorKind::kInput, {"m/config.json", name, std::to_string(bad)},
                 [&] { validate(config, "m/config.json"); });
  }
}

TEST(Validate, EverySizeHasBounds) {
  using C = ModelConfig;
  expect_bounded<&C::width>("width");
  expect_bounded<&C::depth>("depth");
  expect_bounded<&C::mlp_dim>("mlp_dim");
  expect_bounded<&C::num_heads>("num_heads");
  expect_bounded<&C::lru_width>("lru_width");
  expect_bounded<&C::conv1d_width>("conv1d_width");
  expect_bounded<&C::patch_size>("patch_size");
  expect_bounded<&C::image_height>("image_height");
  expect_bounded<&C::image_width>("image_width");
  expect_bounded<&C::num_classes>("num_classes");
  expect_bounded<&C::head_dim>("head_dim");
  expect_bounded<&C::frame_stride>("frame_stride");
}

TEST(Validate, SizesMustFitEachOther) {
  expect_refused({"architecture", "resnet"}, [](ModelConfig& c) { c.architecture = "resnet"; });
  expect_refused({"num_heads", "192", "5"}, [](ModelConfig& c) { c.num_heads = 5; });
  expect_refused({"num_heads", "385"}, [](ModelConfig& c) { c.lru_width = 385; });
  expect_refused({"image_size", "16", "230"}, [](ModelConfig& c) { c.image_height = 230; });
  expect_refused({"image_size", "16", "8 x 224"}, [](ModelConfig& c) { c.image_height = 8; });
  expect_refused({"conv1d_width", "16", "17"}, [](ModelConfig& c) { c.conv1d_width = 17; });
  expect_refused({"clip_frames", "-1"}, [](ModelConfig& c) { c.clip_frames = -1; });
  expect_refused({"width", "sincos2d"}, [](ModelConfig& c) {
    c.position = Position::kSincos2d;
    c.width = c.lru_width = 6;
  });
  expect_refused({"width", "sincos2d", "4"}, [](ModelConfig& c) {
    c.position = Position::kSincos2d;
    c.width = 4;
    c.num_heads = 1;
  });
}

TEST(Validate, LabelsAreOfTheClasses) {
  ModelConfig config = named_model_config("Ti");
  config.num_classes = 3;
  config.id2label = {{0, "a"}, {2, "c"}};
  EXPECT_NO_THROW(validate(config, "test"));
  config.id2label[3] = "d";
  expect_error(ErrorKind::kInput, {"m/config.json", "3 classes", "class 3"},
               [&] { validate(config, "m/config.json"); });
  config.num_classes = config.head_dim = 0;
  config.id2label = {{0, "a"}};
  expect_error(ErrorKind::kInput, {"0 classes", "class 0"}, [&] { validate(config, "m/config.json"); });
}

TEST(Validate, ClassesAndHeadComeTogether) {
  expect_refused({"num_classes and head_dim", "0 and 3072"}, [](ModelConfig& c) { c.num_classes = 0; });
  expect_refused({"num_classes and head_dim", "400 and 0"}, [](ModelConfig& c) { c.head_dim = 0; });
  ModelConfig encoder = named_model_config("Ti");
  encoder.num_classes = encoder.head_dim = 0;
  EXPECT_NO_THROW(validate(encoder, "test"));
}

// The largest and smallest of everything that has bounds of its own is allowed.
TEST(Validate, BoundsThemselvesAreAllowed) {
  ModelConfig config = named_model_config("mu");
  config.conv1d_width = kMaxConvWidth;
  config.depth = kMaxDepth;
  config.clip_frames = 0;
  config.position = Position::kSincos2d;
  config.width = config.lru_width = 8;
  config.frame_stride = 1 << 20;
  EXPECT_NO_THROW(validate(config, "test"));
  expect_refused({"depth", "1024", "1025"}, [](ModelConfig& c) { c.depth = kMaxDepth + 1; });
  expect_refused({"image_size", "224 x 230"}, [](ModelConfig& c) { c.image_width = 230; });
  expect_refused({"window", "fits in memory"}, [](ModelConfig& c) { c.readout = {Readout::Kind::kWindow, 1e6}; });
}

TEST(Validate, AbsurdSizesAreRefused) {
  constexpr int64_t kMost = int64_t{1} << 20;
  // Each size is allowed by itself; the last would overflow 64 bits if its parameters were counted.
  expect_refused({"memory", "weights"}, [](ModelConfig& c) { c.width = c.mlp_dim = 3 << 17; });
  expect_refused({"memory", "weights"}, [](ModelConfig& c) { c.head_dim = c.num_classes = kMost; });
  expect_refused({"memory", "state"}, [](ModelConfig& c) {
    c.depth = 1 << 10;
    c.conv1d_width = 16;
    c.lru_width = 3 << 7;
    c.width = 3;
    c.image_height = c.image_width = 1 << 12;
  });
  expect_refused({"memory", "activations"}, [](ModelConfig& c) {  // a million tokens
    c.patch_size = c.depth = c.mlp_dim = c.head_dim = 1;
    c.image_height = c.image_width = 1024;
    c.pool = Pool::kGap;
    c.width = 3 << 14;
    c.lru_width = 3;
  });
  expect_refused({"memory", "activations"}, [](ModelConfig& c) {  // the pixels of 64 patches
    c.depth = c.mlp_dim = c.head_dim = 1;
    c.width = c.lru_width = 3;
    c.patch_size = 3 << 14;
    c.image_height = c.image_width = 3 << 17;
  });
  expect_refused({"memory"}, [](ModelConfig& c) {
    c.width = c.mlp_dim = c.num_classes = c.head_dim = kMost;
    c.depth = kMaxDepth;
    c.num_heads = c.lru_width = c.conv1d_width = 1;
    c.image_height = c.image_width = c.patch_size = kMost;
  });
  expect_refused({"tokens"}, [](ModelConfig& c) {
    c.image_height = c.image_width = 1040 * 16;
    c.width = c.lru_width = c.mlp_dim = 3;
  });
}

TEST(Validate, LargePublishedModelsFit) {
  ModelConfig e = named_model_config("L");  // the largest of the published family
  e.width = 1792;
  e.depth = 56;
  e.mlp_dim = 15360;
  e.lru_width = 2 * e.width;
  EXPECT_NO_THROW(validate(e, "test"));
  EXPECT_EQ(e.parameter_count(), 4983479696);
}

TEST(ReadoutText, ComesBack) {
  for (const char* text : {"mean", "last", "window=2.5", "ema=1", "window=0.1", "ema=1e-300", "window=1e+06"}) {
    const Readout readout = parse_readout(text, "test");
    EXPECT_EQ(parse_readout(to_string(readout), "test"), readout) << text;
  }
  EXPECT_EQ(to_string(parse_readout("window=2.50", "test")), "window=2.5");
  for (const char* text :
       {"", "Mean", "mean ", "window", "window=", "ema=-1", "ema=0", "ema=1e7", "ema=0x1", "ema=+1"}) {
    expect_error(ErrorKind::kUsage, {"--readout"}, [&] { parse_readout(text, "--readout"); });
  }
}

}  // namespace
}  // namespace trecvit::test
