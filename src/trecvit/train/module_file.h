// What belongs to a model but is not part of its network, in a safetensors file beside it.
#pragma once

#include <torch/nn/module.h>

#include <string>

namespace trecvit::train {

// Which module a file holds: metadata "trecvit.NAME" = kind.
struct ModuleKind {
  std::string name, kind;
};

// Writes all parameters, float32, whole or not at all; an older file is replaced.
// Throws Error(kResource) where the disk refuses.
void save_module(const std::string& path, const torch::nn::Module& module, const ModuleKind& what);
// Throws Error(kInput) where the file does not hold this module, naming what differs.
void load_module(const std::string& path, torch::nn::Module& module, const ModuleKind& what);

}  // namespace trecvit::train
