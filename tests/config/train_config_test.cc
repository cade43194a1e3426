#include "trecvit/config/train_config.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "config/train_config_test.h"
#include "support/errors.h"
#include "trecvit/config/config_json.h"
#include "trecvit/config/toml_json.h"
#include "trecvit/io/byte_source.h"

namespace trecvit {
namespace {

using test::expect_error;
using test::expect_usage;
using test::parse_run;

// What a field's range, which is a sentence for people, says.
struct FieldRange {
  std::string kind;                // whole, number, flag, text, texts, word
  double least = 0, most = 0;      // of numbers
  std::vector<std::string> words;  // of word
};

FieldRange range_of(const TrainField& field) {
  FieldRange range;
  const std::string& text = field.range;
  const std::map<std::string, std::string> kinds = {
      {"text", "text"}, {"a list of text", "texts"}, {"true or false", "flag"}};
  if (const auto kind = kinds.find(text); kind != kinds.end()) {
    range.kind = kind->second;
    return range;
  }
  if (text.starts_with("one of ")) {
    range.kind = "word";
    for (size_t at = 7; at < text.size() + 2;) {
      const size_t end = std::min(text.find(", ", at), text.size());
      range.words.push_back(text.substr(at, end - at));
      at = end + 2;
    }
    return range;
  }
  range.kind = text.starts_with("a whole number") ? "whole" : text.starts_with("three numbers") ? "three" : "number";
  const std::string numbers = text.substr(text.find(" from ") + 6);
  const size_t to = numbers.find(" to ");
  range.least = std::strtod(numbers.c_str(), nullptr);
  range.most = to == std::string::npos ? 9e18 : std::strtod(numbers.c_str() + to + 4, nullptr);
  return range;
}

std::string printed(const std::string& kind, double value) {
  return kind == "whole" ? fmt::format("{}", static_cast<int64_t>(value)) : fmt::format("{}", value);
}

// Values, as TOML, that a field must take; the last is none of the defaults.
std::vector<std::string> good_values(const FieldRange& range, const Json& standard) {
  if (range.kind == "text") return {"''", "'new \\ \"text\"'"};
  if (range.kind == "texts") return {"[]", "['a', 'b c']"};
  if (range.kind == "flag") return {standard.dump(), standard == true ? "false" : "true"};
  std::vector<std::string> values;
  if (range.kind == "word") {
    for (const auto& word : range.words) values.push_back('"' + word + '"');
    if (Json(range.words.back()) == standard) std::swap(values.front(), values.back());
    return values;
  }
  if (range.kind == "three")
    return {standard.dump(), fmt::format("[{}, {}, {}]", range.least, range.most, (range.least + range.most) / 3)};
  values = {printed(range.kind, range.least), printed(range.kind, range.most)};
  if (Json(range.most) == standard) std::swap(values.front(), values.back());
  return values;
}

// What else must be said for any value of a key to be allowed.
const std::map<std::string, std::map<std::string, std::string>> kBeside = {
    {"augment.most_area", {{"augment.least_area", "0.01"}}},
    {"augment.least_scale", {{"augment.most_scale", "10"}}},
    {"augment.most_scale", {{"augment.least_scale", "0.1"}}},
    {"start.probe", {{"start.from", "model"}, {"start.backbone", "frozen"}}},
    {"optimizer.floor", {{"optimizer.learning_rate", "100"}}}};

TEST(TrainConfig, DefaultsAreThoseOfTheStructs) {
  EXPECT_EQ(print_train_config(parse_run("")), print_train_config(TrainConfig{}));
  EXPECT_EQ(parse_run("").optimizer.learning_rate, 1e-4);
  EXPECT_EQ(parse_run("").val.format, ManifestFormat::kAuto);
  EXPECT_TRUE(parse_run("").model.empty());
}

TEST(TrainConfig, EachKeyAndItsHelpOnce) {
  std::set<std::string> keys;
  for (const auto& field : train_config_fields()) {
    EXPECT_TRUE(keys.insert(field.key).second) << field.key;
    EXPECT_FALSE(field.range.empty()) << field.key;
  }
  EXPECT_GT(keys.size(), 60u);
}

TEST(TrainConfig, EveryFieldTakesItsValuesAndNoOtherFieldChanges) {
  const TrainConfig standard;
  for (const auto& field : train_config_fields()) {
    const auto found = kBeside.find(field.key);
    const auto beside = found == kBeside.end() ? std::map<std::string, std::string>{} : found->second;
    for (const auto& value : good_values(range_of(field), field.write(standard))) {
      SCOPED_TRACE(field.key + "=" + value);
      std::vector<std::string> changes{field.key + "=" + value};
      for (const auto& [other, needed] : beside) changes.push_back(fmt::format("{}={}", other, needed));
      TrainConfig config;
      ASSERT_NO_THROW(config = parse_run("", changes));
      EXPECT_EQ(field.write(config), parse_toml("x = " + value, "x")["x"]);
      for (const auto& rest : train_config_fields()) {
        if (rest.key != field.key && !beside.contains(rest.key)) {
          EXPECT_EQ(rest.write(config), rest.write(standard)) << rest.key;
        }
      }
      EXPECT_EQ(print_train_config(parse_run(print_train_config(config))), print_train_config(config));
    }
    const auto last = good_values(range_of(field), field.write(standard)).back();
    EXPECT_NE(parse_toml("x = " + last, "x")["x"], field.write(standard)) << field.key << " is tested with its default";
  }
}

TEST(TrainConfig, EveryFieldRefusesOtherTypes) {
  const std::map<std::string, std::string> values = {{"true", "flag"},   {"5", "whole"},        {"1.5", "number"},
                                                     {"'zzz'", "text"},  {"[]", "texts"},       {"{}", "table"},
                                                     {"[1]", "numbers"}, {"{ a = 1 }", "table"}};
  for (const auto& field : train_config_fields()) {
    const std::string kind = range_of(field).kind;
    for (const auto& [value, type] : values) {
      if (type == kind || (kind == "number" && type == "whole")) continue;
      expect_usage({"[--set " + field.key, "expected " + field.key + " to be " + field.range, "got "}, "",
                   {field.key + "=" + value});
      expect_usage({"[run.toml:1]", "expected " + field.key + " to be " + field.range}, field.key + " = " + value);
    }
  }
}

TEST(TrainConfig, EveryNumberHasItsRange) {
  for (const auto& field : train_config_fields()) {
    const FieldRange range = range_of(field);
    if (range.kind != "whole" && range.kind != "number") continue;
    std::vector<std::string> bad = {printed(range.kind, range.least - 1), "-9223372036854775808"};
    if (range.most < 9e18) bad.insert(bad.end(), {printed(range.kind, range.most * 1.001 + 1), "9223372036854775807"});
    if (range.kind == "number") bad.insert(bad.end(), {"nan", "inf", "-inf", "1e300"});
    for (const auto& value : bad) expect_usage({field.key, field.range}, "", {field.key + "=" + value});
  }
}

TEST(TrainConfig, FieldsThatBelongTogether) {
  expect_usage({"least_area", "most_area", "0.5", "0.4"}, "[augment]\nleast_area = 0.5\nmost_area = 0.4");
  expect_usage({"least_scale", "most_scale"}, "[augment]\nleast_scale = 2");
  expect_usage({"optimizer.floor", "optimizer.learning_rate"}, "[optimizer]\nfloor = 0.1");
  expect_usage({"label_smoothing"}, "[objective]\nmulti_label = true\nlabel_smoothing = 0.1");
  expect_usage({"start.backbone", "probe"}, "[start]\nfrom = 'model'\nprobe = 'linear'");
  expect_usage({"start.from", "probe"}, "[start]\nbackbone = 'frozen'\nprobe = 'attentive'");
  EXPECT_NO_THROW(
      parse_run("[start]\nfrom = 'model'\nbackbone = 'frozen'\nprobe = 'linear'\n", {"optimizer.mean_decay=0.9"}));
  expect_usage({"motion_weight", "frozen"}, "[start]\nbackbone = 'frozen'\n[objective]\nmotion_weight = 1");
  expect_usage({"layer_decay", "frozen"}, "[start]\nbackbone = 'frozen'\n[optimizer]\nlayer_decay = 0.7");
  expect_usage({"recall.back", "16 frames", "got 16"}, "task = 'recall'\n[recall]\nback = 16");
  EXPECT_NO_THROW(parse_run("[recall]\nback = 16"));
  for (const std::string task : {"reconstruct", "recall"}) {
    expect_usage({"backbone", "frozen"}, "[start]\nbackbone = 'frozen'", {"task=" + task});
    expect_usage({"clip.views", "got 3 and 1"}, "[clip]\nviews = 3", {"task=" + task});
    expect_usage({"objective.mixup = 0", "got 0.4"}, "[objective]\nmixup = 0.4", {"task=" + task});
    expect_usage({"objective.target = \"clip\"", "got \"frame\""}, "[objective]\ntarget = 'frame'", {"task=" + task});
  }
  expect_usage({"run.recompute", "run.chunk"}, "[run]\nchunk = 4\nrecompute = true");
  for (const char* value : {"[0.5, 0.5]", "[0.5, 0.5, 2]", "[0.5, 0.5, nan]", "[0.5, 0.5, '0.5']", "0.5"})
    expect_usage({"start.mean", "three numbers from 0 to 1"}, "", {std::string("start.mean=") + value});
  // Only the end counts: a change may mend what the file, or a change before it, says.
  EXPECT_EQ(parse_run("[optimizer]\nfloor = 0.1", {"optimizer.learning_rate=1"}).optimizer.floor, 0.1);
}

TEST(TrainConfig, OurConfigsParse) {
  size_t count = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::string(TRECVIT_SOURCE_DIR) + "/configs")) {
    if (entry.path().extension() != ".toml" || entry.path().filename() == "tables.toml") continue;
    SCOPED_TRACE(entry.path().string());
    const std::string text = read_text(*open_file(entry.path().string()), 1 << 20);
    TrainConfig config;
    ASSERT_NO_THROW(config = parse_train_config(text, entry.path().string()));
    EXPECT_EQ(print_train_config(parse_run(print_train_config(config))), print_train_config(config));
    EXPECT_FALSE(config.train.source.empty());
    EXPECT_TRUE(config.run.steps > 0 || config.run.epochs > 0);
    EXPECT_TRUE(!config.size.empty() || config.model.contains("width"));
    ++count;
  }
  EXPECT_GE(count, 2u);
}

