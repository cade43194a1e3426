// The tokenizer on the fused kernels; declared in fused_parts.h.
#include <algorithm>

#include "trecvit/engine/fused_parts.h"
#include "trecvit/engine/fused_weights.h"
#include "trecvit/engine/fused_workspace.h"

namespace trecvit {
namespace {

class FusedTokenizer final : public Tokenizer {
 public:
  FusedTokenizer(const ModelConfig& config, const WeightSource& weights, const Kernels& kernels)
      : c_(config), kernels_(kernels), w_(pack_embedding(config, weights, kernels)) {}

  size_t weight_bytes() const override { return w_.memory.size(); }

  void embed(const float* frames, int64_t count, Workspace& workspace, float* tokens) const override {
    auto& ws = static_cast<FusedWorkspace&>(workspace);
    const int64_t frame_floats = c_.image_height * c_.image_width * 3;
    ws.team.run([&](ThreadTeam::Member& of_team) {
      Worker member(of_team, ws);
      for (int64_t t = 0; t < count; ++t)
        embed_frame(member, frames + t * frame_floats, tokens + t * c_.tokens() * c_.width);
    });
  }

 private:
  // x [N, D] = class token and positions + patches times kernel.
  void embed_frame(Worker& member, const float* frame, float* x) const {
    FusedWorkspace& ws = member.ws;
    const int64_t first = c_.has_cls() ? 1 : 0;
    if (member.index() == 0) {
      gather_patches(c_, frame, ws.wide.data());
      std::copy_n(w_.positions, c_.tokens() * c_.width, x);
    }
    member.barrier();
    shared_dense(member, kernels_, w_.dense, ws.wide.data(), c_.patches(), Epilogue::kResidual, x + first * c_.width);
    member.barrier();
  }

  ModelConfig c_;
  const Kernels& kernels_;
  FusedEmbedding w_;
};

}  // namespace

std::unique_ptr<const Tokenizer> make_fused_tokenizer(const ModelConfig& config, const WeightSource& weights,
                                                      const Kernels& kernels) {
  return std::make_unique<FusedTokenizer>(config, weights, kernels);
}

}  // namespace trecvit
