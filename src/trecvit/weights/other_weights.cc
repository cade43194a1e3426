#include "trecvit/weights/other_weights.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "trecvit/base/list_some.h"
#include "trecvit/weights/image_vit.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit {
namespace {

std::string hint(const WeightSource& weights) {
  const auto& tensors = weights.tensors();
  if (tensors.empty()) return "was it saved without its arrays?";
  if (tensors.contains("video") && tensors.size() < 4) {
    return "a clip: are source and model swapped? --model names the model";
  }
  const bool nameless =
      std::all_of(tensors.begin(), tensors.end(), [](const auto& entry) { return entry.first.starts_with("arr_"); });
  if (nameless) return "numpy.savez without names; save each array under its name: numpy.savez(FILE, **{name: array})";
  if (is_image_vit(weights)) return "an image ViT, from which training can start: train --set start.from=FILE";
  return "is this a TRecViT checkpoint?";
}

std::string embedding_kernel() { return names_of(Layer::kEmbedding).weight; }

// Whether the names that sizes are read from are those of a model, so that only its shapes differ.
bool names_fit(const WeightSource& weights) {
  constexpr Layer kLayers[] = {Layer::kEmbedding, Layer::kConv, Layer::kQuery, Layer::kMlp0};
  const auto is_there = [&](Layer layer) { return weights.tensors().contains(names_of(layer).weight); };
  return std::all_of(std::begin(kLayers), std::end(kLayers), is_there);
}

// Flax keeps one copy per device while it trains.
std::string shape_hint(const WeightSource& weights) {
  constexpr size_t kEmbeddingAxes = 5;
  const auto& tensors = weights.tensors();
  const Shape& embedding = tensors.at(embedding_kernel()).shape;
  const bool replicated =
      embedding.size() == kEmbeddingAxes + 1 && std::all_of(tensors.begin(), tensors.end(), [&](const auto& entry) {
        const Shape& shape = entry.second.shape;
        return !shape.empty() && shape[0] == embedding[0];
      });
  if (!replicated) return "were they transposed or flattened? docs/checkpoints.md lists the shapes";
  return fmt::format(
      "all begin with an axis of {}, as flax.jax_utils.replicate adds one; in Python: "
      "numpy.savez(\"model.npz\", **{{name: array[0] for name, array in numpy.load(FILE).items()}})",
      embedding[0]);
}

}  // namespace

void fail_no_checkpoint(const WeightSource& weights) {
  if (names_fit(weights)) {
    fail_input(weights.name(), "expected the tensors of a model, got its names with other shapes, such as {} {}; {}",
               printable(weights.name_in_file(embedding_kernel())),
               to_string(weights.tensors().at(embedding_kernel()).shape), shape_hint(weights));
  }
  std::vector<std::string> names;
  for (const auto& [name, info] : weights.tensors()) names.push_back(weights.name_in_file(name));
  fail_input(weights.name(),
             "expected the tensors of a tokenizer and of temporal and spatial blocks, got {} without them: {}; {}",
             names.size() == 1 ? "1 tensor" : fmt::format("{} tensors", names.size()), list_some(names), hint(weights));
}

}  // namespace trecvit
