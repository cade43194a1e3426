// Every valid config survives its file; every invalid one is refused with an Error.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/config/config_json.h"
#include "trecvit/config/model_budget.h"
#include "trecvit/config/model_config.h"

namespace trecvit {
namespace {

// A config that is printed when a property fails.
struct AnyConfig {
  ModelConfig config;
};
std::ostream& operator<<(std::ostream& out, const AnyConfig& any) { return out << print_model_config(any.config); }

// The numbers from which a config is made; sizes that must divide each other do.
struct Parts {
  int64_t heads = 1, head_width = 1, gate_width = 1, depth = 1, mlp_dim = 1, conv_width = 1;
  int64_t patch = 1, rows = 1, columns = 1, classes = 0, head_dim = 1;
  Pool pool = Pool::kCls;
  Position position = Position::kLearned;
  InputScale input_scale = InputScale::kSqrt;
  Readout readout;
  int64_t frame_stride = 1, clip_frames = 0;
  bool multi_label = false;
  EventRule events;
  PreprocessConfig preprocess;
  std::map<int64_t, std::string> labels;  // those of the classes there are
};

AnyConfig put_together(const Parts& parts) {
  ModelConfig c;
  c.num_heads = parts.heads;
  const bool fixed = parts.position == Position::kSincos2d;  // wants a width in multiples of 4, at least 8
  c.width = parts.heads * (fixed ? (parts.head_width + 7) / 8 * 8 : parts.head_width);
  c.lru_width = parts.heads * parts.gate_width;
  c.depth = parts.depth;
  c.mlp_dim = parts.mlp_dim;
  c.conv1d_width = parts.conv_width;
  c.patch_size = parts.patch;
  c.image_height = parts.patch * parts.rows;
  c.image_width = parts.patch * parts.columns;
  c.num_classes = parts.classes;
  c.head_dim = parts.classes > 0 ? parts.head_dim : 0;
  c.pool = parts.pool;
  c.position = parts.position;
  c.input_scale = parts.input_scale;
  c.readout = parts.readout;
  c.frame_stride = parts.frame_stride;
  c.clip_frames = parts.clip_frames;
  c.multi_label = parts.multi_label;
  c.events = parts.events;
  c.preprocess = parts.preprocess;
  for (const auto& [index, label] : parts.labels) {
    if (parts.classes > 0) c.id2label[index % parts.classes] = label;
  }
  return {c};
}

template <class Enum>
rc::Gen<Enum> any_word() {
  std::vector<Enum> all;
  for (const auto& [word, value] : enum_words(Enum{})) all.push_back(value);
  return rc::gen::elementOf(all);
}

rc::Gen<Readout> any_readout() {
  const auto seconds = rc::gen::oneOf(rc::gen::element(1e-300, 0.1, 2.5, 1.0 / 3),
                                      rc::gen::map(rc::gen::inRange(1, 100'000), [](int ms) { return ms / 1000.0; }));
  return rc::gen::apply(
      [](Readout::Kind kind, double duration) {
        const bool timed = kind == Readout::Kind::kWindow || kind == Readout::Kind::kEma;
        return Readout{kind, timed ? duration : 0};
      },
      any_word<Readout::Kind>(), seconds);
}

rc::Gen<PreprocessConfig> any_preprocess() {
  using P = PreprocessConfig;
  return rc::gen::build<P>(
      rc::gen::set(&P::resize, any_word<Resize>()), rc::gen::set(&P::interpolation, any_word<Interpolation>()),
      rc::gen::set(&P::crop, any_word<Crop>()),
      rc::gen::set(&P::scale, rc::gen::element(1.0 / 255, 1.0, 1 / 127.5, 1e6, std::numeric_limits<double>::min())));
}

rc::Gen<EventRule> any_events() {
  const auto percent = rc::gen::inRange(1, 101), tenths = rc::gen::inRange(0, 10'000'000);
  return rc::gen::apply(
      [](int a, int b, int least, int gap) {
        return EventRule{std::max(a, b) / 100.0, std::min(a, b) / 100.0, least / 10.0, gap / 10.0};
      },
      percent, percent, tenths, tenths);
}

rc::Gen<std::string> any_label() {
  const auto piece = rc::gen::element<std::string>("a", "B", " ", "\"", "\\", "\n", "\x1b", std::string(1, '\0'),
                                                   "\u00e4", "\u202e", "\u89c6", "\U0001f3ac");
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece), [](const std::vector<std::string>& pieces) {
    std::string text;
    for (const auto& part : pieces) text += part;
    return text;
  });
}

// Any valid config, up to sizes far beyond what is ever trained.
rc::Gen<AnyConfig> any_valid_config() {
  const auto upto = [](int64_t most) { return rc::gen::inRange<int64_t>(1, most + 1); };
  return rc::gen::map(
      rc::gen::build<Parts>(
          rc::gen::set(&Parts::heads, upto(24)), rc::gen::set(&Parts::head_width, upto(96)),
          rc::gen::set(&Parts::gate_width, upto(192)), rc::gen::set(&Parts::depth, upto(120)),
          rc::gen::set(&Parts::mlp_dim, upto(8192)), rc::gen::set(&Parts::conv_width, upto(kMaxConvWidth)),
          rc::gen::set(&Parts::patch, upto(64)), rc::gen::set(&Parts::rows, upto(40)),
          rc::gen::set(&Parts::columns, upto(40)), rc::gen::set(&Parts::classes, rc::gen::inRange<int64_t>(0, 1000)),
          rc::gen::set(&Parts::head_dim, upto(4096)), rc::gen::set(&Parts::pool, any_word<Pool>()),
          rc::gen::set(&Parts::position, any_word<Position>()),
          rc::gen::set(&Parts::input_scale, any_word<InputScale>()), rc::gen::set(&Parts::readout, any_readout()),
          rc::gen::set(&Parts::frame_stride, upto(1 << 20)),
          rc::gen::set(&Parts::clip_frames, rc::gen::inRange<int64_t>(0, INT64_MAX)),
          rc::gen::set(&Parts::multi_label, rc::gen::arbitrary<bool>()),
          rc::gen::set(&Parts::events, rc::gen::oneOf(rc::gen::just(EventRule()), any_events())),
          rc::gen::set(&Parts::preprocess, any_preprocess()),
          rc::gen::set(&Parts::labels, rc::gen::container<std::map<int64_t, std::string>>(
                                           rc::gen::inRange<int64_t>(0, 1000), any_label()))),
      put_together);
}

// A valid config is accepted, and its file gives it again, with every field in it.
RC_GTEST_PROP(ModelConfigProperty, ComesBackFromItsFile, ()) {
  const ModelConfig config = (*any_valid_config()).config;
  validate(config, "test");
  const std::string text = print_model_config(config);
  const GivenConfig read = parse_model_config(text, "config.json");
  RC_ASSERT(read.config == config);
  RC_ASSERT(print_model_config(read.config) == text);
  for (const auto& field : model_config_fields()) {
    const bool left_out = (field.key == "id2label" && config.id2label.empty()) ||
                          (field.key == "clip_frames" && config.clip_frames == 0) ||
                          (field.key == "multi_label" && !config.multi_label) ||
                          (field.key == "events" && config.events == EventRule());
    RC_ASSERT(read.has(field.key) == !left_out);
  }
}

// The counts of a valid config are positive and finite, and its budget is kept or refused with an Error.
RC_GTEST_PROP(ModelConfigProperty, CountsArePositive, ()) {
  const ModelConfig config = (*any_valid_config()).config;
  RC_ASSERT(config.parameter_count() > 0);
  RC_ASSERT(config.state_floats() > 0);
  RC_ASSERT(std::isfinite(config.flops_per_frame()));
  RC_ASSERT(memory_of(config) >= 4 * static_cast<double>(config.parameter_count()));
  try {
    check_budget(config, {}, "test");
  } catch (const Error& error) {
    RC_ASSERT(error.kind() == ErrorKind::kInput);
  }
}

// A number that breaks one field or another.
rc::Gen<int64_t> any_odd_number() {
  return rc::gen::oneOf(rc::gen::element<int64_t>(0, -1, INT64_MIN, INT64_MAX, (int64_t{1} << 20) + 1, int64_t{1} << 20,
                                                  int64_t{1} << 32, 7, 13),
                        rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<int64_t>()),
                        rc::gen::arbitrary<int64_t>());
}

using SizeMember = int64_t ModelConfig::*;
constexpr SizeMember kSizes[] = {&ModelConfig::width,       &ModelConfig::depth,        &ModelConfig::mlp_dim,
                                 &ModelConfig::num_heads,   &ModelConfig::lru_width,    &ModelConfig::conv1d_width,
                                 &ModelConfig::patch_size,  &ModelConfig::image_height, &ModelConfig::image_width,
                                 &ModelConfig::num_classes, &ModelConfig::head_dim,     &ModelConfig::frame_stride,
                                 &ModelConfig::clip_frames};

bool refused_as_input(const std::function<void()>& statement) {
  try {
    statement();
    return false;
  } catch (const Error& error) {
    RC_ASSERT(error.kind() == ErrorKind::kInput);
    return true;
  }
}

// However many sizes are wrong, a config is accepted or refused with an Error; one that is accepted can be counted.
RC_GTEST_PROP(ModelConfigProperty, AnySizesAreAcceptedOrRefused, ()) {
  AnyConfig any = *any_valid_config();
  const auto changes = *rc::gen::scale(
      0.1, rc::gen::container<std::map<size_t, int64_t>>(
               rc::gen::resize(rc::kNominalSize, rc::gen::inRange<size_t>(0, std::size(kSizes))), any_odd_number()));
  for (const auto& [member, value] : changes) any.config.*kSizes[member] = value;
  if (refused_as_input([&] { validate(any.config, "test"); })) return;
  RC_ASSERT(any.config.parameter_count() > 0);
  RC_ASSERT(any.config.state_floats() > 0);
  RC_ASSERT(any.config.width % any.config.num_heads == 0);
  RC_ASSERT(any.config.patches() * any.config.patch_size * any.config.patch_size ==
            any.config.image_height * any.config.image_width);
  RC_ASSERT(parse_model_config(print_model_config(any.config), "test").config == any.config);
}

// Sizes that are each allowed make a model that fits in memory and can be counted, or one that is refused.
RC_GTEST_PROP(ModelConfigProperty, LargeSizesFitOrAreRefused, ()) {
  const auto upto = [](int most) {
    return int64_t{1} << *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, most + 1));
  };
  ModelConfig config;
  config.num_heads = 1;
  config.width = upto(20);
  config.lru_width = upto(20);
  config.depth = upto(10);
  config.mlp_dim = upto(20);
  config.conv1d_width = upto(4);
  config.patch_size = upto(10);
  config.image_height = config.patch_size * upto(10);
  config.image_width = config.patch_size * upto(10);
  config.num_classes = upto(20);
  config.head_dim = upto(20);
  if (refused_as_input([&] { validate(config, "test"); })) return;
  constexpr int64_t kMost = 200'000'000'000;
  RC_ASSERT(config.parameter_count() > 0);
  RC_ASSERT(config.parameter_count() < kMost);
  RC_ASSERT(config.state_floats() < kMost);
  RC_ASSERT(config.tokens() <= int64_t{1} << 20);
}

