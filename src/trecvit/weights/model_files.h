// Models on disk: a folder (config.json and weights), a lone .safetensors, or a published .npz.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "trecvit/config/config_json.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/weights/weight_source.h"

namespace trecvit {

struct InputSize {
  int64_t height, width;
};

struct ModelFiles {
  ModelConfig config;
  std::unique_ptr<WeightSource> weights;  // checked against the table of `config`
  // Tensors of the file that belong to no part of the model: the decoder of a masked auto-encoder in a file without a
  // head, and tensors without the prefix that all tensors of the model share. `weights` does not show them.
  std::vector<std::string> ignored;
  // What was assumed, one sentence each, for people: which of several files was read, name prefixes, types.
  std::vector<std::string> notes;
};

// Opens a model: finds the weights, reads config.json if there is one next to them, infers the rest of the config from
// the tensors' shapes, and compares all tensors with the table. image_size: the size that the user requested by name;
// needed if the shapes do not determine it (no square position table). Throws Error(kInput), or Error(kUsage) if
// image_size is what is missing.
ModelFiles open_model(const std::string& path, std::optional<InputSize> image_size = std::nullopt);

// The folder of everything that belongs to a model besides its weights: the folder itself, or that of a file with one
// of the names used in model folders. A file with any other name stands alone: its own path is returned.
std::string model_folder_of(const std::string& path);

// Whether a file has any tensor of a head; if not, it is an encoder alone.
bool has_head(const WeightSource& weights);

// The config that fits a file's tensors; fields of `given` must agree with them.
ModelConfig infer_config(const WeightSource& weights, const GivenConfig& given, std::optional<InputSize> image_size);

// "2 tensors are not the model's and ignored: decoder/mask_token, mask_token"; if there are many: "decoder/... (12),
// mask_token".
std::string describe_ignored(const std::vector<std::string>& names);

// Throws one Error(kInput) that lists every missing, extra and wrongly shaped tensor with what was expected.
void check_tensors(const ModelConfig& config, const WeightSource& weights);

struct SaveModelOptions {
  Overwrite overwrite = Overwrite::kNo;
  // For a model that is replaced by itself in another form: what belongs to the old one belongs to the new one too.
  bool keep_companions = false;
};

// Writes a folder with model.safetensors, which Python's safetensors reads, and config.json; both replace older ones at
// once (io/atomic_folder.h). The old model's companions (weights/model_folder.h) are removed with it, unless
// options.keep_companions is set; other files of the folder stay. Throws Error(kUsage) if it exists and may not be
// replaced, Error(kResource) if writing to the disk fails.
void save_model_folder(const std::string& folder, const ModelConfig& config, const WeightSource& weights,
                       const SaveModelOptions& options);
inline void save_model_folder(const std::string& folder, const ModelConfig& config, const WeightSource& weights,
                              Overwrite overwrite) {
  save_model_folder(folder, config, weights, SaveModelOptions{.overwrite = overwrite});
}
// Writes only the two files, into a folder that has neither of them.
void write_model_files(const std::string& folder, const ModelConfig& config, const WeightSource& weights);
// Writes the published .npz: '/'-joined keys, float32, stored.
void save_published_npz(const std::string& path, const ModelConfig& config, const WeightSource& weights,
                        Overwrite overwrite);

}  // namespace trecvit
