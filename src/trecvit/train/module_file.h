// Saves and loads modules that belong to a model but are not part of its network, in a safetensors file next to it.
#pragma once

#include <torch/nn/module.h>

#include <string>

namespace trecvit::train {

// Which module a file holds: metadata "trecvit.NAME" = kind.
struct ModuleKind {
  std::string name, kind;
};

// Writes all parameters as float32, atomically; replaces an existing file.
// Throws Error(kResource) if writing fails.
void save_module(const std::string& path, const torch::nn::Module& module, const ModuleKind& what);
// Throws Error(kInput), naming the difference, if the file does not hold this module.
void load_module(const std::string& path, torch::nn::Module& module, const ModuleKind& what);

}  // namespace trecvit::train
