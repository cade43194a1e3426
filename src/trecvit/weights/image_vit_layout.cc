#include "trecvit/weights/image_vit_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "trecvit/base/parse_number.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit {
namespace {

using Kind = ImageVitLayout::Kind;

// The number between `scope` and the next '.'; -1 if there is none.
int64_t number_after(std::string_view scope, std::string_view name) {
  if (!name.starts_with(scope)) return -1;
  name.remove_prefix(scope.size());
  const auto number = take_number<int64_t>(name);
  return number && name.starts_with('.') && *number >= 0 && *number < INT32_MAX ? *number : -1;
}

// The first of `names` that the file has; the last name if it has none of them.
std::string first_there(const WeightSource& file, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    if (file.tensors().contains(name)) return name;
  }
  return names.back();
}

int64_t count_blocks(const ImageVitLayout& layout, const WeightSource& file) {
  int64_t count = 0;
  for (auto it = file.tensors().lower_bound(layout.block_scope);
       it != file.tensors().end() && it->first.starts_with(layout.block_scope); ++it) {
    count = std::max(count, image_vit_block(layout, it->first) + 1);
  }
  return count;
}

// A name below a block whose modules are numbered consecutively: the attention is number 1, the second norm 2, and the
// MLP 3.
std::string numbered_on(Layer layer, std::string name) {
  const size_t end_of_module = name.find('.');
  switch (layer) {
    case Layer::kQuery:
    case Layer::kKey:
    case Layer::kValue:
    case Layer::kAttentionOut:
      name[end_of_module - 1] = '1';
      return name;
    case Layer::kNorm1:
      name[end_of_module - 1] = '2';
      return name;
    case Layer::kMlp0:
    case Layer::kMlp1:
      name[end_of_module - 1] = '3';
      return name;
    default:
      return name;
  }
}

ImageVitLayout flax_layout(const WeightSource& file, const std::string& prefix) {
  ImageVitLayout layout;
  layout.prefix = prefix;
  layout.cls = prefix + "cls";
  layout.block_scope = prefix + "Transformer.encoderblock_";
  const std::string newest = prefix + "pos_embedding";
  layout.positions = first_there(
      file, {newest, prefix + "Transformer.pos_embedding", prefix + "Transformer.posembed_input.pos_embedding"});
  layout.position_first = layout.positions != newest;
  const std::string query = names_of(Layer::kQuery).weight.substr(scope_of(NetworkPart::kSpatialBlock).size());
  layout.numbered_on = file.tensors().contains(layout.block_scope + "0." + numbered_on(Layer::kQuery, query));
  layout.blocks = count_blocks(layout, file);
  return layout;
}

ImageVitLayout timm_layout(const WeightSource& file, const std::string& prefix) {
  ImageVitLayout layout;
  layout.kind = Kind::kTimm;
  layout.prefix = prefix;
  layout.cls = prefix + "cls_token";
  layout.positions = prefix + "pos_embed";
  layout.position_first = false;  // some models have no such entry
  layout.block_scope = prefix + "blocks.";
  layout.blocks = count_blocks(layout, file);
  return layout;
}

StoredTensor flax_tensor(const ImageVitLayout& layout, const TensorSpec& spec) {
  const std::string name = spec.name.substr(scope_of(part_of(spec.layer), spec.block).size());
  if (spec.layer == Layer::kEmbedding) {
    const bool kernel = !spec.is_bias;  // without the time axis
    return {layout.prefix + name, kernel ? Shape(spec.shape.begin() + 1, spec.shape.end()) : spec.shape};
  }
  if (spec.layer == Layer::kEncoderNorm) return {layout.prefix + "Transformer." + name, spec.shape};
  const std::string in_block = layout.numbered_on ? numbered_on(spec.layer, name) : name;
  return {fmt::format("{}{}.{}", layout.block_scope, spec.block, in_block), spec.shape};
}

struct TimmLayer {
  Layer layer;
  std::string_view name;
  int64_t third = -1;  // which third of attn.qkv
};
constexpr TimmLayer kTimmLayers[] = {{Layer::kEmbedding, "patch_embed.proj"},
                                     {Layer::kNorm0, "norm1"},
                                     {Layer::kQuery, "attn.qkv", 0},
                                     {Layer::kKey, "attn.qkv", 1},
                                     {Layer::kValue, "attn.qkv", 2},
                                     {Layer::kAttentionOut, "attn.proj"},
                                     {Layer::kNorm1, "norm2"},
                                     {Layer::kMlp0, "mlp.fc1"},
                                     {Layer::kMlp1, "mlp.fc2"},
                                     {Layer::kEncoderNorm, "norm"}};

