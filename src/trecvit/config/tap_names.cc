#include "trecvit/config/tap_names.h"

#include <fmt/format.h>

namespace trecvit {
namespace {

std::string block_tap(const char* kind, int64_t block, std::string_view inner) {
  return fmt::format("{}.{:02}{}{}", kind, block, inner.empty() ? "" : ".", inner);
}

std::vector<TapInfo> list_taps(const ModelConfig& c, bool inner) {
  const Shape wide{c.tokens(), c.width}, recurrent{c.tokens(), c.lru_width}, hidden{c.tokens(), c.mlp_dim};
  std::vector<TapInfo> taps{{"tokenizer", wide}};
  for (int64_t block = 0; block < c.depth; ++block) {
    if (inner) {
      taps.push_back({temporal_tap(block, "norm"), wide});
      for (const char* name : {"y", "x", "conv", "gate_x", "gate_a", "h"}) {
        taps.push_back({temporal_tap(block, name), recurrent});
      }
      taps.push_back({temporal_tap(block, "branch"), wide});
    }
    taps.push_back({temporal_tap(block), wide});
    if (inner) {
      taps.push_back({spatial_tap(block, "norm0"), wide});
      taps.push_back({spatial_tap(block, "attention"), wide});
      taps.push_back({spatial_tap(block, "norm1"), wide});
      taps.push_back({spatial_tap(block, "mlp_hidden"), hidden});
      taps.push_back({spatial_tap(block, "mlp"), wide});
    }
    taps.push_back({spatial_tap(block), wide});
  }
  taps.push_back({"encoder_norm", wide});
  if (!c.has_head()) return taps;
  taps.push_back({"pre_logits", {c.head_dim}});
  taps.push_back({"prefix_logits", {c.num_classes}});
  return taps;
}

}  // namespace

std::vector<TapInfo> outer_taps(const ModelConfig& config) { return list_taps(config, false); }
std::vector<TapInfo> all_taps(const ModelConfig& config) { return list_taps(config, true); }

std::vector<std::string> dumped_names(const ModelConfig& config, bool inner) {
  std::vector<std::string> names;
  for (const auto& tap : list_taps(config, inner)) names.push_back(tap.name);
  for (int64_t block = 0; block < config.depth; ++block) {
    names.push_back(state_tap(block, "h"));
    if (config.conv1d_width > 1) names.push_back(state_tap(block, "conv"));
  }
  if (!config.has_head()) return names;
  names.emplace_back("logits");
  names.emplace_back("probs");
  return names;
}

std::string temporal_tap(int64_t block, std::string_view inner) { return block_tap("temporal", block, inner); }
std::string spatial_tap(int64_t block, std::string_view inner) { return block_tap("spatial", block, inner); }
std::string state_tap(int64_t block, std::string_view part) { return block_tap("state", block, part); }

}  // namespace trecvit
