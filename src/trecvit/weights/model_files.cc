#include "trecvit/weights/model_files.h"

#include <filesystem>
#include <map>
#include <set>

#include "trecvit/io/npz.h"
#include "trecvit/io/safetensors.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxConfigBytes = 4 << 20;
constexpr size_t kMaxListed = 1000;  // differences shown; the rest is counted

// The weights file of a folder.
fs::path weights_in(const fs::path& folder) {
  for (const char* name : {"model.safetensors", "model.npz"}) {
    std::error_code unreadable;
    if (fs::exists(folder / name, unreadable)) return folder / name;
  }
  fail_input(folder.string(), "expected model.safetensors or model.npz in the folder, got neither");
}

GivenConfig read_config(const fs::path& path) {
  return parse_model_config(read_text(*open_file(path.string()), kMaxConfigBytes), path.string());
}

// A file without the tensors that are not the encoder's.
class EncoderAlone : public WeightSource {
 public:
  explicit EncoderAlone(std::unique_ptr<WeightSource> file) : file_(std::move(file)), tensors_(file_->tensors()) {
    std::erase_if(tensors_, [this](const auto& entry) {
      const bool kept = entry.first.starts_with("tokenizer.") || entry.first.starts_with("encoder.");
      if (!kept) ignored_.push_back(entry.first);
      return !kept;
    });
  }
  const std::map<std::string, TensorInfo>& tensors() const override { return tensors_; }
  const std::string& name() const override { return file_->name(); }
  HostTensor read(const std::string& name) const override { return file_->read(name); }
  const std::vector<std::string>& ignored() const { return ignored_; }

 private:
  std::unique_ptr<WeightSource> file_;
  std::map<std::string, TensorInfo> tensors_;
  std::vector<std::string> ignored_;
};

std::string wrong_shape_line(const TensorSpec& spec, const Shape& got) {
  return fmt::format("\n  {}: expected {}, got {}", published_name(spec.name), to_string(spec.shape), to_string(got));
}

}  // namespace

std::string model_folder_of(const std::string& path) {
  std::error_code unreadable;
  return (fs::is_directory(path, unreadable) ? fs::path(path) : fs::path(path).parent_path()).string();
}

ModelFiles open_model(const std::string& path, std::optional<InputSize> image_size) {
  std::error_code unreadable;
  const bool is_folder = fs::is_directory(path, unreadable);
  const fs::path file = is_folder ? weights_in(path) : fs::path(path);
  ModelFiles model;
  model.weights = open_weights(open_file(file.string()));
  if (!has_head(*model.weights)) {
    auto encoder = std::make_unique<EncoderAlone>(std::move(model.weights));
    model.ignored = encoder->ignored();
    model.weights = std::move(encoder);
  }
  // A lone file brings its config along only when it lies in a model folder under the name the folder form uses.
  const bool named_as_in_folder = file.filename() == "model.safetensors" || file.filename() == "model.npz";
  const fs::path config_path = file.parent_path() / "config.json";
  GivenConfig given;
  if ((is_folder || named_as_in_folder) && fs::exists(config_path, unreadable)) given = read_config(config_path);
  model.config = infer_config(*model.weights, given, image_size);
  check_tensors(model.config, *model.weights);
  return model;
}

std::string describe_ignored(const std::vector<std::string>& names) {
  constexpr size_t kAllNamed = 10;         // tensors; of more, scopes are
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
  return fmt::format("{} {} not the encoder's and ignored: {}", names.size(),
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
  fail_input(weights.name(), "expected the {} tensors of a model with D={}, depth={}, R={}; {} differ:{}",
             expected.size(), config.width, config.depth, config.lru_width, problems.size(), list);
}

void save_model_folder(const std::string& folder, const ModelConfig& config, const WeightSource& weights,
                       Overwrite overwrite) {
  const auto table = tensor_table(config);
  std::error_code error;
  if (fs::exists(folder, error) && !fs::is_directory(folder, error)) {
    fail_usage(folder, "expected a folder or nothing there, got a file");
  }
  for (const char* name : {"model.safetensors", "config.json"}) {
    if (overwrite == Overwrite::kNo && fs::exists(fs::path(folder) / name, error)) {
      fail_usage(folder, "expected no model there, got {}; --force replaces it", name);
    }
  }
  fs::create_directories(folder, error);
  if (error) fail(ErrorKind::kResource, folder, "expected to create the folder, got: {}", error.message());
  // config.json last: a folder without it still loads as far as shapes say, a config without weights does not.
  std::vector<SafetensorsWriter::Declared> declared;
  declared.reserve(table.size());
  for (const auto& spec : table) declared.push_back({spec.name, spec.shape, DType::kF32});
  SafetensorsWriter writer((fs::path(folder) / "model.safetensors").string(), overwrite, declared, {{"format", "pt"}});
  AtomicFile config_file((fs::path(folder) / "config.json").string(), overwrite);
  config_file.write(print_model_config(config));
  for (const auto& spec : table) writer.add(spec.name, weights.read(spec.name).view());
  // All bytes are written; little can fail between these two.
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
