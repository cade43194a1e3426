#include "trecvit/config/model_budget.h"

#include <algorithm>

#include "trecvit/base/error.h"

namespace trecvit {

double memory_of(const ModelConfig& c) {
  const auto n = static_cast<double>(c.tokens()), d = static_cast<double>(c.width),
             r = static_cast<double>(c.lru_width);
  const auto f = static_cast<double>(c.mlp_dim), patches = static_cast<double>(c.patches());
  const double pixels = 3 * static_cast<double>(c.image_height) * static_cast<double>(c.image_width);
  const double widest = std::max({n * 2 * r, n * 3 * d, n * f, patches * static_cast<double>(c.patch_values())});
  const double activations = 3 * n * d + n * std::max(r, d) + widest;
  const double attention = 2 * n * static_cast<double>(c.attention_width()) + 16 * n;
  const double floats = static_cast<double>(c.parameter_count()) + static_cast<double>(c.state_floats()) + activations +
                        attention + 2 * pixels;
  return floats * sizeof(float);
}

void check_budget(const ModelConfig& config, const ModelBudget& budget, const std::string& where) {
  const double gflops = config.flops_per_frame() / 1e9, memory_gb = memory_of(config) / 1e9;
  std::string over, options;
  const auto add = [&](bool is_over, const std::string& needs, const char* option) {
    if (!is_over) return;
    over += (over.empty() ? "" : ", ") + needs;
    options += std::string(options.empty() ? "" : ", ") + option;
  };
  add(config.tokens() > budget.tokens, fmt::format("{} tokens per frame (limit {})", config.tokens(), budget.tokens),
      "--max-tokens");
  add(gflops > budget.gflops_per_frame,
      fmt::format("{:.4g} GFLOP per frame (limit {:.4g})", gflops, budget.gflops_per_frame), "--max-gflops");
  add(memory_gb > budget.memory_gb, fmt::format("{:.3g} GB of memory (limit {:.3g})", memory_gb, budget.memory_gb),
      "--max-memory");
  if (over.empty()) return;
  fail_input(where,
             "expected a model within the limits, got one that needs {}; raise the limit with {} (in the C API: the "
             "max_ fields of the options)",
             over, options);
}

}  // namespace trecvit
