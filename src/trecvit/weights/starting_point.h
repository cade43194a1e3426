// What training starts from: a published or own TRecViT checkpoint, or an image ViT, made to fit the model to train.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "trecvit/config/model_config.h"
#include "trecvit/config/model_request.h"
#include "trecvit/weights/image_vit.h"
#include "trecvit/weights/model_files.h"
#include "trecvit/weights/weight_source.h"

namespace trecvit {

struct StartingPoint {
  std::unique_ptr<WeightSource> weights;  // what it gives, with the names and shapes of the model to train
  std::string kind;                       // "TRecViT checkpoint", "image ViT (npz)" or "image ViT (timm)"
  std::set<std::string> missing;          // the other tensors of the model, to be initialised
  std::vector<std::string> notes;         // what was changed on the way, a sentence each
};

// path: a model folder, .npz or .safetensors; target: a valid config.
//
// A TRecViT checkpoint must be the same network: only decoder.cls_head is left out, where the number of classes or
// their names (if both have names) differ, and the position table is resized where the picture's size differs. How
// frames are sampled and read out may differ. An image ViT gives what image_vit.h says; `input` is for it alone.
//
// Throws one Error(kInput) that lists everything that does not fit, or names the file that cannot be read.
StartingPoint open_starting_point(const std::string& path, const ModelConfig& target, const ImageVitInput& input = {});

// The config of a TRecViT checkpoint, for a training that names no model; nothing for an image ViT, which lacks half of
// it. image_size: for a checkpoint that does not say it. Throws like open_model (weights/model_files.h).
std::optional<ModelConfig> config_of_start(const std::string& path, std::optional<InputSize> image_size = std::nullopt);

// The model of a run before its classes are known: the request's fields over its named model, or over what its start
// says. What data are opened with. Throws Error(kUsage) where sizes are missing or impossible, and as config_of_start.
ModelConfig model_sizes(const ModelRequest& wanted);

}  // namespace trecvit
