// The head on the fused kernels; declared in fused_parts.h.
#include "trecvit/engine/fused_parts.h"
#include "trecvit/engine/fused_weights.h"
#include "trecvit/engine/fused_workspace.h"

namespace trecvit {
namespace {

class FusedClassHead final : public ClassHead {
 public:
  FusedClassHead(const ModelConfig& config, const WeightSource& weights, const Kernels& kernels)
      : kernels_(kernels), w_(pack_class_head(config, weights, kernels)) {}

  size_t weight_bytes() const override { return w_.memory.size(); }

  void pre_logits(const float* features, int64_t rows, Workspace& workspace, float* out) const override {
    layer(w_.pre_logits, features, rows, Epilogue::kTanh, workspace, out);
  }
  void classify(const float* features, int64_t rows, Workspace& workspace, float* logits) const override {
    layer(w_.classes, features, rows, Epilogue::kStore, workspace, logits);
  }

 private:
  void layer(const PackedDense& weights, const float* a, int64_t rows, Epilogue epilogue, Workspace& workspace,
             float* c) const {
    auto& ws = static_cast<FusedWorkspace&>(workspace);
    ws.team.run([&](ThreadTeam::Member& of_team) {
      shared_dense(Worker(of_team, ws), kernels_, weights, a, rows, epilogue, c);
    });
  }

  const Kernels& kernels_;
  FusedClassHeadWeights w_;
};

}  // namespace

std::unique_ptr<const ClassHead> make_fused_class_head(const ModelConfig& config, const WeightSource& weights,
                                                       const Kernels& kernels) {
  return std::make_unique<FusedClassHead>(config, weights, kernels);
}

}  // namespace trecvit
