// Which file of a folder holds the weights.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trecvit {

// Files that belong to the model of a folder besides model.safetensors and config.json: what training puts next to the
// weights, the weights in their other form, and the index of a model in several files. Next to other weights they are
// wrong.
inline constexpr std::array<std::string_view, 5> kCompanions = {"probe.safetensors", "reconstruction.safetensors",
                                                                "recall.safetensors", "model.npz",
                                                                "model.safetensors.index.json"};

struct WeightsInFolder {
  std::filesystem::path file;
  std::vector<std::string> notes;  // if there was a choice, one sentence per note
};

// model.safetensors, else model.npz, else the only other .safetensors or .npz of the folder. Throws Error(kInput) that
// says what the folder holds instead: several such files, shards, the checkpoint of another program, a training run.
WeightsInFolder find_weights(const std::filesystem::path& folder);

// The same for callers that can do without weights: nothing if find_weights throws.
std::optional<WeightsInFolder> weights_in(const std::filesystem::path& folder);

}  // namespace trecvit
