#include "trecvit/train/tasks/task_cost.h"

#include <fmt/format.h>

#include <array>

namespace trecvit::train {

TaskCost cost_of_network(const ModelConfig& model) {
  TaskCost cost;
  cost.flops = model.flops_per_frame();
  cost.tokens = static_cast<double>(model.tokens());
  cost.attended = model.tokens();
  return cost;
}

// The input of the block and what its operators save, in units of the widths of the network (x, norm, u; x and y of the
// recurrence, its product; norms, q, k, v, weights, attention; the MLP's hidden layer before and after its GELU).
double floats_kept(const ModelConfig& c, int64_t tokens) {
  const auto d = static_cast<double>(c.width), r = static_cast<double>(c.lru_width), f = static_cast<double>(c.mlp_dim);
  return 12 * d + 3 * r + 2 * f + static_cast<double>(c.num_heads) * static_cast<double>(tokens);
}

std::string with_prefix(double value, const char* unit) {
  constexpr std::array<const char*, 7> kPrefixes = {"", "k", "M", "G", "T", "P", "E"};
  size_t prefix = 0;
  for (; value >= 999.5 && prefix + 1 < kPrefixes.size(); ++prefix) value /= 1000;
  const int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}{}", value, decimals, kPrefixes[prefix], unit);
}

}  // namespace trecvit::train
