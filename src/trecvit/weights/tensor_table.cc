#include "trecvit/weights/tensor_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

// How a layer is spelled below its part: the path of its module, and the names of its tensors. For a single tensor the
// last component of the path is the tensor itself.
struct Spelling {
  Layer layer;
  NetworkPart part;
  std::string_view path, weight, bias;
};
constexpr Spelling kSpellings[] = {
    {Layer::kEmbedding, NetworkPart::kTokenizer, "embedding", kKernelName, kBiasName},
    {Layer::kPositions, NetworkPart::kTokenizer, "pos_embedding", "", ""},
    {Layer::kClassToken, NetworkPart::kTokenizer, "cls", "", ""},
    {Layer::kTemporalNorm, NetworkPart::kTemporalBlock, "temporal_pre_norm", kScaleName, ""},
    {Layer::kLinearY, NetworkPart::kTemporalBlock, "recurrent_block.linear_y", kKernelName, kBiasName},
    {Layer::kLinearX, NetworkPart::kTemporalBlock, "recurrent_block.linear_x", kKernelName, kBiasName},
    {Layer::kConv, NetworkPart::kTemporalBlock, "recurrent_block.conv_1d", "w", "b"},
    {Layer::kDecay, NetworkPart::kTemporalBlock, "recurrent_block.rg_lru.a_param", "", ""},
    {Layer::kInputGate, NetworkPart::kTemporalBlock, "recurrent_block.rg_lru.input_gate", "w", "b"},
    {Layer::kDecayGate, NetworkPart::kTemporalBlock, "recurrent_block.rg_lru.a_gate", "w", "b"},
    {Layer::kLinearOut, NetworkPart::kTemporalBlock, "recurrent_block.linear_out", kKernelName, kBiasName},
    {Layer::kNorm0, NetworkPart::kSpatialBlock, "LayerNorm_0", kScaleName, kBiasName},
    {Layer::kQuery, NetworkPart::kSpatialBlock, "MultiHeadDotProductAttention_0.query", kKernelName, kBiasName},
    {Layer::kKey, NetworkPart::kSpatialBlock, "MultiHeadDotProductAttention_0.key", kKernelName, kBiasName},
    {Layer::kValue, NetworkPart::kSpatialBlock, "MultiHeadDotProductAttention_0.value", kKernelName, kBiasName},
    {Layer::kAttentionOut, NetworkPart::kSpatialBlock, "MultiHeadDotProductAttention_0.out", kKernelName, kBiasName},
    {Layer::kNorm1, NetworkPart::kSpatialBlock, "LayerNorm_1", kScaleName, kBiasName},
    {Layer::kMlp0, NetworkPart::kSpatialBlock, "MlpBlock_0.Dense_0", kKernelName, kBiasName},
    {Layer::kMlp1, NetworkPart::kSpatialBlock, "MlpBlock_0.Dense_1", kKernelName, kBiasName},
    {Layer::kEncoderNorm, NetworkPart::kEncoderEnd, "encoder_norm", kScaleName, kBiasName},
    {Layer::kPreLogits, NetworkPart::kDecoder, "pre_logits", kKernelName, kBiasName},
    {Layer::kClasses, NetworkPart::kDecoder, "cls_head", kKernelName, kBiasName},
};
constexpr bool in_order() {
  for (size_t i = 0; i < std::size(kSpellings); ++i) {
    if (kSpellings[i].layer != static_cast<Layer>(i)) return false;
  }
  return true;
}
static_assert(in_order());

const Spelling& spelling_of(Layer layer) { return kSpellings[static_cast<size_t>(layer)]; }

constexpr std::string_view kTokenizer = "tokenizer", kEncoder = "encoder", kDecoder = "decoder";
constexpr std::string_view kTemporalBlock = "residualblock_", kSpatialBlock = "encoderblock_";

bool begins_with(std::string_view name, std::string_view module) {
  return name.size() > module.size() && name.starts_with(module) && name[module.size()] == '.';
}

// The shape of a layer's weight, and how many of its leading axes are inputs: the others are the axes of the bias.
struct WeightShape {
  Shape shape;
  size_t inputs = 1;
};
WeightShape weight_shape(const ModelConfig& c, Layer layer) {
  const int64_t d = c.width, r = c.lru_width, f = c.mlp_dim, h = c.num_heads;
  switch (layer) {
    case Layer::kEmbedding:
      return {{1, c.patch_size, c.patch_size, 3, d}, 4};
    case Layer::kPositions:
      return {{1, c.patches(), d}};
    case Layer::kClassToken:
      return {{1, 1, d}};
    case Layer::kLinearY:
    case Layer::kLinearX:
      return {{d, r}};
    case Layer::kConv:
      return {{c.conv1d_width, r}};
    case Layer::kDecay:
      return {{r}};
    case Layer::kInputGate:
    case Layer::kDecayGate:
      return {{h, c.gate_width(), c.gate_width()}};
    case Layer::kLinearOut:
      return {{r, d}};
    case Layer::kQuery:
    case Layer::kKey:
    case Layer::kValue:
      return {{d, h, c.attention_width()}};
    case Layer::kAttentionOut:
      return {{h, c.attention_width(), d}, 2};
    case Layer::kMlp0:
      return {{d, f}};
    case Layer::kMlp1:
      return {{f, d}};
    case Layer::kTemporalNorm:
    case Layer::kNorm0:
    case Layer::kNorm1:
    case Layer::kEncoderNorm:
      return {{d}, 0};
    case Layer::kPreLogits:
      return {{d, c.head_dim}};
    case Layer::kClasses:
      return {{c.head_dim, c.num_classes}};
  }
  TRECVIT_CHECK(false);
}

