// config.json: every field there and back, every bad value refused by name.
#include "trecvit/config/config_json.h"

#include <gtest/gtest.h>

#include "support/errors.h"

namespace trecvit::test {
namespace {

GivenConfig parse_model(const std::string& text) { return parse_model_config(text, "m/config.json"); }

// A config in which no field has its default.
ModelConfig unusual() {
  ModelConfig c;
  c.width = 40;
  c.depth = 3;
  c.mlp_dim = 70;
  c.num_heads = 5;
  c.lru_width = 60;
  c.conv1d_width = 2;
  c.patch_size = 8;
  c.image_height = 64;
  c.image_width = 48;
  c.num_classes = 17;
  c.head_dim = 90;
  c.pool = Pool::kGap;
  c.position = Position::kSincos2d;
  c.input_scale = InputScale::kConvex;
  c.readout = {Readout::Kind::kWindow, 0.1};
  c.frame_stride = 2;
  c.clip_frames = 32;
  c.multi_label = true;
  c.events = {0.75, 0.25, 1.5, 0.125};
  c.preprocess = {Resize::kPad, Interpolation::kBilinear, Crop::kNone, 1.0 / 127};
  c.id2label = {{0, "zero"}, {16, "sixteen \"quoted\" \u00fc\n"}};
  return c;
}

TEST(ConfigJson, EveryFieldComesBack) {
  const ModelConfig plain = named_model_config("B"), changed = unusual();
  for (const ModelConfig& config : {plain, changed}) {
    const GivenConfig read = parse_model(print_model_config(config));
    EXPECT_EQ(read.config, config);
    EXPECT_EQ(print_model_config(read.config), print_model_config(config));
  }
  size_t fields = 0;
  for (const auto& field : model_config_fields()) {
    EXPECT_TRUE(parse_model(print_model_config(changed)).has(field.key)) << field.key;
    EXPECT_FALSE(field.help.empty() || field.when_absent.empty()) << field.key;
    // The one list has a reader and a writer that belong together: a field alone carries its value and no other.
    ModelConfig one = plain;
    const Json value = field.write(changed);
    EXPECT_FALSE(field.read(value, one)) << field.key;
    EXPECT_EQ(field.write(one), value) << field.key;
    for (const auto& other : model_config_fields()) {
      if (other.key != field.key) {
        EXPECT_EQ(other.write(one), other.write(plain)) << field.key << " changed " << other.key;
      }
    }
    fields += field.key == "architecture" || field.write(changed) != field.write(plain);
  }
  EXPECT_EQ(fields, model_config_fields().size()) << "a field of the unusual config has its default";
}

TEST(ConfigJson, SaysWhichKeysWereGiven) {
  const GivenConfig given = parse_model(R"({"width": 192, "readout": "last"})");
  EXPECT_EQ(given.keys, (std::set<std::string>{"readout", "width"}));
  EXPECT_TRUE(given.has("width"));
  EXPECT_FALSE(given.has("depth"));
  EXPECT_EQ(parse_model("{}").config, ModelConfig());
}

TEST(ConfigJson, DefaultsAreThePublishedOnes) {
  const ModelConfig c = parse_model("{}").config;
  EXPECT_EQ(c.architecture, "trecvit");
  EXPECT_EQ(c.readout, Readout{});
  EXPECT_EQ(c.input_scale, InputScale::kSqrt);
  EXPECT_EQ(c.frame_stride, 1);
  EXPECT_EQ(c.preprocess.resize, Resize::kShortSide);
  EXPECT_EQ(c.preprocess.crop, Crop::kCenter);
  EXPECT_EQ(c.preprocess.scale, 1.0 / 255.0);
  EXPECT_EQ(c.label(5), "5") << "a class without a name is its number";
}

TEST(ConfigJson, ImageSizeIsOneSideOrTwo) {
  EXPECT_EQ(parse_model(R"({"image_size": 96})").config.image_height, 96);
  EXPECT_EQ(parse_model(R"({"image_size": 96})").config.image_width, 96);
  EXPECT_EQ(parse_model(R"({"image_size": [48, 80]})").config.image_height, 48);
  EXPECT_EQ(parse_model(R"({"image_size": [48, 80]})").config.image_width, 80);
}

struct Bad {
  const char *json, *key, *says;
};

// NOLINTNEXTLINE(readability-identifier-naming): the name that GoogleTest looks for
void PrintTo(const Bad& bad, std::ostream* out) { *out << bad.json; }

class BadConfig : public testing::TestWithParam<Bad> {};

TEST_P(BadConfig, IsRefusedWithItsKey) {
  const Bad& bad = GetParam();
  expect_error(ErrorKind::kInput, {"m/config.json", bad.key, bad.says}, [&] { parse_model(bad.json); });
}

INSTANTIATE_TEST_SUITE_P(
    Values, BadConfig,
    testing::Values(
        Bad{R"([])", "", "an object"}, Bad{R"(7)", "", "an object"}, Bad{R"()", "", "JSON"}, Bad{R"({)", "", "JSON"},
        Bad{R"({"width": 1} x)", "", "JSON"}, Bad{R"({"widht": 192})", "widht", "width"},
        Bad{R"({"model_type": "vit", "hidden_size": 768})", "model_type", "another program"},
        Bad{R"({"architectures": ["ViTModel"], "width": 192})", "architectures", "read from the tensors"},
        Bad{R"({"_class_name": "UNet"})", "_class_name", "another program"},
        Bad{R"({"width": 192, "width": 192})", "width", "twice"},
        Bad{R"({"preprocess": {"crop": "none", "crop": "none"}})", "crop", "twice"},
        Bad{R"({"width": "192"})", "width", "whole number"}, Bad{R"({"width": 192.0})", "width", "whole number"},
        Bad{R"({"width": null})", "width", "whole number"}, Bad{R"({"width": true})", "width", "whole number"},
        Bad{R"({"width": [192]})", "width", "whole number"}, Bad{R"({"width": 1e400})", "", "1e400"},
        Bad{R"({"width": 18446744073709551615})", "width", "smaller number"},
        Bad{R"({"depth": 9223372036854775808})", "depth", "smaller number"},
        Bad{R"({"depth": 99999999999999999999})", "", "99999999999999999999"},
        Bad{R"({"depth": -99999999999999999999})", "", "99999999999999999999"},
        Bad{R"({"mlp_dim": {}})", "mlp_dim", "whole number"}, Bad{R"({"num_heads": ""})", "num_heads", "whole"},
        Bad{R"({"lru_width": 0.5})", "lru_width", "whole"}, Bad{R"({"conv1d_width": "4"})", "conv1d_width", "whole"},
        Bad{R"({"patch_size": [16, 16]})", "patch_size", "whole"},
        Bad{R"({"num_classes": "k"})", "num_classes", "whole"}, Bad{R"({"head_dim": false})", "head_dim", "whole"},
        Bad{R"({"frame_stride": 1.5})", "frame_stride", "whole"},
        Bad{R"({"clip_frames": "32"})", "clip_frames", "whole"}, Bad{R"({"architecture": 1})", "architecture", "text"},
        Bad{R"({"pool": "max"})", "pool", "cls, gap"}, Bad{R"({"pool": 1})", "pool", "cls, gap"},
        Bad{R"({"position": "none"})", "position", "learned, sincos2d"},
        Bad{R"({"input_scale": "SQRT"})", "input_scale", "sqrt, convex"},
        Bad{R"({"image_size": "224x224"})", "image_size", "whole number"},
        Bad{R"({"image_size": [224]})", "image_size", "[height, width]"},
        Bad{R"({"image_size": [224, 224, 3]})", "image_size", "[height, width]"},
        Bad{R"({"image_size": [224, "224"]})", "image_size", "whole number"},
        Bad{R"({"readout": 5})", "readout", "a string"}, Bad{R"({"readout": "median"})", "readout", "window=SECONDS"},
        Bad{R"({"readout": "window="})", "readout", "seconds"},
        Bad{R"({"readout": "window=-1"})", "readout", "seconds"}, Bad{R"({"readout": "ema=0"})", "readout", "seconds"},
        Bad{R"({"readout": "ema=nan"})", "readout", "seconds"}, Bad{R"({"readout": "ema=inf"})", "readout", "seconds"},
        Bad{R"({"readout": "ema=1s"})", "readout", "seconds"},
        Bad{R"({"readout": "window=1e7"})", "readout", "seconds"},
        Bad{R"({"preprocess": []})", "preprocess", "an object"},
        Bad{R"({"preprocess": {"mean": 0}})", "preprocess.mean", "unknown key"},
        Bad{R"({"preprocess": {"resize": "fit"}})", "preprocess.resize", "short_side, exact, pad"},
        Bad{R"({"preprocess": {"interpolation": "bicubic"}})", "preprocess.interpolation", "bilinear"},
        Bad{R"({"preprocess": {"crop": true}})", "preprocess.crop", "center, none"},
        Bad{R"({"preprocess": {"scale": 0}})", "preprocess.scale", "positive"},
        Bad{R"({"preprocess": {"scale": -1}})", "preprocess.scale", "positive"},
        Bad{R"({"preprocess": {"scale": 1e300}})", "preprocess.scale", "positive"},
        Bad{R"({"preprocess": {"scale": 1e-400}})", "preprocess.scale", "positive"},
        Bad{R"({"preprocess": {"scale": "1/255"}})", "preprocess.scale", "positive"},
        Bad{R"({"id2label": []})", "id2label", "an object"}, Bad{R"({"id2label": {"0": 1}})", "id2label.0", "a string"},
        Bad{R"({"id2label": {"-1": "a"}})", "id2label", "-1"}, Bad{R"({"id2label": {"one": "a"}})", "id2label", "one"},
        Bad{R"({"id2label": {"1.0": "a"}})", "id2label", "1.0"},
        Bad{R"({"id2label": {"": "a"}})", "id2label", "indices"},
        Bad{R"({"id2label": {"99999999999999999999": "a"}})", "id2label", "9999"},
        Bad{R"({"id2label": {"16777217": "a"}})", "id2label", "16777217"}));

TEST(ConfigJson, BoundsThemselvesAreAccepted) {
  EXPECT_EQ(parse_model(R"({"id2label": {"16777216": "last"}})").config.label(1 << 24), "last");
  EXPECT_EQ(parse_model(R"({"preprocess": {"scale": 1e6}})").config.preprocess.scale, 1e6);
  EXPECT_EQ(parse_model(R"({"width": 9223372036854775807})").config.width, INT64_MAX);
}

TEST(ConfigJson, DeepNestingIsRefusedBeforeTheStackOverflows) {
  for (const char* open : {"[", "{\"width\":"}) {
    std::string bomb;
    for (int i = 0; i < 100000; ++i) bomb += open;
    expect_error(ErrorKind::kInput, {"m/config.json", "levels"}, [&] { parse_model(bomb); });
  }
}

TEST(ConfigJson, MessagesStayPrintableAndShort) {
  const std::string wild = "\\u001b[31m" + std::string(100000, 'x');
  for (const std::string& text :
       {"{\"" + wild + "\": 1}", "{\"pool\": \"" + wild + "\"}", "{\"preprocess\": {\"" + wild + "\": 1}}",
        "{\"id2label\": {\"" + wild + "\": \"a\"}}", "{\"readout\": \"" + wild + "\"}"}) {
    try {
      parse_model(text);
      ADD_FAILURE() << text.substr(0, 40);
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_LT(message.size(), 1000u) << text.substr(0, 40);
      EXPECT_EQ(message.find('\x1b'), std::string::npos) << text.substr(0, 40);
    }
  }
}

// Labels may come from a file in any encoding.
TEST(ConfigJson, LabelsThatAreNotUtf8AreStillPrinted) {
  ModelConfig config = unusual();
  config.id2label[1] = "caf\xe9";
  const ModelConfig read = parse_model(print_model_config(config)).config;
  EXPECT_EQ(read.label(1), "caf\uFFFD");
}

}  // namespace
}  // namespace trecvit::test