TEST(TrainConfig, PrintsTextAndNumbersThatComeBack) {
  TrainConfig config;
  config.name = std::string("\x7f\x01\t\n\"\\ü🙂\0 end", 17);
  config.seed = INT64_MAX;
  config.train.groups = {"", "#", "[x]", "\x7f"};
  config.optimizer.learning_rate = 0.1 + 0.2;
  config.optimizer.epsilon = 1e-16;
  config.optimizer.clip_norm = 1e9 / 3;
  const TrainConfig back = parse_run(print_train_config(config));
  EXPECT_EQ(back.name, config.name);
  EXPECT_EQ(back.seed, config.seed);
  EXPECT_EQ(back.train.groups, config.train.groups);
  EXPECT_EQ(back.optimizer.learning_rate, config.optimizer.learning_rate);
  EXPECT_EQ(back.optimizer.epsilon, config.optimizer.epsilon);
  EXPECT_EQ(back.optimizer.clip_norm, config.optimizer.clip_norm);
}

TEST(TrainConfig, BareWordsOfChangesAreText) {
  const auto name = [](const std::string& value) { return parse_run("name = 'x'", {"name=" + value}).name; };
  EXPECT_EQ(name("my run"), "my run");
  EXPECT_EQ(name(""), "");
  EXPECT_EQ(name("#1"), "#1");
  EXPECT_EQ(name("a=b"), "a=b");
  EXPECT_EQ(name("C:\\new"), "C:\\new");
  EXPECT_EQ(name("say \"hi\""), "say \"hi\"");
  EXPECT_EQ(name("'quoted'"), "quoted");
  EXPECT_EQ(name("\"tab\\t\""), "tab\t");
  EXPECT_EQ(parse_run("", {"data.val.source=synthetic:camera_moves?classes=ten"}).val.source,
            "synthetic:camera_moves?classes=ten");
  expect_usage({"expected name to be text, got true"}, "", {"name=true"});
  expect_usage({"[--set run.steps=many]", "run.steps", "\"many\""}, "", {"run.steps=many"});
}