Shape bias_shape(Layer layer, const WeightShape& weight) {
  // One bias per head and output of it: the head is not an input, though it comes first.
  if (layer == Layer::kInputGate || layer == Layer::kDecayGate) return {weight.shape[0], weight.shape[2]};
  return {weight.shape.begin() + static_cast<std::ptrdiff_t>(weight.inputs), weight.shape.end()};
}

bool is_there(const ModelConfig& c, Layer layer) {
  if (layer == Layer::kPositions) return c.position == Position::kLearned;
  if (layer == Layer::kClassToken) return c.has_cls();
  return part_of(layer) != NetworkPart::kDecoder || c.has_head();
}

void add(std::vector<TensorSpec>& table, const ModelConfig& c, Layer layer, int64_t block) {
  if (!is_there(c, layer)) return;
  const Spelling& spelling = spelling_of(layer);
  const WeightShape weight = weight_shape(c, layer);
  const LayerNames names = names_of(layer, block);
  const bool kernel = !spelling.bias.empty() && spelling.weight != kScaleName;
  table.push_back({names.weight, weight.shape, layer, false, block, kernel});
  if (!names.bias.empty()) table.push_back({names.bias, bias_shape(layer, weight), layer, true, block, false});
}

std::string module_name(const Spelling& spelling, int64_t block) {
  return scope_of(spelling.part, block) + std::string(spelling.path);
}

// For a single tensor it is the whole name.
std::string beginning_of(const Spelling& spelling) {
  return module_name(spelling, 0) + (spelling.weight.empty() ? "" : ".");
}

}  // namespace

NetworkPart part_of(Layer layer) { return spelling_of(layer).part; }

LayerNames names_of(Layer layer, int64_t block) {
  const Spelling& spelling = spelling_of(layer);
  const std::string module = module_name(spelling, block);
  if (spelling.weight.empty()) return {module, {}};
  return {fmt::format("{}.{}", module, spelling.weight),
          spelling.bias.empty() ? std::string() : fmt::format("{}.{}", module, spelling.bias)};
}

std::vector<TensorSpec> tensor_table(const ModelConfig& c) {
  std::vector<TensorSpec> table;
  const auto add_part = [&](NetworkPart part, int64_t block) {
    for (const auto& spelling : kSpellings) {
      if (spelling.part == part) add(table, c, spelling.layer, block);
    }
  };
  add_part(NetworkPart::kTokenizer, -1);
  for (int64_t block = 0; block < c.depth; ++block) {
    add_part(NetworkPart::kTemporalBlock, block);
    add_part(NetworkPart::kSpatialBlock, block);
  }
  add_part(NetworkPart::kEncoderEnd, -1);
  add_part(NetworkPart::kDecoder, -1);
  return table;
}

std::string module_of(NetworkPart part, int64_t block) {
  switch (part) {
    case NetworkPart::kTokenizer:
      return std::string(kTokenizer);
    case NetworkPart::kTemporalBlock:
      return fmt::format("{}{:02}", kTemporalBlock, block);  // two digits, as published
    case NetworkPart::kSpatialBlock:
      return fmt::format("{}{}", kSpatialBlock, block);
    case NetworkPart::kEncoderEnd:
      return std::string(kEncoder);
    case NetworkPart::kDecoder:
      return std::string(kDecoder);
  }
  TRECVIT_CHECK(false);
}

std::string scope_of(NetworkPart part, int64_t block) {
  const bool in_encoder = part == NetworkPart::kTemporalBlock || part == NetworkPart::kSpatialBlock;
  return fmt::format("{}{}{}.", in_encoder ? kEncoder : "", in_encoder ? "." : "", module_of(part, block));
}

bool is_of_encoder(std::string_view name) { return begins_with(name, kTokenizer) || begins_with(name, kEncoder); }
bool is_of_decoder(std::string_view name) { return begins_with(name, kDecoder); }
bool is_of_layer(std::string_view name, Layer layer) {
  const std::string module = module_name(spelling_of(layer), 0);
  return name == module || begins_with(name, module);
}

std::vector<std::string> beginnings_of_encoder() {
  std::vector<std::string> out{fmt::format("{}.{}", kEncoder, kTemporalBlock),
                               fmt::format("{}.{}", kEncoder, kSpatialBlock)};
  for (const auto& spelling : kSpellings) {
    if (spelling.part == NetworkPart::kTokenizer || spelling.part == NetworkPart::kEncoderEnd)
      out.push_back(beginning_of(spelling));
  }
  return out;
}

std::vector<std::string> beginnings_of_decoder() {
  std::vector<std::string> out;
  for (const auto& spelling : kSpellings) {
    if (spelling.part == NetworkPart::kDecoder) out.push_back(beginning_of(spelling));
  }
  return out;
}

std::vector<std::string> endings_of_names() {
  std::set<std::string> out;
  for (const auto& spelling : kSpellings) {
    if (spelling.weight.empty()) out.insert("." + path_of(spelling.layer).back());
    for (const auto tensor : {spelling.weight, spelling.bias}) {
      if (!tensor.empty()) out.insert(fmt::format(".{}", tensor));
    }
  }
  return {out.begin(), out.end()};
}

std::vector<std::string> path_of(Layer layer) {
  std::vector<std::string> components;
  std::string_view rest = spelling_of(layer).path;
  for (size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
    components.emplace_back(rest.substr(0, dot));
    rest.remove_prefix(dot + 1);
  }
  components.emplace_back(rest);
  return components;
}

std::string canonical_name(std::string published) {
  std::replace(published.begin(), published.end(), '/', '.');
  return published;
}
std::string published_name(std::string canonical) {
  std::replace(canonical.begin(), canonical.end(), '.', '/');
  return canonical;
}

}  // namespace trecvit
