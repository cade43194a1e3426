#include "trecvit/weights/model_files.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "trecvit/io/atomic_folder.h"
#include "trecvit/io/file_kind.h"
#include "trecvit/io/npz.h"
#include "trecvit/io/safetensors.h"
#include "trecvit/weights/model_folder.h"
#include "trecvit/weights/name_prefix.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxConfigBytes = 4 << 20;
constexpr size_t kMaxListed = 1000;  // differences listed; the rest is counted

GivenConfig read_config(const fs::path& path) {
  return parse_model_config(read_text_file(path.string(), kMaxConfigBytes), path.string());
}

// A lone file is read with the files next to it only if it has one of the names used in model folders.
bool is_of_folder(const fs::path& file) {
  return file.filename() == "model.safetensors" || file.filename() == "model.npz";
}

bool is_encoder_alone(const WeightSource& weights) {
  const auto& tensors = weights.tensors();
  return !has_head(weights) &&
         std::any_of(tensors.begin(), tensors.end(), [](const auto& entry) { return is_of_encoder(entry.first); });
}

// A file without the tensors that are outside the encoder.
class EncoderAlone : public WeightSource {
 public:
  explicit EncoderAlone(std::unique_ptr<WeightSource> file) : file_(std::move(file)), tensors_(file_->tensors()) {
    std::erase_if(tensors_, [this](const auto& entry) {
      const bool kept = is_of_encoder(entry.first);
      if (!kept) ignored_.push_back(entry.first);
      return !kept;
    });
  }
  const std::map<std::string, TensorInfo>& tensors() const override { return tensors_; }
  const std::string& name() const override { return file_->name(); }
  HostTensor read(const std::string& name) const override { return file_->read(name); }
  std::string name_in_file(const std::string& name) const override { return file_->name_in_file(name); }
  const std::vector<std::string>& ignored() const { return ignored_; }

 private:
  std::unique_ptr<WeightSource> file_;
  std::map<std::string, TensorInfo> tensors_;
  std::vector<std::string> ignored_;
};

bool is_float(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF64 || dtype == DType::kF16 || dtype == DType::kBF16;
}

std::string wrong_shape_line(const TensorSpec& spec, const Shape& got) {
  return fmt::format("\n  {}: expected {}, got {}", published_name(spec.name), to_string(spec.shape), to_string(got));
}

}  // namespace

std::string model_folder_of(const std::string& path) {
  std::error_code unreadable;
  if (fs::is_directory(path, unreadable)) return path;
  return is_of_folder(path) ? fs::path(path).parent_path().string() : path;
}

ModelFiles open_model(const std::string& path, std::optional<InputSize> image_size) {
  std::error_code unreadable;
  ModelFiles model;
  fs::path file = path;
  const bool is_folder = fs::is_directory(path, unreadable);
  if (is_folder) {
    WeightsInFolder found = find_weights(path);
    file = found.file;
    model.notes = std::move(found.notes);
  }
  Unprefixed unprefixed = without_prefix(open_weights(open_file(file.string())));
  model.weights = std::move(unprefixed.weights);
  model.ignored = std::move(unprefixed.outside);
  for (auto& note : model.weights->notes()) model.notes.push_back(std::move(note));
  if (is_encoder_alone(*model.weights)) {
    auto encoder = std::make_unique<EncoderAlone>(std::move(model.weights));
    model.ignored.insert(model.ignored.end(), encoder->ignored().begin(), encoder->ignored().end());
    model.weights = std::move(encoder);
  }
  const fs::path config_path = file.parent_path() / "config.json";
  GivenConfig given;
  if ((is_folder || is_of_folder(file)) && fs::exists(config_path, unreadable)) given = read_config(config_path);
  model.config = infer_config(*model.weights, given, image_size);
  check_tensors(model.config, *model.weights);
  return model;
}

