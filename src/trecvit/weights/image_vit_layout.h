// How files of image ViTs name and lay out the tensors that a TRecViT has as well.
//
// kFlax, the .npz files of vision_transformer and big_vision (names here with '.' for '/'):
//   embedding.kernel [P, P, 3, D], cls [1, 1, D], Transformer.encoderblock_I.{LayerNorm_0, attention, norm, MLP},
//   Transformer.encoder_norm. The oldest files number a block's parts consecutively (MultiHeadDotProductAttention_1,
//   LayerNorm_2, MlpBlock_3), later ones by kind (_0, LayerNorm_1, _0). The position table is
//   Transformer.posembed_input.pos_embedding, Transformer.pos_embedding or pos_embedding. Training states keep all of
//   this under opt.target. or params., two-tower models under params.img.
// kTimm, the state of timm's VisionTransformer: patch_embed.proj.weight [D, 3, P, P], cls_token [1, 1, D], pos_embed,
//   blocks.I.{norm1, attn.qkv, attn.proj, norm2, mlp.fc1, mlp.fc2}, norm; matrices are [outputs, inputs], and attn.qkv
//   holds query, key and value one after the other, each with [H, D/H] outputs.
//
// In both, all names may share one arbitrary prefix, such as module. or model.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "trecvit/config/model_config.h"
#include "trecvit/weights/weight_source.h"

namespace trecvit {

struct ImageVitLayout {
  enum class Kind { kFlax, kTimm };
  Kind kind = Kind::kFlax;
  std::string prefix;          // in front of every name of the network
  bool numbered_on = false;    // kFlax: a block's parts are numbered consecutively
  bool position_first = true;  // kFlax: the table has an entry for the class token if there is such a token
  std::string positions, cls;  // names in the file, whether present or not
  std::string block_scope;     // in front of the number of a block
  int64_t blocks = 0;          // one more than the highest block that has a tensor
};

// The layout of a file, judged by its names; nothing for any other file.
std::optional<ImageVitLayout> find_image_vit_layout(const WeightSource& file);

// A tensor of the model as stored in the file.
struct StoredTensor {
  std::string name;
  Shape shape;              // in the file
  int64_t first = 0;        // row of the leading axis at which the tensor begins
  bool transposed = false;  // [outputs, inputs]; ours is [inputs, outputs]
};

// Where the file stores each tensor of `target` that an image network of that size has, except the position table and
// the class token: canonical name -> place. Blocks from `layout.blocks` on are left out.
std::map<std::string, StoredTensor> image_vit_tensors(const ImageVitLayout& layout, const ModelConfig& target);

// Whether a tensor belongs to the part of an image network after its encoder.
bool is_image_vit_head(const ImageVitLayout& layout, const std::string& name);

// The number of the block that a tensor belongs to; -1 for tensors outside blocks.
int64_t image_vit_block(const ImageVitLayout& layout, const std::string& name);

}  // namespace trecvit
