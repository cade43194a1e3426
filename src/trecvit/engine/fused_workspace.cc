#include "trecvit/engine/fused_workspace.h"

#include <algorithm>

namespace trecvit {

FusedWorkspace::FusedWorkspace(const ModelConfig& config, const Kernels& kernels, int threads)
    : team(threads), scratch(static_cast<size_t>(threads)) {
  fit(config, kernels, config.tokens());
}

void FusedWorkspace::fit(const ModelConfig& c, const Kernels& kernels, int64_t tokens) {
  if (tokens <= tokens_) return;
  const auto floats = [](int64_t count) { return Array<float>(static_cast<size_t>(count)); };
  const int64_t scratch_floats = std::max(kernels.cell_scratch_floats(c.gate_width()),
                                          kernels.attention_scratch_floats(tokens, c.attention_width()));
  tokens_ = 0;  // until all of them are allocated
  normed = floats(tokens * c.width);
  narrow = floats(tokens * std::max(c.lru_width, c.width));
  wide = floats(std::max(tokens * std::max({2 * c.lru_width, 3 * c.width, c.mlp_dim}), c.patches() * c.patch_values()));
  for (auto& of_thread : scratch) of_thread = floats(scratch_floats);
  tokens_ = tokens;
}

void shared_dense(const Worker& member, const Kernels& kernels, const PackedDense& weights, const float* a,
                  int64_t rows, Epilogue epilogue, float* c) {
  const int64_t panels = panel_count(weights.outputs, kernels.panel_columns);
  DenseCall call{a, weights.inputs, 0, rows, &weights, 0, panels, epilogue, c, weights.outputs};
  const bool by_panels = panels % member.size() == 0 || panels >= int64_t{8} * member.size() || rows < member.size();
  const Range share = share_of(by_panels ? panels : rows, member.index(), member.size());
  if (by_panels) {
    call.panel_begin = share.begin;
    call.panel_end = share.end;
  }
  const auto outputs = static_cast<double>((call.panel_end - call.panel_begin) * kernels.panel_columns);
  member.in_pieces(by_panels ? Range{0, rows} : share, static_cast<double>(weights.inputs) * outputs, [&](Range piece) {
    call.row_begin = piece.begin;
    call.row_end = piece.end;
    kernels.dense(call);
  });
}

}  // namespace trecvit
