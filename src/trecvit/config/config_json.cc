#include "trecvit/config/config_json.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"
#include "trecvit/base/suggest.h"

namespace trecvit {
namespace {

using Read = std::optional<Misfit>;

bool is_size(const Json& value) {
  return value.is_number_integer() && !(value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX);
}

Read read_image_size(const Json& value, ModelConfig& config) {
  const bool both = value.is_array() && value.size() == 2;
  const Json& height = both ? value[0] : value;
  const Json& width = both ? value[1] : value;
  if (!is_size(height) || !is_size(width)) return misfit("a whole number or [height, width]", value);
  config.image_height = height.get<int64_t>();
  config.image_width = width.get<int64_t>();
  return {};
}
Json write_image_size(const ModelConfig& config) {
  if (config.image_height == config.image_width) return config.image_height;
  return {config.image_height, config.image_width};
}

Read read_readout(const Json& value, ModelConfig& config) {
  if (!value.is_string()) return misfit("a string", value);
  return trecvit::read_readout(value.get_ref<const std::string&>(), config.readout);
}

// A value of one field of the config that consists of fields itself.
template <class Part>
class Parts {
 public:
  Parts(Part ModelConfig::* part, std::vector<Field<Part>> fields) : part_(part), fields_(std::move(fields)) {}

  Read read(const Json& value, ModelConfig& config) const {
    if (!value.is_object()) return misfit("an object", value);
    for (const auto& [key, entry] : value.items()) {
      const auto field = std::ranges::find(fields_, key, &Field<Part>::key);
      if (field == fields_.end()) return Misfit{keys(), "an unknown key", "." + printable(key)};
      if (auto wrong = field->read(entry, config.*part_)) {
        wrong->inside = "." + key;
        return wrong;
      }
    }
    return {};
  }

  Json write(const ModelConfig& config) const {
    JsonTree object = Json(Json::object());
    object->template get_ref<Json::object_t&>().reserve(fields_.size());
    for (const auto& field : fields_) (*object)[field.key] = field.write(config.*part_);
    return std::move(object).release();
  }

 private:
  std::string keys() const {
    std::vector<std::string> keys;
    for (const auto& field : fields_) keys.push_back(field.key);
    return alternatives(keys);
  }

  Part ModelConfig::* part_;
  std::vector<Field<Part>> fields_;
};

const Parts<PreprocessConfig>& preprocess_parts() {
  static const Parts<PreprocessConfig> parts(&ModelConfig::preprocess, [] {
    const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.*member; }; };
    using P = PreprocessConfig;
    FieldList<P> all;
    all.word("resize", "", get(&P::resize));
    all.word("interpolation", "", get(&P::interpolation));
    all.word("crop", "", get(&P::crop));
    all.number("scale", "", get(&P::scale), std::numeric_limits<double>::min(), 1e6, "a positive number up to 1000000");
    return all.take();
  }());
  return parts;
}

const Parts<EventRule>& event_parts() {
  static const Parts<EventRule> parts(&ModelConfig::events, [] {
    const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.*member; }; };
    using E = EventRule;
    FieldList<E> all;
    all.number("on", "", get(&E::on), 0, 1);
    all.number("off", "", get(&E::off), 0, 1);
    all.number("min_seconds", "", get(&E::min_seconds), 0, 1e6);
    all.number("gap_seconds", "", get(&E::gap_seconds), 0, 1e6);
    return all.take();
  }());
  return parts;
}

Read read_labels(const Json& value, ModelConfig& config) {
  constexpr int64_t kMostClasses = 1 << 24;
  if (!value.is_object()) return misfit("an object that maps indices to labels", value);
  for (const auto& [key, label] : value.items()) {
    const auto index = parse_number<int64_t>(key);
    if (!index || *index < 0 || *index > kMostClasses)
      return Misfit{"class indices as keys", "\"" + printable(key) + "\"", {}};
    if (!label.is_string()) return misfit("a string", label, "." + key);
    config.id2label[*index] = label.get<std::string>();
  }
  return {};
}
Json write_labels(const ModelConfig& config) {
  JsonTree labels = Json(Json::object());
  labels->get_ref<Json::object_t&>().reserve(config.id2label.size());
  for (const auto& [index, label] : config.id2label) (*labels)[std::to_string(index)] = label;
  return std::move(labels).release();
}

// Keys that a config.json of this program never has and that those of other programs always have.
bool is_of_other_program(const Json& root) {
  constexpr const char* kTheirs[] = {"model_type",  "architectures", "transformers_version",
                                     "_class_name", "auto_map",      "torch_dtype",
                                     "class_name",  "keras_version", "pretrained_cfg"};
  return std::any_of(std::begin(kTheirs), std::end(kTheirs), [&root](const char* key) { return root.contains(key); });
}

