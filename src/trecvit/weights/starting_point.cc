#include "trecvit/weights/starting_point.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/config/config_json.h"
#include "trecvit/weights/model_files.h"
#include "trecvit/weights/model_folder.h"
#include "trecvit/weights/position_table.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kConfig = "training config";

// The fields that make two networks the same. The sizes of picture and head are handled separately; the other fields
// are about how frames come in and answers go out.
constexpr std::string_view kNetwork[] = {"architecture", "width",     "depth",    "mlp_dim",
                                         "num_heads",    "lru_width", "head_dim", "conv1d_width",
                                         "patch_size",   "pool",      "position", "input_scale"};

// The image ViT at a path, else null. A model folder of another program holds its weights under the same name.
std::unique_ptr<WeightSource> open_if_image_vit(const std::string& path) {
  fs::path file = path;
  std::error_code unreadable;
  if (fs::is_directory(file, unreadable)) {
    const auto found = weights_in(file);
    if (!found) return nullptr;
    file = found->file;
  }
  auto weights = open_weights(open_file(file.string()));
  return is_image_vit(*weights) ? std::move(weights) : nullptr;
}

// A checkpoint whose picture size neither its shapes nor its config give is assumed to have the size `otherwise`.
ModelFiles open_checkpoint(const std::string& path, std::optional<InputSize> otherwise) {
  try {
    return open_model(path);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kUsage) throw;
  }
  if (!otherwise)
    fail_usage("start.from", "expected [model] with image_size, which {} does not give, got none", printable(path));
  return open_model(path, otherwise);
}

void check_same_network(const ModelConfig& got, const ModelConfig& target, const std::string& path) {
  std::string problems;
  size_t count = 0;
  for (const auto& field : model_config_fields()) {
    if (std::find(std::begin(kNetwork), std::end(kNetwork), field.key) == std::end(kNetwork)) continue;
    const Json want = field.write(target), have = field.write(got);
    if (want == have) continue;
    problems += fmt::format("\n  {}: expected {}, got {}", field.key, want.dump(), have.dump());
    ++count;
  }
  if (count > 0) {
    fail_input(path, "expected a checkpoint of the network to train, got {} fields that differ:{}", count,
               Lines{problems});
  }
}

bool same_classes(const ModelConfig& a, const ModelConfig& b) {
  const bool both_named = !a.id2label.empty() && !b.id2label.empty();
  return a.num_classes == b.num_classes && (!both_named || a.id2label == b.id2label);
}

// A checkpoint without its head, or with positions of another size.
class FittedCheckpoint : public WeightSource {
 public:
  FittedCheckpoint(ModelFiles files, const ModelConfig& target)
      : file_(std::move(files.weights)),
        tensors_(file_->tensors()),
        from_{files.config.patch_rows(), files.config.patch_columns()},
        to_{target.patch_rows(), target.patch_columns()} {
    if (!target.has_head()) {
      std::erase_if(tensors_, [](const auto& entry) { return is_of_decoder(entry.first); });
    } else if (!same_classes(files.config, target)) {
      std::erase_if(tensors_, [](const auto& entry) { return is_of_layer(entry.first, Layer::kClasses); });
    }
    const auto positions = tensors_.find(positions_);
    if (positions != tensors_.end()) positions->second.shape[1] = target.patches();
  }
  const std::map<std::string, TensorInfo>& tensors() const override { return tensors_; }
  const std::string& name() const override { return file_->name(); }
  HostTensor read(const std::string& name) const override {
    if (!tensors_.contains(name))
      fail_input(file_->name(), "expected a tensor that training starts from, got {}", printable(name));
    return name == positions_ ? resize_positions(file_->read(name), from_, to_) : file_->read(name);
  }

 private:
  std::unique_ptr<WeightSource> file_;
  std::map<std::string, TensorInfo> tensors_;
  PatchGrid from_, to_;
  std::string positions_ = names_of(Layer::kPositions).weight;
};