StoredTensor timm_tensor(const ImageVitLayout& layout, const TensorSpec& spec) {
  const auto* const found = std::find_if(std::begin(kTimmLayers), std::end(kTimmLayers),
                                         [&spec](const TimmLayer& entry) { return entry.layer == spec.layer; });
  TRECVIT_CHECK(found != std::end(kTimmLayers));
  StoredTensor stored;
  stored.name = spec.block >= 0 ? fmt::format("{}{}.", layout.block_scope, spec.block) : layout.prefix;
  stored.name += fmt::format("{}.{}", found->name, spec.is_bias ? "bias" : "weight");
  const int64_t count = element_count(spec.shape).value_or(0), thirds = found->third < 0 ? 1 : 3;
  stored.transposed = spec.decays;  // kernels
  if (spec.layer == Layer::kEmbedding && !spec.is_bias) {
    stored.shape = {spec.shape[4], spec.shape[3], spec.shape[1], spec.shape[2]};
    return stored;
  }
  const int64_t summed = spec.layer == Layer::kAttentionOut ? count / spec.shape.back() : spec.shape[0];
  const int64_t inputs = stored.transposed ? summed : 1;
  const int64_t rows = count / inputs;
  stored.shape = stored.transposed ? Shape{thirds * rows, inputs} : Shape{thirds * rows};
  stored.first = std::max<int64_t>(found->third, 0) * rows;
  return stored;
}

constexpr std::string_view kFlaxNames[] = {"embedding.kernel", "Transformer.encoder_norm.scale"};
constexpr std::string_view kTimmNames[] = {"patch_embed.proj.weight", "blocks.0.norm1.weight"};

// The prefix in front of any of `names`, which identify a layout: none, one that training programs are known to write,
// or another one if it is the only one in the file.
std::optional<std::string> find_prefix(const WeightSource& file, std::span<const std::string_view> names) {
  for (const char* known : {"", "params.", "opt.target.", "params.img."}) {
    for (const auto name : names) {
      if (file.tensors().contains(known + std::string(name))) return known;
    }
  }
  std::set<std::string> found;
  for (const auto& [stored, info] : file.tensors()) {
    for (const auto name : names) {
      if (!stored.ends_with(name)) continue;
      const std::string prefix = stored.substr(0, stored.size() - name.size());
      if (prefix.ends_with('.') && !prefix.ends_with(scope_of(NetworkPart::kTokenizer))) found.insert(prefix);
    }
  }
  return found.size() == 1 ? std::optional(*found.begin()) : std::nullopt;
}

}  // namespace

std::optional<ImageVitLayout> find_image_vit_layout(const WeightSource& file) {
  if (const auto prefix = find_prefix(file, kFlaxNames)) return flax_layout(file, *prefix);
  if (const auto prefix = find_prefix(file, kTimmNames)) return timm_layout(file, *prefix);
  return std::nullopt;
}

std::map<std::string, StoredTensor> image_vit_tensors(const ImageVitLayout& layout, const ModelConfig& target) {
  std::map<std::string, StoredTensor> tensors;
  for (const auto& spec : tensor_table(target)) {
    const bool shared = part_of(spec.layer) == NetworkPart::kSpatialBlock
                            ? spec.block < layout.blocks
                            : spec.layer == Layer::kEmbedding || spec.layer == Layer::kEncoderNorm;
    if (!shared) continue;
    tensors[spec.name] = layout.kind == Kind::kFlax ? flax_tensor(layout, spec) : timm_tensor(layout, spec);
  }
  return tensors;
}

bool is_image_vit_head(const ImageVitLayout& layout, const std::string& name) {
  const auto begins = [&](const char* scope) { return name.starts_with(layout.prefix + scope); };
  if (layout.kind == Kind::kFlax) return begins("head.") || begins("pre_logits.") || begins("MAPHead_0.");
  return begins("head.") || begins("pre_logits.") || begins("attn_pool.");
}

int64_t image_vit_block(const ImageVitLayout& layout, const std::string& name) {
  return number_after(layout.block_scope, name);
}

}  // namespace trecvit