std::vector<ConfigField> make_model_fields() {
  const auto get = [](auto member) { return [member](auto& c) -> auto& { return c.*member; }; };
  using C = ModelConfig;
  FieldList<C> all;
  const auto size = [&](const char* key, const char* help, int64_t C::* member,
                        const char* when_absent = "read from the tensors' shapes") {
    all.integer(key, help, get(member)).when_absent = when_absent;
  };
  all.text("architecture", "kind of model", get(&C::architecture)).when_absent = "\"trecvit\"";
  size("width", "D, numbers per token", &C::width);
  size("depth", "number of blocks", &C::depth);
  size("mlp_dim", "F, hidden width of the MLP", &C::mlp_dim);
  size("num_heads", "H, attention heads and gate blocks", &C::num_heads);
  size("lru_width", "R, recurrent width", &C::lru_width);
  size("conv1d_width", "K, frames that the temporal convolution sees", &C::conv1d_width);
  size("patch_size", "P, side of a patch in pixels", &C::patch_size);
  size("num_classes", "C, number of classes", &C::num_classes);
  size("head_dim", "width of the head's tanh layer", &C::head_dim);
  all.word("pool", "what the head reads: the class token (cls) or the mean of the tokens (gap)", get(&C::pool))
      .when_absent = "cls if there is a class token, else gap";
  all.word("position", "position embedding", get(&C::position)).when_absent =
      "learned if there is a table, else sincos2d";
  all.other({"image_size", "side, or [height, width], in pixels", "",
             "square root of the table's length times the patch size", read_image_size, write_image_size});
  all.word("input_scale", "factor of the recurrence's input: sqrt or convex", get(&C::input_scale)).when_absent =
      "sqrt";
  all.other({"readout", "mean, last, window=SECONDS or ema=SECONDS", "", "mean", read_readout,
             [](const C& c) -> Json { return to_string(c.readout); }});
  size("frame_stride", "the model sees every n-th frame of a video", &C::frame_stride, "1");
  size("clip_frames", "frames per training clip", &C::clip_frames, "unknown");
  all.other({"preprocess", "how a frame becomes the input", "", "short_side, bilinear, center, 1/255",
             [](const Json& value, C& c) { return preprocess_parts().read(value, c); },
             [](const C& c) { return preprocess_parts().write(c); }});
  all.flag("multi_label", "a clip may have several labels: each class has a probability of its own",
           get(&C::multi_label))
      .when_absent = "false";
  all.other({"events", "when probabilities become an event", "", "on 0.5, off 0.4, min_seconds 0.3, gap_seconds 0.3",
             [](const Json& value, C& c) { return event_parts().read(value, c); },
             [](const C& c) { return event_parts().write(c); }});
  all.other({"id2label", "class names", "", "the index as text", read_labels, write_labels});
  return all.take();
}

}  // namespace

const std::vector<ConfigField>& model_config_fields() {
  static const std::vector<ConfigField> fields = make_model_fields();
  return fields;
}

GivenConfig parse_model_config(std::string_view text, const std::string& where) {
  const JsonTree tree = parse_json_tree(text, where);
  const Json& root = *tree;
  if (!root.is_object()) fail_input(where, "expected an object, got {}", printable(root.dump(), 80));
  GivenConfig given;
  for (const auto& [key, value] : root.items()) {
    const ConfigField* known = nullptr;
    for (const auto& field : model_config_fields()) {
      if (field.key == key) known = &field;
    }
    if (!known && is_of_other_program(root)) {
      fail_input(where,
                 "expected the config.json of a TRecViT model, got that of another program (\"{}\"); remove it, the "
                 "sizes are then read from the tensors",
                 printable(key));
    }
    if (!known) {
      std::vector<std::string_view> keys;
      for (const auto& field : model_config_fields()) keys.push_back(field.key);
      fail_input(where, "expected keys among {}, got \"{}\"{}", fmt::join(keys, ", "), printable(key),
                 did_you_mean(key, keys));
    }
    if (const auto misfit = known->read(value, given.config))
      fail_input(where + ": " + key + misfit->inside, "expected {}, got {}", misfit->expected, misfit->got);
    given.keys.insert(key);
  }
  return given;
}

namespace {

// Fields that are written only if they say something.
bool is_left_out(std::string_view key, const ModelConfig& config) {
  return (key == "id2label" && config.id2label.empty()) || (key == "clip_frames" && config.clip_frames == 0) ||
         (key == "multi_label" && !config.multi_label) || (key == "events" && config.events == EventRule());
}

}  // namespace

std::string print_model_config(const ModelConfig& config) {
  JsonTree root = Json(Json::object());
  root->get_ref<Json::object_t&>().reserve(model_config_fields().size());
  for (const auto& field : model_config_fields()) {
    if (is_left_out(field.key, config)) continue;
    JsonTree value = field.write(config);
    Json& place = (*root)[std::string(field.key)];
    place = std::move(value).release();
  }
  // Labels may have come from a file in another encoding; bytes that are not UTF-8 become U+FFFD.
  return root->dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace trecvit
