#include "trecvit/train/module_file.h"

#include <ATen/ATen.h>

#include "trecvit/base/error.h"
#include "trecvit/io/safetensors.h"
#include "trecvit/model/model_weights.h"

namespace trecvit::train {
namespace {

std::string key_of(const ModuleKind& what) { return "trecvit." + what.name; }

}  // namespace

void save_module(const std::string& path, const torch::nn::Module& module, const ModuleKind& what) {
  const auto parameters = module.named_parameters();
  std::vector<SafetensorsWriter::Declared> declared;
  for (const auto& entry : parameters) declared.push_back({entry.key(), entry.value().sizes().vec(), DType::kF32});
  SafetensorsWriter writer(path, Overwrite::kYes, declared, {{"format", "pt"}, {key_of(what), what.kind}});
  for (const auto& entry : parameters) writer.add(entry.key(), model::to_host(entry.value()).view());
  writer.finish();
}

void load_module(const std::string& path, torch::nn::Module& module, const ModuleKind& what) {
  const at::NoGradGuard no_grad;
  const SafetensorsReader reader(open_file(path));
  const auto kind = reader.metadata().find(key_of(what));
  const std::string got = kind == reader.metadata().end() ? "no " + what.name : kind->second;
  if (got != what.kind) fail_input(path, "expected a {} of the kind {}, got {}", what.name, what.kind, printable(got));
  const auto parameters = module.named_parameters();
  for (const auto& name : reader.names()) {
    if (!parameters.contains(name))
      fail_input(path, "expected only the {} tensors of a {} of the kind {}, got also {}", parameters.size(), what.name,
                 what.kind, printable(name));
  }
  for (const auto& entry : parameters) {
    const std::string& name = entry.key();
    const auto shape = entry.value().sizes().vec();
    if (!reader.contains(name)) fail_input(path, "expected the tensor {}, got none", name);
    const auto& info = reader.info(name);
    if (info.shape != shape || info.dtype != DType::kF32)
      fail_input(path, "expected {} float32 {}, got {} {}", name, to_string(shape), word_of(info.dtype),
                 to_string(info.shape));
  }
  for (const auto& entry : parameters) at::Tensor(entry.value()).copy_(model::from_host(reader.read(entry.key())));
}

}  // namespace trecvit::train
