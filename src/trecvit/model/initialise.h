// The initial weights of a training run.
#pragma once

#include <cstdint>
#include <string_view>

#include "trecvit/model/reconstruction.h"

namespace trecvit::model {

enum class Initialiser {
  // As the published code draws them; the right choice if the spatial blocks are then loaded from an image model.
  kPublished,
  // For training from scratch: as published, but the patch embedding reads (v - 0.5) * 4 (folded into kernel and bias),
  // positions are as large as the content, and the temporal branch is open.
  kScratch,
};

// Draws every parameter independently, on the CPU, from the random stream of its name (base/random.h). The same seed
// gives the same weights on every machine, except for the last digit of a mathematical function, and no tensor depends
// on another.
void initialise(TRecViT& model, Initialiser initialiser, uint64_t seed);

// As kScratch; the mask token and the pixels predicted at the first step are small.
void initialise(Reconstruction& reconstruction, uint64_t seed);

// Fills a float32 tensor on the CPU with values from -limit to limit, drawn from the random stream of `key`.
void draw_uniform(const Tensor& tensor, double limit, uint64_t seed, std::string_view key);

}  // namespace trecvit::model
