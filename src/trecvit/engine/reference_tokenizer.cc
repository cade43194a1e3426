// The tokenizer as plain loops; declared in reference_parts.h.
#include <algorithm>

#include "trecvit/base/float_mode.h"
#include "trecvit/engine/reference_parts.h"
#include "trecvit/engine/reference_walk.h"

namespace trecvit {
namespace {

using reference::Dense;
using reference::Values;

class ReferenceTokenizer final : public Tokenizer {
 public:
  ReferenceTokenizer(const ModelConfig& config, const WeightSource& weights)
      : c_(config), positions_(position_table(config, weights)) {
    reference::Reader read(weights);
    embedding_ = read.dense(Layer::kEmbedding);
    if (c_.has_cls()) cls_ = read.single(Layer::kClassToken);
    weight_bytes_ = read.bytes() + positions_.size() * sizeof(float);
  }

  size_t weight_bytes() const override { return weight_bytes_; }

  // Patches times kernel, plus position; the class token comes first and has no position.
  void embed(const float* frames, int64_t count, Workspace& workspace, float* tokens) const override {
    const FlushDenormals flush;
    Values patches(static_cast<size_t>(c_.patches() * c_.patch_values()));
    const int64_t first = c_.has_cls() ? 1 : 0;
    for (int64_t t = 0; t < count; ++t) {
      gather_patches(c_, frames + t * c_.image_height * c_.image_width * 3, patches.data());
      float* frame = tokens + t * c_.tokens() * c_.width;
      if (c_.has_cls()) std::copy(cls_.begin(), cls_.end(), frame);
      float* grid = frame + first * c_.width;
      reference::dense(workspace, patches.data(), c_.patches(), c_.patch_values(), embedding_, c_.width, grid);
      for (size_t i = 0; i < positions_.size(); ++i) grid[i] += positions_[i];
    }
  }

 private:
  ModelConfig c_;
  Values positions_, cls_;
  Dense embedding_;
  size_t weight_bytes_;
};

}  // namespace

std::unique_ptr<const Tokenizer> make_reference_tokenizer(const ModelConfig& config, const WeightSource& weights) {
  return std::make_unique<ReferenceTokenizer>(config, weights);
}

}  // namespace trecvit