TEST(TrainConfig, ChangesAreAppliedInOrder) {
  EXPECT_EQ(parse_run("seed = 2", {"seed=3", "seed=4"}).seed, 4u);
  for (const char* bad : {"seed", "=3", "", " seed=3", "\"seed\"=3", "[clip]\nframes=3"}) {
    expect_usage({"[--set]", "KEY=VALUE"}, "", {bad});
  }
  expect_usage({"[--set]", "expected TOML"}, "", {"clip..frames=3"});
  expect_usage({"[--set clip.frame=3]", "unknown clip.frame (did you mean clip.frames?);"}, "", {"clip.frame=3"});
  expect_usage({"[--set nam=ü] expected"}, "", {"nam=ü"});
  expect_usage({"[--set] expected TOML"}, "", {"name=\x1b[31m"});
}

TEST(TrainConfig, AllUnknownKeysAtOnce) {
  expect_usage(
      {"[run.toml]", "unknown clip.frame in line 3 (did you mean clip.frames?), nam in line 1 (did you mean name?)",
       ", optimiser in line 6 (did you mean optimizer?), optimizer.lr in line 5 (did you mean "
       "optimizer.learning_rate?); trecvit train --help-config"},
      "nam = 'x'\n[clip]\nframe = 3\n[optimizer]\nlr = 1\n[optimiser]\nlr = 1");
  expect_usage({"unknown clip.frames in line 1;"}, "\"clip.frames\" = 3");
  expect_usage({"unknown optimiser in line 2 (did you mean optimizer?)"}, "\n[optimiser]");
  expect_usage({"unknown ??[31m"}, "\"\\u001b\\u0007[31m\" = 1");
  for (const char* text : {"clip = 3", "data.train = 'x'", "[[clip]]\nframes = 3", "model = 5"}) {
    expect_usage({"to be a table, got"}, text);
  }
}

