// Which file of a folder holds the weights.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trecvit {

// Files that belong to the model of a folder other than model.safetensors and config.json: what training puts next to
// the weights, the weights in their other form, and the index of a model in several files. Next to other weights they
// are wrong.
inline constexpr std::array<std::string_view, 5> kCompanions = {"probe.safetensors", "reconstruction.safetensors",
                                                                "recall.safetensors", "model.npz",
                                                                "model.safetensors.index.json"};

struct WeightsInFolder {
  std::filesystem::path file;
  std::vector<std::string> notes;  // where there was a choice, one sentence per note
};

// model.safetensors, else model.npz, else the one other .safetensors or .npz of the folder. Throws Error(kInput) with
// what the folder holds in their place: several of them, shards, the checkpoint of another program, runs of training.
WeightsInFolder find_weights(const std::filesystem::path& folder);

// The same for those who can do without: nothing where find_weights throws.
std::optional<WeightsInFolder> weights_in(const std::filesystem::path& folder);

}  // namespace trecvit
