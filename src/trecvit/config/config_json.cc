#include "trecvit/config/config_json.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/suggest.h"

namespace trecvit {
namespace {

[[noreturn]] void wrong(const std::string& where, std::string_view expected, const Json& got) {
  fail_input(where, "expected {}, got {}", expected, printable(got.dump(), 80));
}

int64_t read_integer(const Json& value, const std::string& where) {
  if (!value.is_number_integer()) wrong(where, "a whole number", value);
  if (value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX) wrong(where, "a smaller number", value);
  return value.get<int64_t>();
}

template <int64_t ModelConfig::* kMember>
void read_size(const Json& value, ModelConfig& config, const std::string& where) {
  config.*kMember = read_integer(value, where);
}
template <int64_t ModelConfig::* kMember>
Json write_size(const ModelConfig& config) {
  return config.*kMember;
}

// A closed set of words and the values they stand for.
template <class Enum, size_t kCount>
using Words = const std::pair<std::string_view, Enum> (&)[kCount];

template <class Enum, size_t kCount>
Enum read_word(const Json& value, Words<Enum, kCount> words, const std::string& where) {
  std::vector<std::string_view> known;
  for (const auto& [word, meaning] : words) {
    if (value.is_string() && value.get_ref<const std::string&>() == word) return meaning;
    known.push_back(word);
  }
  wrong(where, fmt::format("one of {}", fmt::join(known, ", ")), value);
}
template <class Enum, size_t kCount>
Json write_word(Enum value, Words<Enum, kCount> words) {
  for (const auto& [word, meaning] : words) {
    if (meaning == value) return word;
  }
  return nullptr;
}

constexpr std::pair<std::string_view, Pool> kPools[] = {{"cls", Pool::kCls}, {"gap", Pool::kGap}};
constexpr std::pair<std::string_view, Position> kPositions[] = {{"learned", Position::kLearned},
                                                                {"sincos2d", Position::kSincos2d}};
constexpr std::pair<std::string_view, InputScale> kScales[] = {{"sqrt", InputScale::kSqrt},
                                                               {"convex", InputScale::kConvex}};
constexpr std::pair<std::string_view, Resize> kResizes[] = {
    {"short_side", Resize::kShortSide}, {"exact", Resize::kExact}, {"pad", Resize::kPad}};
constexpr std::pair<std::string_view, Crop> kCrops[] = {{"center", Crop::kCenter}, {"none", Crop::kNone}};
constexpr std::pair<std::string_view, Interpolation> kInterpolations[] = {{"bilinear", Interpolation::kBilinear}};

void read_image_size(const Json& value, ModelConfig& config, const std::string& where) {
  if (value.is_array()) {
    if (value.size() != 2) wrong(where, "a number or [height, width]", value);
    config.image_height = read_integer(value[0], where);
    config.image_width = read_integer(value[1], where);
  } else {
    config.image_height = config.image_width = read_integer(value, where);
  }
}
Json write_image_size(const ModelConfig& config) {
  if (config.image_height == config.image_width) return config.image_height;
  return {config.image_height, config.image_width};
}

void read_readout(const Json& value, ModelConfig& config, const std::string& where) {
  if (!value.is_string()) wrong(where, "a string", value);
  try {
    config.readout = parse_readout(value.get<std::string>(), where);
  } catch (const Error& error) {
    throw Error(ErrorKind::kInput, error.what());  // the same sentence, but the fault is the file's
  }
}

void read_preprocess(const Json& value, ModelConfig& config, const std::string& where) {
  if (!value.is_object()) wrong(where, "an object", value);
  for (const auto& [key, entry] : value.items()) {
    const std::string here = where + "." + printable(key);
    if (key == "resize") {
      config.preprocess.resize = read_word(entry, kResizes, here);
    } else if (key == "interpolation") {
      config.preprocess.interpolation = read_word(entry, kInterpolations, here);
    } else if (key == "crop") {
      config.preprocess.crop = read_word(entry, kCrops, here);
    } else if (key == "scale") {
      if (!entry.is_number() || entry.get<double>() <= 0 || entry.get<double>() > 1e6)
        wrong(here, "a positive number", entry);
      config.preprocess.scale = entry.get<double>();
    } else {
      fail_input(here, "expected resize, interpolation, crop or scale, got an unknown key");
    }
  }
}
Json write_preprocess(const ModelConfig& config) {
  JsonTree object = Json(Json::object());
  object->get_ref<Json::object_t&>().reserve(4);
  (*object)["resize"] = write_word(config.preprocess.resize, kResizes);
  (*object)["interpolation"] = write_word(config.preprocess.interpolation, kInterpolations);
  (*object)["crop"] = write_word(config.preprocess.crop, kCrops);
  (*object)["scale"] = config.preprocess.scale;
  return std::move(object).release();
}

void read_labels(const Json& value, ModelConfig& config, const std::string& where) {
  if (!value.is_object()) wrong(where, "an object of index to label", value);
  for (const auto& [key, label] : value.items()) {
    int64_t index = -1;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
    if (error != std::errc() || end != key.data() + key.size() || index < 0 || index > (1 << 24)) {
      fail_input(where, "expected class indices as keys, got \"{}\"", printable(key));
    }
    if (!label.is_string()) wrong(where + "." + key, "a string", label);
    config.id2label[index] = label.get<std::string>();
  }
}
Json write_labels(const ModelConfig& config) {
  JsonTree labels = Json(Json::object());
  labels->get_ref<Json::object_t&>().reserve(config.id2label.size());
  for (const auto& [index, label] : config.id2label) (*labels)[std::to_string(index)] = label;
  return std::move(labels).release();
}

void read_architecture(const Json& value, ModelConfig& config, const std::string& where) {
  if (!value.is_string()) wrong(where, "a string", value);
  config.architecture = value.get<std::string>();
}

// Keys that a config.json of this program never has and those of others always have.
bool is_of_other_program(const Json& root) {
  constexpr const char* kTheirs[] = {"model_type",  "architectures", "transformers_version",
                                     "_class_name", "auto_map",      "torch_dtype",
                                     "class_name",  "keras_version", "pretrained_cfg"};
  return std::any_of(std::begin(kTheirs), std::end(kTheirs), [&root](const char* key) { return root.contains(key); });
}

constexpr std::string_view kFromShapes = "read from the tensors' shapes";

}  // namespace

const std::vector<ConfigField>& model_config_fields() {
  using C = ModelConfig;
  static const std::vector<ConfigField> fields = {
      {"architecture", "\"trecvit\"", "kind of model", read_architecture,
       [](const C& c) { return Json(c.architecture); }},
      {"width", kFromShapes, "D, numbers a token", read_size<&C::width>, write_size<&C::width>},
      {"depth", kFromShapes, "blocks", read_size<&C::depth>, write_size<&C::depth>},
      {"mlp_dim", kFromShapes, "F, hidden width of the MLP", read_size<&C::mlp_dim>, write_size<&C::mlp_dim>},
      {"num_heads", kFromShapes, "H, attention heads and gate blocks", read_size<&C::num_heads>,
       write_size<&C::num_heads>},
      {"lru_width", kFromShapes, "R, recurrent width", read_size<&C::lru_width>, write_size<&C::lru_width>},
      {"conv1d_width", kFromShapes, "K, frames the temporal conv sees", read_size<&C::conv1d_width>,
       write_size<&C::conv1d_width>},
      {"patch_size", kFromShapes, "P, side of a patch in pixels", read_size<&C::patch_size>,
       write_size<&C::patch_size>},
      {"num_classes", kFromShapes, "C", read_size<&C::num_classes>, write_size<&C::num_classes>},
      {"head_dim", kFromShapes, "width of the head's tanh layer", read_size<&C::head_dim>, write_size<&C::head_dim>},
      {"pool", "cls where there is a class token, else gap", "what the head reads",
       [](const Json& v, C& c, const std::string& w) { c.pool = read_word(v, kPools, w); },
       [](const C& c) { return write_word(c.pool, kPools); }},
      {"position", "learned where there is a table, else sincos2d", "position embedding",
       [](const Json& v, C& c, const std::string& w) { c.position = read_word(v, kPositions, w); },
       [](const C& c) { return write_word(c.position, kPositions); }},
      {"image_size", "square root of the table's length times the patch", "side, or [height, width], in pixels",
       read_image_size, write_image_size},
      {"input_scale", "sqrt", "factor of the recurrence's input: sqrt or convex",
       [](const Json& v, C& c, const std::string& w) { c.input_scale = read_word(v, kScales, w); },
       [](const C& c) { return write_word(c.input_scale, kScales); }},
      {"readout", "mean", "mean, last, window=SECONDS or ema=SECONDS", read_readout,
       [](const C& c) { return Json(to_string(c.readout)); }},
      {"frame_stride", "1", "the model sees every n-th frame of a video", read_size<&C::frame_stride>,
       write_size<&C::frame_stride>},
      {"clip_frames", "unknown", "frames of a training clip", read_size<&C::clip_frames>, write_size<&C::clip_frames>},
      {"preprocess", "short_side, bilinear, center, 1/255", "how a frame becomes the input", read_preprocess,
       write_preprocess},
      {"id2label", "the index as text", "names of the classes", read_labels, write_labels},
  };
  return fields;
}

GivenConfig parse_model_config(std::string_view text, const std::string& where) {
  const JsonTree tree = parse_json_tree(text, where);
  const Json& root = *tree;
  if (!root.is_object()) wrong(where, "an object", root);
  GivenConfig given;
  for (const auto& [key, value] : root.items()) {
    const ConfigField* known = nullptr;
    for (const auto& field : model_config_fields()) {
      if (field.key == key) known = &field;
    }
    if (!known && is_of_other_program(root)) {
      fail_input(where,
                 "expected the config.json of a TRecViT model, got that of another program (\"{}\"); remove it: sizes "
                 "are read from the tensors",
                 printable(key));
    }
    if (!known) {
      std::vector<std::string_view> keys;
      for (const auto& field : model_config_fields()) keys.push_back(field.key);
      fail_input(where, "expected keys among {}; got \"{}\"{}", fmt::join(keys, ", "), printable(key),
                 did_you_mean(key, keys));
    }
    known->read(value, given.config, where + ": " + key);
    given.keys.insert(key);
  }
  return given;
}

std::string print_model_config(const ModelConfig& config) {
  JsonTree root = Json(Json::object());
  root->get_ref<Json::object_t&>().reserve(model_config_fields().size());
  for (const auto& field : model_config_fields()) {
    if (field.key == "id2label" && config.id2label.empty()) continue;
    if (field.key == "clip_frames" && config.clip_frames == 0) continue;
    JsonTree value = field.write(config);
    Json& place = (*root)[std::string(field.key)];
    place = std::move(value).release();
  }
  // Labels may have come from a file in another encoding; what is no UTF-8 becomes U+FFFD.
  return root->dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace trecvit
