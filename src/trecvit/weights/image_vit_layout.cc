#include "trecvit/weights/image_vit_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "trecvit/weights/tensor_table.h"

namespace trecvit {
namespace {

using Kind = ImageVitLayout::Kind;

// The number between `scope` and the next '.'; -1 where there is none.
int64_t number_after(std::string_view scope, std::string_view name) {
  if (!name.starts_with(scope)) return -1;
  int64_t number = -1;
  const auto [rest, error] = std::from_chars(name.data() + scope.size(), name.data() + name.size(), number);
  const bool whole = error == std::errc() && rest != name.data() + name.size() && *rest == '.';
  return whole && number >= 0 && number < INT32_MAX ? number : -1;
}

// The first name of a file that is there.
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

ImageVitLayout flax_layout(const WeightSource& file, const std::string& prefix) {
  ImageVitLayout layout;
  layout.prefix = prefix;
  layout.cls = prefix + "cls";
  layout.block_scope = prefix + "Transformer.encoderblock_";
  const std::string newest = prefix + "pos_embedding";
  layout.positions = first_there(
      file, {newest, prefix + "Transformer.pos_embedding", prefix + "Transformer.posembed_input.pos_embedding"});
  layout.position_first = layout.positions != newest;
  layout.numbered_on = file.tensors().contains(layout.block_scope + "0.MultiHeadDotProductAttention_1.query.kernel");
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

constexpr std::string_view kTokenizerScope = "tokenizer.", kEncoderScope = "encoder.";
constexpr std::string_view kSpatialScope = "encoder.encoderblock_";

StoredTensor flax_tensor(const ImageVitLayout& layout, const TensorSpec& spec, int64_t block, std::string part) {
  if (spec.name.starts_with("tokenizer.embedding.")) {
    const bool kernel = spec.shape.size() > 1;  // without the axis of time
    return {layout.prefix + spec.name.substr(kTokenizerScope.size()),
            kernel ? Shape(spec.shape.begin() + 1, spec.shape.end()) : spec.shape};
  }
  if (block < 0) return {layout.prefix + "Transformer." + spec.name.substr(kEncoderScope.size()), spec.shape};
  constexpr std::pair<std::string_view, std::string_view> kNumberedOn[] = {
      {"MultiHeadDotProductAttention_0.", "MultiHeadDotProductAttention_1."},
      {"LayerNorm_1.", "LayerNorm_2."},
      {"MlpBlock_0.", "MlpBlock_3."}};
  for (const auto& [usual, numbered] : kNumberedOn) {
    if (layout.numbered_on && part.starts_with(usual)) part.replace(0, usual.size(), numbered);
  }
  return {fmt::format("{}{}.{}", layout.block_scope, block, part), spec.shape};
}

struct TimmName {
  std::string_view ours, theirs;
  int64_t third = -1;  // of attn.qkv
};
constexpr TimmName kTimmParts[] = {{"LayerNorm_0", "norm1"},
                                   {"MultiHeadDotProductAttention_0.query", "attn.qkv", 0},
                                   {"MultiHeadDotProductAttention_0.key", "attn.qkv", 1},
                                   {"MultiHeadDotProductAttention_0.value", "attn.qkv", 2},
                                   {"MultiHeadDotProductAttention_0.out", "attn.proj"},
                                   {"LayerNorm_1", "norm2"},
                                   {"MlpBlock_0.Dense_0", "mlp.fc1"},
                                   {"MlpBlock_0.Dense_1", "mlp.fc2"},
                                   {"tokenizer.embedding", "patch_embed.proj"},
                                   {"encoder.encoder_norm", "norm"}};

StoredTensor timm_tensor(const ImageVitLayout& layout, const TensorSpec& spec, int64_t block, const std::string& part) {
  const size_t dot = part.rfind('.');
  const std::string_view module = std::string_view(part).substr(0, dot);
  const auto* const found = std::find_if(std::begin(kTimmParts), std::end(kTimmParts),
                                         [module](const TimmName& entry) { return entry.ours == module; });
  TRECVIT_CHECK(found != std::end(kTimmParts));
  StoredTensor stored;
  stored.name = block >= 0 ? fmt::format("{}{}.", layout.block_scope, block) : layout.prefix;
  stored.name += fmt::format("{}.{}", found->theirs, part.ends_with(".bias") ? "bias" : "weight");
  const int64_t count = element_count(spec.shape).value_or(0), thirds = found->third < 0 ? 1 : 3;
  stored.transposed = part.ends_with(".kernel");
  if (spec.shape.size() == 5) {
    stored.shape = {spec.shape[4], spec.shape[3], spec.shape[1], spec.shape[2]};
    return stored;
  }
  const int64_t summed = module.ends_with(".out") ? count / spec.shape.back() : spec.shape[0];
  const int64_t inputs = stored.transposed ? summed : 1;
  const int64_t rows = count / inputs;
  stored.shape = stored.transposed ? Shape{thirds * rows, inputs} : Shape{thirds * rows};
  stored.first = std::max<int64_t>(found->third, 0) * rows;
  return stored;
}

constexpr std::string_view kFlaxNames[] = {"embedding.kernel", "Transformer.encoder_norm.scale"};
constexpr std::string_view kTimmNames[] = {"patch_embed.proj.weight", "blocks.0.norm1.weight"};

// The prefix in front of the first of `names`, which identify a layout: none, one that training programs are known to
// write, or any other if it is the only one in the file.
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
      if (prefix.ends_with('.') && !prefix.ends_with(kTokenizerScope)) found.insert(prefix);
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
    const int64_t block = number_after(kSpatialScope, spec.name);
    const std::string part = block < 0 ? spec.name : spec.name.substr(spatial_scope(block).size());
    const bool shared =
        block >= 0 ? block < layout.blocks
                   : spec.name.starts_with("tokenizer.embedding.") || spec.name.starts_with("encoder.encoder_norm.");
    if (!shared) continue;
    tensors[spec.name] =
        layout.kind == Kind::kFlax ? flax_tensor(layout, spec, block, part) : timm_tensor(layout, spec, block, part);
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
