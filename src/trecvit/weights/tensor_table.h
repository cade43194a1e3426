// The one table of tensors, generated from the config. Loading, saving, converting, counting and "what is missing" all
// read it; nothing else knows the names of a checkpoint.
#pragma once

#include <string>
#include <vector>

#include "trecvit/base/shape.h"
#include "trecvit/config/model_config.h"

namespace trecvit {

struct TensorSpec {
  std::string name;  // canonical: the published key with '.' for '/'
  Shape shape;       // the published layout, nothing transposed
};

// Every tensor of a model, in the order of the computation.
std::vector<TensorSpec> tensor_table(const ModelConfig& config);

// "encoder.residualblock_03.": two digits, and "encoder.encoderblock_3.": none, as published.
std::string temporal_scope(int64_t block);
std::string spatial_scope(int64_t block);

// '.' <-> '/'.
std::string canonical_name(std::string published);
std::string published_name(std::string canonical);

}  // namespace trecvit
