#include "trecvit/weights/model_folder.h"

#include <algorithm>
#include <optional>

#include "trecvit/base/error.h"
#include "trecvit/base/list_some.h"
#include "trecvit/io/disk.h"
#include "trecvit/io/file_kind.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostLooked = 10'000;  // entries of a folder that are looked at

// Files that training writes next to a model.
bool stands_beside(const std::string& name) {
  const bool companion = std::find(kCompanions.begin(), kCompanions.end(), name) != kCompanions.end();
  return (companion && name != "model.npz") || name == "training.safetensors" || name.ends_with(".state.safetensors");
}

struct Listing {
  std::vector<std::string> names, weights;  // sorted
  bool has(std::string_view name) const { return std::find(names.begin(), names.end(), name) != names.end(); }
  bool any(bool (*is)(const std::string&)) const { return std::any_of(names.begin(), names.end(), is); }
};

Listing list(const fs::path& folder) {
  Listing listing;
  listing.names = list_folder(folder.string(), kMostLooked);
  for (const std::string& name : listing.names) {
    const bool weights = name.ends_with(".safetensors") || name.ends_with(".npz");
    if (weights && !name.starts_with('.') && !stands_beside(name)) listing.weights.push_back(name);
  }
  return listing;
}

bool is_shard(const std::string& name) { return name.find("-of-") != std::string::npos; }
bool is_index(const std::string& name) { return name.ends_with(".safetensors.index.json"); }

// A file that is a model of another program, or stands in for one.
std::optional<std::string> other_model(const fs::path& folder, const Listing& listing) {
  constexpr std::string_view kEndings[] = {".bin",  ".pt",    ".pth",  ".ckpt", ".pkl",     ".h5",
                                           ".hdf5", ".keras", ".onnx", ".gguf", ".msgpack", ".tflite"};
  for (const auto& name : listing.names) {
    const auto ends = [&name](std::string_view ending) { return name.ends_with(ending); };
    std::error_code error;
    if (std::none_of(std::begin(kEndings), std::end(kEndings), ends)) continue;
    if (!fs::is_regular_file(folder / name, error)) continue;
    const FileKind kind = recognise(*open_file((folder / name).string()));
    return kind.name.empty() ? name : fmt::format("{}, {}", name, describe(kind));
  }
  return std::nullopt;
}

// Describes a folder that holds no weights of ours.
std::string describe_folder(const fs::path& folder, const Listing& listing) {
  const auto ends_as_table = [](const std::string& name) { return name.ends_with(".index"); };
  if (listing.has("saved_model.pb"))
    return "a TensorFlow SavedModel; save its arrays with numpy.savez(\"model.npz\", ...)";
  if (listing.has("_METADATA") || listing.has("manifest.ocdbt") || listing.has("_CHECKPOINT_METADATA")) {
    return "an Orbax checkpoint; in Python: restore it with orbax.checkpoint, flatten it with "
           "flax.traverse_util.flatten_dict(params, sep=\"/\"), and numpy.savez(\"model.npz\", **arrays)";
  }
  if (listing.has("checkpoint") && listing.any(ends_as_table)) {
    return "a TensorFlow checkpoint; save its arrays with numpy.savez(\"model.npz\", ...)";
  }
  if (listing.has("config.toml") && (listing.has("best") || listing.has("model"))) {
    return listing.has("best") ? "a training run; its best model is in best/"
                               : "a training run; its model is in model/";
  }
  if (listing.has("config.toml") && listing.has("checkpoints")) {
    return "a training run that has not finished; train --resume continues it";
  }
  if (const auto other = other_model(folder, listing)) return *other;
  return "neither among " + (listing.names.empty() ? "no files" : list_some(listing.names));
}

std::optional<WeightsInFolder> choose(const fs::path& folder, const Listing& listing) {
  constexpr std::string_view kSafetensors = "model.safetensors", kNpz = "model.npz";
  if (listing.has(kSafetensors) && listing.has(kNpz)) {
    return WeightsInFolder{folder / kSafetensors,
                           {"model.safetensors is read, not model.npz in the same folder; name that file to read it"}};
  }
  for (const auto name : {kSafetensors, kNpz}) {
    if (listing.has(name)) return WeightsInFolder{folder / name, {}};
  }
  if (listing.weights.size() != 1 || listing.any(is_index) || is_shard(listing.weights[0])) return std::nullopt;
  return WeightsInFolder{folder / listing.weights[0],
                         {fmt::format("{} is read, the only weights in the folder", printable(listing.weights[0]))}};
}

}  // namespace

std::optional<WeightsInFolder> weights_in(const fs::path& folder) {
  std::error_code none;
  if (!fs::is_directory(folder, none)) return std::nullopt;
  return choose(folder, list(folder));
}

WeightsInFolder find_weights(const fs::path& folder) {
  const Listing listing = list(folder);
  if (auto found = choose(folder, listing)) return *std::move(found);
  const bool several = listing.any(is_index) || std::any_of(listing.weights.begin(), listing.weights.end(), is_shard);
  std::string got = "several: " + list_some(listing.weights) + "; name one of them";
  if (listing.weights.empty()) got = describe_folder(folder, listing);
  if (several) {
    got =
        "a model in several files; put them into one, in Python with safetensors.numpy: save_file({k: v for f in FILES "
        "for k, v in load_file(f).items()}, \"model.safetensors\")";
  }
  fail_input(folder.string(), "expected model.safetensors or model.npz in the folder, got {}", got);
}

}  // namespace trecvit