StartingPoint start_from_checkpoint(const std::string& path, const ModelConfig& target) {
  ModelFiles files = open_checkpoint(path, InputSize{target.image_height, target.image_width});
  ModelConfig network = files.config;
  if (!network.has_head() || !target.has_head()) network.head_dim = target.head_dim;
  check_same_network(network, target, path);
  StartingPoint start;
  start.kind = "TRecViT checkpoint";
  const ModelConfig& c = files.config;
  if (!c.has_head() || !target.has_head()) {
    if (target.has_head()) start.notes.emplace_back("the head is new: the file has none");
  } else if (c.num_classes != target.num_classes) {
    start.notes.push_back(fmt::format("the head is new: {} classes, not {}", target.num_classes, c.num_classes));
  } else if (!same_classes(c, target)) {
    start.notes.emplace_back("the head is new: the classes have other names");
  }
  for (auto& note : files.notes) start.notes.push_back(std::move(note));
  if (!files.ignored.empty()) start.notes.push_back(describe_ignored(files.ignored));
  const bool resized = c.patch_rows() != target.patch_rows() || c.patch_columns() != target.patch_columns();
  if (resized && target.position == Position::kLearned) {
    start.notes.push_back(fmt::format("positions resized from {} x {} to {} x {} patches", c.patch_rows(),
                                      c.patch_columns(), target.patch_rows(), target.patch_columns()));
  }
  start.weights = std::make_unique<FittedCheckpoint>(std::move(files), target);
  return start;
}

// A wrong statement about a model in a config is a mistake in its use, not an unreadable file.
template <class Function>
auto as_usage(Function function) {
  try {
    return function();
  } catch (const Error& error) {
    throw Error(ErrorKind::kUsage, error.what());
  }
}

// The image size given in [model], if any.
std::optional<InputSize> said_image_size(const Json& model) {
  if (!model.contains("image_size")) return std::nullopt;
  const Json said = {{"image_size", model.at("image_size")}};
  const ModelConfig read = as_usage([&] { return parse_model_config(said.dump(), std::string(kConfig)).config; });
  return InputSize{read.image_height, read.image_width};
}

// Throws if sizes without a default are given neither by [model] nor by what it starts from.
void check_sizes_given(const Json& fields, const ModelConfig& model) {
  const std::pair<const char*, int64_t> sizes[] = {{"width", model.width},
                                                   {"depth", model.depth},
                                                   {"mlp_dim", model.mlp_dim},
                                                   {"num_heads", model.num_heads},
                                                   {"lru_width", model.lru_width}};
  std::vector<std::string_view> missing;
  for (const auto& [name, size] : sizes) {
    if (size == 0 && !fields.contains(name)) missing.emplace_back(name);
  }
  if (missing.empty()) return;
  fail_usage(std::string(kConfig) + ": model",
             "expected {} as well, got none; size = \"Ti\" gives those of a named model", fmt::join(missing, ", "));
}

}  // namespace

StartingPoint open_starting_point(const std::string& path, const ModelConfig& target, const ImageVitInput& input) {
  StartingPoint start;
  if (auto file = open_if_image_vit(path)) {
    ImageVit vit = open_image_vit(std::move(file), target, input);
    start = {std::move(vit.weights), std::move(vit.kind), {}, std::move(vit.notes)};
  } else {
    start = start_from_checkpoint(path, target);
  }
  for (const auto& spec : tensor_table(target)) {
    if (!start.weights->tensors().contains(spec.name)) start.missing.insert(spec.name);
  }
  return start;
}

std::optional<ModelConfig> config_of_start(const std::string& path, std::optional<InputSize> image_size) {
  if (open_if_image_vit(path)) return std::nullopt;
  return open_checkpoint(path, image_size).config;
}

ModelConfig model_sizes(const ModelRequest& wanted) {
  ModelConfig base;
  if (!wanted.size.empty()) base = named_model_config(wanted.size);
  if (wanted.size.empty() && !wanted.from.empty()) {
    if (const auto found = config_of_start(wanted.from, said_image_size(wanted.fields))) base = *found;
  }
  // A config.json of the base, overridden by the user's fields and read like any other.
  Json fields = parse_json(print_model_config(base), kConfig);
  fields.update(wanted.fields, /*merge_objects=*/true);
  if (!fields.contains("num_classes") || fields.at("num_classes") == 0) {
    fields["num_classes"] = 1;
    if (!fields.contains("head_dim") || fields.at("head_dim") == 0) fields["head_dim"] = ModelConfig().head_dim;
  }
  ModelConfig model =
      as_usage([&] { return parse_model_config(fields.dump(), std::string(kConfig) + ": model").config; });
  check_sizes_given(wanted.fields, model);
  as_usage([&] { validate(model, std::string(kConfig)); });
  return model;
}

}  // namespace trecvit
