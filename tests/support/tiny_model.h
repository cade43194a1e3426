// The model for tests that train: takes a second on one core.
#pragma once

namespace trecvit::test {

// The table [model] of a training config.
inline constexpr const char* kTinyModel = R"(
[model]
width = 16
depth = 2
mlp_dim = 32
num_heads = 2
lru_width = 16
patch_size = 8
image_size = 16
head_dim = 24
)";

}  // namespace trecvit::test
