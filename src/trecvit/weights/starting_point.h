// What training starts from: a TRecViT checkpoint, published or our own, or an image ViT, adapted to the model to
// train.
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
  std::unique_ptr<WeightSource> weights;  // what it provides, with the names and shapes of the model to train
  std::string kind;                       // "TRecViT checkpoint", "image ViT (npz)" or "image ViT (timm)"
  std::set<std::string> missing;          // the other tensors of the model, to be initialised
  std::vector<std::string> notes;         // what was changed on the way, one sentence each
};

// path: a model folder, .npz or .safetensors; target: a valid config.
//
// A TRecViT checkpoint must be of the same network: only decoder.cls_head is left out, if the number of classes or
// their names (if both have names) differ, or the whole decoder, if the target has no head, and the position table is
// resized if the picture's size differs. How frames are sampled and read out may differ. An image ViT provides what
// image_vit.h says; `input` is only for it.
//
// Throws one Error(kInput) that lists everything that does not fit, or names the file that cannot be read.
StartingPoint open_starting_point(const std::string& path, const ModelConfig& target, const ImageVitInput& input = {});

// The config of a TRecViT checkpoint, for training that names no model; nothing for an image ViT, which lacks half of
// it. image_size: for a checkpoint that does not give its size. Throws like open_model (weights/model_files.h).
std::optional<ModelConfig> config_of_start(const std::string& path, std::optional<InputSize> image_size = std::nullopt);

// The model of a run before its classes are known: the request's fields over its named model, or over the config of its
// starting point. Data are opened with it. Throws Error(kUsage) if sizes are missing or impossible, and what
// config_of_start throws.
ModelConfig model_sizes(const ModelRequest& wanted);

}  // namespace trecvit
