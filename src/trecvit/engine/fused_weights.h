// A model's weights in the layout of the fused kernels, part by part: one block of memory per part, filled tensor by
// tensor, so that the packed copy is the only copy.
#pragma once

#include <vector>

#include "trecvit/base/buffer.h"
#include "trecvit/config/model_config.h"
#include "trecvit/engine/kernels.h"
#include "trecvit/weights/weight_source.h"

namespace trecvit {

struct FusedEmbedding {
  PackedDense dense;                 // [P * P * 3 -> D]
  const float* positions = nullptr;  // [N, D]: the class token (if any), then the position table
  Buffer memory;
};

struct FusedNorm {
  const float* scale = nullptr;  // [D]
  const float* bias = nullptr;   // [D]; null for RMSNorm, whose scale already holds 1 + scale
};

struct FusedBlock {
  // time
  FusedNorm temporal_norm;
  PackedDense xy;                  // [D -> 2R]: linear_x, then linear_y
  const float* conv_w = nullptr;   // [K, R]
  const float* conv_b = nullptr;   // [R]
  std::vector<PackedDense> gates;  // H times [R/H -> 2 R/H]: input gate, then decay gate
  const float* decay = nullptr;    // [R], -8 softplus(a_param)
  PackedDense temporal_out;        // [R -> D]
  // space
  FusedNorm norm0, norm1;
  PackedDense qkv;            // [D -> 3D]: query, key, value
  PackedDense attention_out;  // [D -> D]
  PackedDense mlp0, mlp1;     // [D -> F], [F -> D]
};

struct FusedEncoderWeights {
  std::vector<FusedBlock> blocks;
  FusedNorm norm;
  Buffer memory;
};

struct FusedClassHeadWeights {
  PackedDense pre_logits, classes;  // [D -> head_dim], [head_dim -> C]
  Buffer memory;
};

FusedEmbedding pack_embedding(const ModelConfig& config, const WeightSource& source, const Kernels& kernels);
FusedEncoderWeights pack_encoder(const ModelConfig& config, const WeightSource& source, const Kernels& kernels);
FusedClassHeadWeights pack_class_head(const ModelConfig& config, const WeightSource& source, const Kernels& kernels);

}  // namespace trecvit
