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
  // head, and whatever has not the names in front that all tensors of the model have. `weights` does not show them.
  std::vector<std::string> ignored;
  // What was taken for granted, a sentence each, for people: which of several files was read, names in front, types.
  std::vector<std::string> notes;
};

// Opens a model: finds the weights, reads config.json if there is one next to them, reads the rest of the config from
// the tensors' shapes, and compares all tensors with the table. image_size: what the user asked for by name; needed
// when the shapes do not say (no square position table). Throws Error(kInput), Error(kUsage) when image_size is what is
// missing.
ModelFiles open_model(const std::string& path, std::optional<InputSize> image_size = std::nullopt);

// Where lies what belongs to a model besides its weights: the folder, also of a file in it by a name of the folder
// form. A file with any other name stands alone: it is returned itself.
std::string model_folder_of(const std::string& path);

// Whether a file has any tensor of a head; without, it is an encoder alone.
bool has_head(const WeightSource& weights);

// The config that fits a file's tensors; fields of `given` must agree with them.
ModelConfig infer_config(const WeightSource& weights, const GivenConfig& given, std::optional<InputSize> image_size);

// "2 tensors are not the model's and ignored: decoder/mask_token, mask_token"; of many "decoder/... (12),
// mask_token".
std::string describe_ignored(const std::vector<std::string>& names);

// Throws one Error(kInput) that lists every missing, extra and wrongly shaped tensor with what was expected.
void check_tensors(const ModelConfig& config, const WeightSource& weights);

struct SaveModelOptions {
  Overwrite overwrite = Overwrite::kNo;
  // Where a model is replaced by itself in another form: what belongs to the old one belongs to the new one too.
  bool keep_companions = false;
};

// Writes a folder with model.safetensors, which Python's safetensors reads, and config.json; both take the place of
// older ones at once (io/atomic_folder.h). The old model's companions (weights/model_folder.h) go with it; other files
// of the folder stay. Throws Error(kUsage) when it exists and may not be replaced, Error(kResource) when the disk
// refuses.
void save_model_folder(const std::string& folder, const ModelConfig& config, const WeightSource& weights,
                       const SaveModelOptions& options);
inline void save_model_folder(const std::string& folder, const ModelConfig& config, const WeightSource& weights,
                              Overwrite overwrite) {
  save_model_folder(folder, config, weights, SaveModelOptions{.overwrite = overwrite});
}
// The two files alone, into a folder that has none of them.
void write_model_files(const std::string& folder, const ModelConfig& config, const WeightSource& weights);
// Writes the published .npz: '/'-joined keys, float32, stored.
void save_published_npz(const std::string& path, const ModelConfig& config, const WeightSource& weights,
                        Overwrite overwrite);

}  // namespace trecvit