// Values of every JSON type, for any key.
rc::Gen<Json> any_value() {
  const auto as_json = [](const auto& gen) { return rc::gen::map(gen, [](const auto& value) { return Json(value); }); };
  const auto leaf = rc::gen::oneOf<Json>(
      as_json(any_odd_number()), as_json(rc::gen::inRange<int64_t>(1, 64)), as_json(rc::gen::arbitrary<double>()),
      as_json(any_label()), as_json(rc::gen::arbitrary<bool>()), rc::gen::just(Json(nullptr)),
      as_json(rc::gen::just(UINT64_MAX)),
      as_json(rc::gen::element<std::string>("cls", "learned", "trecvit", "window=1", "ema=0", "mean", "sqrt", "pad")));
  const auto array = rc::gen::map(rc::gen::scale(0.05, rc::gen::container<std::vector<Json>>(leaf)),
                                  [](const std::vector<Json>& values) {
                                    Json out = Json::array();
                                    for (const auto& value : values) out.push_back(value);
                                    return out;
                                  });
  const auto key = rc::gen::element<std::string>("resize", "scale", "crop", "interpolation", "0", "1", "-1", "x");
  const auto object = rc::gen::map(rc::gen::scale(0.05, rc::gen::container<std::map<std::string, Json>>(key, leaf)),
                                   [](const std::map<std::string, Json>& values) {
                                     Json out = Json::object();
                                     for (const auto& [name, value] : values) out[name] = value;
                                     return out;
                                   });
  return rc::gen::resize(rc::kNominalSize, rc::gen::weightedOneOf<Json>({{3, leaf}, {1, array}, {2, object}}));
}