TEST(TrainConfig, OfManyUnknownKeysTheFirstAreNamed) {
  std::string keys;
  for (int i = 10; i < 60; ++i) keys += fmt::format("k{} = 1\n", i);
  expect_usage({"unknown k10 in line 1, k11 in line 2", ", k17 in line 8 and 42 more;"}, keys);
}

TEST(TrainConfig, SyntaxErrorsSayWhere) {
  expect_usage({"[run.toml] expected TOML", "line 3, column 8"}, "seed = 1\n[clip]\nframes x = 3");
  expect_usage({"expected TOML", "line 2"}, "seed = 1\nseed = 2");
  expect_usage({"expected TOML", "line 1"}, "name = 'caf\xff'");
  expect_usage({"expected TOML", "line 1"}, "name = 'x");
  expect_usage({"expected TOML", "line 1"}, "seed = 9223372036854775808");
  for (const char* date : {"1979-05-27", "07:32:00", "1979-05-27T07:32:00Z"}) {
    expect_usage({"a date or a time in line 2"}, std::string("seed = 1\nname = ") + date);
    expect_usage({"a date or a time"}, "", {std::string("name=") + date});
    expect_usage({"a date or a time in line 1"}, std::string("data.train.groups = ['a', ") + date + "]");
  }
}

TEST(TrainConfig, ModelIsCheckedByItsOwnList) {
  const TrainConfig config = parse_run("[model]\nwidth = 64\nimage_size = [48, 80]\n[model.id2label]\n1 = 'run'");
  const ModelConfig model = parse_model_config(config.model.dump(), "model").config;
  EXPECT_EQ(model.width, 64);
  EXPECT_EQ(model.image_width, 80);
  EXPECT_EQ(model.id2label.at(1), "run");
  expect_usage({"[run.toml: model]", "expected keys among", "got \"widht\"; did you mean width?"},
               "[model]\nwidht = 64");
  expect_usage({"[run.toml: model: width]", "a whole number, got \"wide\""}, "[model]\nwidth = 'wide'");
  expect_usage({"[run.toml: model: readout]"}, "[model]\nreadout = 'sometimes'");
  expect_usage({"[run.toml: model: preprocess.scale]", "a positive number"}, "[model.preprocess]\nscale = inf");
  expect_usage({"[--set model.width=x: model: width]", "a whole number"}, "", {"model.width=x"});
}

TEST(TrainConfig, ChangesOfAPartOfTheModelLeaveTheRest) {
  const TrainConfig config = parse_run("[model]\nwidth = 64\n[model.preprocess]\nresize = 'pad'\ncrop = 'none'",
                                       {"model.preprocess.crop=center", "model.depth=2"});
  const Json expected = {{"depth", 2}, {"preprocess", {{"crop", "center"}, {"resize", "pad"}}}, {"width", 64}};
  EXPECT_EQ(config.model, expected);
  EXPECT_EQ(parse_run(print_train_config(config)).model, expected);
}

}  // namespace
}  // namespace trecvit
