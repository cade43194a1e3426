// Weights before the first step of training.
#pragma once

#include <cstdint>
#include <string_view>

#include "trecvit/model/reconstruction.h"

namespace trecvit::model {

enum class Initialiser {
  // As the published code draws them; right when image weights take the place of the spatial blocks.
  kPublished,
  // For training from nothing: as published, but the patch embedding reads (v - 0.5) * 4 (folded into kernel and bias),
  // positions are as large as the content, and the temporal branch is open.
  kScratch,
};

// Draws every parameter by itself from the stream of its name (base/random.h), on the CPU: the same seed gives the same
// weights on every machine but for the last digit of a mathematical function, and a tensor does not depend on the
// others.
void initialise(TRecViT& model, Initialiser initialiser, uint64_t seed);

// As from scratch; the masked token and the pixels of the first step are small.
void initialise(Reconstruction& reconstruction, uint64_t seed);

// Values from -limit to limit, from the stream of `key`, into a float32 tensor on the CPU.
void draw_uniform(const Tensor& tensor, double limit, uint64_t seed, std::string_view key);

}  // namespace trecvit::model