// With any values for some of its keys, a file is read or refused with an Error; a config that was read is printed and
// read again as the same.
RC_GTEST_PROP(ModelConfigProperty, AnyFileIsReadOrRefused, ()) {
  std::vector<std::string> keys = {"unknown", "model_type", "preprocess", "preprocess", "id2label", "id2label"};
  for (const auto& field : model_config_fields()) keys.push_back(field.key);
  const auto changes =
      *rc::gen::scale(0.04, rc::gen::container<std::map<std::string, Json>>(rc::gen::elementOf(keys), any_value()));
  Json root = parse_json(print_model_config((*any_valid_config()).config), "test");
  for (const auto& [key, value] : changes) root[key] = value;
  root.erase(*rc::gen::elementOf(keys));
  GivenConfig given;
  if (refused_as_input([&] { given = parse_model_config(root.dump(), "config.json"); })) return;
  RC_ASSERT(given.keys.size() == root.size());
  const std::string text = print_model_config(given.config);
  RC_ASSERT(print_model_config(parse_model_config(text, "again").config) == text);
  refused_as_input([&] { validate(given.config, "test"); });
}

// A file with one byte changed, or cut, is read or refused with an Error.
RC_GTEST_PROP(ModelConfigProperty, DamagedFileIsReadOrRefused, ()) {
  const std::string text = print_model_config((*any_valid_config()).config);
  const auto place = *rc::gen::inRange<size_t>(0, text.size() - 1);  // a cut is more than the last line feed
  std::string damaged = text;
  damaged[place] = *rc::gen::arbitrary<char>();
  refused_as_input([&] { validate(parse_model_config(damaged, "config.json").config, "test"); });
  RC_ASSERT(refused_as_input([&] { parse_model_config(text.substr(0, place), "config.json"); }));
}

}  // namespace
}  // namespace trecvit