std::string describe_ignored(const std::vector<std::string>& names) {
  constexpr size_t kAllNamed = 10;         // tensors; if there are more, their scopes are named
  constexpr size_t kMostListed = 100;      // entries
  std::map<std::string, size_t> of_scope;  // "decoder/" or the name of a tensor
  for (const auto& name : names) {
    const std::string published = published_name(name);
    const size_t slash = names.size() > kAllNamed ? published.find('/') : std::string::npos;
    ++of_scope[slash == std::string::npos ? published : published.substr(0, slash + 1)];
  }
  std::string list;
  size_t listed = 0;
  for (const auto& [scope, count] : of_scope) {
    if (listed > 0) list += ", ";
    if (listed++ == kMostListed) {
      list += "...";
      break;
    }
    list += printable(scope);
    if (scope.ends_with('/')) list += fmt::format("... ({})", count);
  }
  return fmt::format("{} {} not part of the model and ignored: {}", names.size(),
                     names.size() == 1 ? "tensor is" : "tensors are", list);
}

void check_tensors(const ModelConfig& config, const WeightSource& weights) {
  std::vector<std::string> problems;
  std::set<std::string> expected;
  for (const auto& spec : tensor_table(config)) {
    expected.insert(spec.name);
    const auto found = weights.tensors().find(spec.name);
    if (found == weights.tensors().end()) {
      problems.push_back(fmt::format("\n  {}: expected {}, missing", published_name(spec.name), to_string(spec.shape)));
    } else if (found->second.shape != spec.shape) {
      problems.push_back(wrong_shape_line(spec, found->second.shape));
    } else if (!is_float(found->second.dtype)) {
      problems.push_back(fmt::format("\n  {}: expected floating point, got {}", published_name(spec.name),
                                     word_of(found->second.dtype)));
    }
  }
  for (const auto& [name, info] : weights.tensors()) {
    if (!expected.contains(name)) {
      problems.push_back(fmt::format("\n  {}: not a tensor of this model, {}", printable(published_name(name)),
                                     to_string(info.shape)));
    }
  }
  if (problems.empty()) return;
  std::string list;
  for (size_t i = 0; i < problems.size() && i < kMaxListed; ++i) list += problems[i];
  if (problems.size() > kMaxListed) list += fmt::format("\n  ... and {} more", problems.size() - kMaxListed);
  fail_input(weights.name(), "expected the {} tensors of a model with D={}, depth={}, R={}, got {} differences:{}",
             expected.size(), config.width, config.depth, config.lru_width, problems.size(), Lines{list});
}

void save_model_folder(const std::string& folder, const ModelConfig& config, const WeightSource& weights,
                       const SaveModelOptions& options) {
  std::error_code error;
  for (const char* name : {"model.safetensors", "config.json"}) {
    if (options.overwrite == Overwrite::kNo && fs::exists(fs::path(folder) / name, error)) {
      fail_usage(folder, "expected no model in this folder, got {}; --force replaces it", name);
    }
  }
  std::vector<std::string> outdated;
  if (!options.keep_companions) outdated.assign(kCompanions.begin(), kCompanions.end());
  AtomicFolder model(folder, options.overwrite, std::move(outdated));
  write_model_files(model.writing(), config, weights);
  model.commit();
}

void write_model_files(const std::string& folder, const ModelConfig& config, const WeightSource& weights) {
  const auto table = tensor_table(config);
  std::vector<SafetensorsWriter::Declared> declared;
  declared.reserve(table.size());
  for (const auto& spec : table) declared.push_back({spec.name, spec.shape, DType::kF32});
  SafetensorsWriter writer((fs::path(folder) / "model.safetensors").string(), Overwrite::kNo, declared,
                           {{"format", "pt"}});
  AtomicFile config_file((fs::path(folder) / "config.json").string(), Overwrite::kNo);
  config_file.write(print_model_config(config));
  for (const auto& spec : table) writer.add(spec.name, weights.read(spec.name).view());
  writer.finish();
  config_file.commit();
}

void save_published_npz(const std::string& path, const ModelConfig& config, const WeightSource& weights,
                        Overwrite overwrite) {
  NpzWriter writer(path, overwrite);
  for (const auto& spec : tensor_table(config)) writer.add(published_name(spec.name), weights.read(spec.name).view());
  writer.finish();
}

}  // namespace trecvit
