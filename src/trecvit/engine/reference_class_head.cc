// The head as plain loops; declared in reference_parts.h.
#include <cmath>
#include <utility>

#include "trecvit/base/float_mode.h"
#include "trecvit/engine/reference_parts.h"
#include "trecvit/engine/reference_walk.h"

namespace trecvit {
namespace {

class ReferenceClassHead final : public ClassHead {
 public:
  ReferenceClassHead(ModelConfig config, const WeightSource& weights) : c_(std::move(config)) {
    reference::Reader read(weights);
    pre_logits_ = read.dense(Layer::kPreLogits);
    classes_ = read.dense(Layer::kClasses);
    weight_bytes_ = read.bytes();
  }

  size_t weight_bytes() const override { return weight_bytes_; }

  void pre_logits(const float* features, int64_t rows, Workspace& workspace, float* out) const override {
    const FlushDenormals flush;
    reference::dense(workspace, features, rows, c_.width, pre_logits_, c_.head_dim, out);
    for (int64_t i = 0; i < rows * c_.head_dim; ++i) out[i] = std::tanh(out[i]);
  }
  void classify(const float* features, int64_t rows, Workspace& workspace, float* logits) const override {
    const FlushDenormals flush;
    reference::dense(workspace, features, rows, c_.head_dim, classes_, c_.num_classes, logits);
  }

 private:
  ModelConfig c_;
  reference::Dense pre_logits_, classes_;
  size_t weight_bytes_;
};

}  // namespace

std::unique_ptr<const ClassHead> make_reference_class_head(const ModelConfig& config, const WeightSource& weights) {
  return std::make_unique<ReferenceClassHead>(config, weights);
}

}  // namespace trecvit
