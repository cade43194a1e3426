// The single table of tensors, generated from the config. Loading, saving, converting, counting, initialising, training
// and reports of missing tensors all read it; nothing else knows the names of a checkpoint.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trecvit/base/shape.h"
#include "trecvit/config/model_config.h"

namespace trecvit {

// The layers of the network in the order of the computation; docs/model.md says what they compute.
enum class Layer {
  kEmbedding,   // of a patch
  kPositions,   // a single tensor
  kClassToken,  // a single tensor
  // Temporal block: RG-LRU.
  kTemporalNorm,
  kLinearY,
  kLinearX,
  kConv,
  kDecay,  // a single tensor, a_param
  kInputGate,
  kDecayGate,
  kLinearOut,
  // Spatial block: attention and MLP.
  kNorm0,
  kQuery,
  kKey,
  kValue,
  kAttentionOut,
  kNorm1,
  kMlp0,
  kMlp1,
  // After the blocks.
  kEncoderNorm,
  kPreLogits,
  kClasses,
};

// The part of the network that a layer is in.
enum class NetworkPart { kTokenizer, kTemporalBlock, kSpatialBlock, kEncoderEnd, kDecoder };
NetworkPart part_of(Layer layer);

// The last parts of the names of tensors.
inline constexpr std::string_view kKernelName = "kernel", kScaleName = "scale", kBiasName = "bias";

// A layer has one or two tensors: a kernel and its bias, the scale and the bias of a norm, or a single tensor.
struct LayerNames {
  std::string weight;  // kernel, scale or the single tensor
  std::string bias;    // empty if there is none
};
// "encoder.residualblock_03.recurrent_block.linear_x.kernel" and ".bias". block: for layers in blocks, else ignored.
LayerNames names_of(Layer layer, int64_t block = 0);

struct TensorSpec {
  std::string name;  // canonical: the published key with '.' for '/'
  Shape shape;       // the published layout, nothing transposed
  Layer layer = Layer::kEmbedding;
  bool is_bias = false;  // of the two tensors of a layer
  int64_t block = -1;    // -1 outside blocks
  bool decays = false;   // by the optimiser's weight decay: only kernels do
};

// Every tensor of a model, in the order of the computation.
std::vector<TensorSpec> tensor_table(const ModelConfig& config);

// What the names of a part's tensors begin with: "tokenizer.", "encoder.residualblock_03.", "decoder.".
std::string scope_of(NetworkPart part, int64_t block = 0);
// Whether a canonical name is of the tokenizer or the encoder, or is of the decoder; the tensor may be an unknown one.
bool is_of_encoder(std::string_view name);
bool is_of_decoder(std::string_view name);
// Whether a name lies in the module of a layer outside the blocks, or is that layer's single tensor.
bool is_of_layer(std::string_view name, Layer layer);

// What the names of the encoder's or the decoder's tensors begin with, without the number of a block:
// "tokenizer.embedding.", "encoder.residualblock_"; and what any of them may end with: ".kernel", ".a_param".
std::vector<std::string> beginnings_of_encoder();
std::vector<std::string> beginnings_of_decoder();
std::vector<std::string> endings_of_names();

// The components of a layer's names below its part: {"recurrent_block", "rg_lru", "input_gate"}.
std::vector<std::string> path_of(Layer layer);
// The component of a part in the names of the whole model: "tokenizer", "residualblock_03".
std::string module_of(NetworkPart part, int64_t block = 0);

// '.' <-> '/'.
std::string canonical_name(std::string published);
std::string published_name(std::string canonical);

}  // namespace trecvit
