#include "trecvit/weights/other_weights.h"

#include <algorithm>
#include <vector>

#include "trecvit/base/list_some.h"
#include "trecvit/weights/image_vit.h"

namespace trecvit {
namespace {

std::string hint(const WeightSource& weights) {
  const auto& tensors = weights.tensors();
  if (tensors.empty()) return "was it saved without its arrays?";
  if (tensors.contains("video") && tensors.size() < 4) {
    return "a clip: have source and model changed places? --model names the model";
  }
  const bool nameless =
      std::all_of(tensors.begin(), tensors.end(), [](const auto& entry) { return entry.first.starts_with("arr_"); });
  if (nameless) return "numpy.savez without names; save each array under its name: numpy.savez(FILE, **{name: array})";
  if (is_image_vit(weights)) return "an image ViT, from which training starts: train --set start.from=FILE";
  return "is this a TRecViT checkpoint?";
}

}  // namespace

void fail_no_checkpoint(const WeightSource& weights) {
  std::vector<std::string> names;
  for (const auto& [name, info] : weights.tensors()) names.push_back(weights.name_in_file(name));
  fail_input(weights.name(),
             "expected the tensors of a tokenizer, temporal and spatial blocks to read the model's sizes from, got {} "
             "without them: {}; {}",
             names.size() == 1 ? "1 tensor" : fmt::format("{} tensors", names.size()), list_some(names), hint(weights));
}

}  // namespace trecvit
