// Writes the arrays of an image ViT to a file and opens it for a model.
#pragma once

#include <gtest/gtest.h>

#include "support/temp_dir.h"
#include "trecvit/weights/image_vit.h"
#include "weights/image_vit_files.h"

namespace trecvit::test {

// An image network that reads pixels as this model does, so that nothing is folded.
inline constexpr ImageVitInput kAsOurs{{0, 0, 0}, {1, 1, 1}};

class ImageVitFile : public testing::Test {
 protected:
  ImageVit open_npz(const Arrays& arrays, const ModelConfig& target, const ImageVitInput& input = kAsOurs) {
    write_npz(dir_.file("vit.npz"), arrays);
    return open_image_vit(open_weights(open_file(dir_.file("vit.npz"))), target, input);
  }
  ImageVit open_timm(const Arrays& arrays, const ModelConfig& target, const ImageVitInput& input = kAsOurs) {
    write_safetensors(dir_.file("vit.safetensors"), arrays);
    return open_image_vit(open_weights(open_file(dir_.file("vit.safetensors"))), target, input);
  }
  VitSize size_;
  ModelConfig config_ = model_of(size_);
  TempDir dir_;
};

}  // namespace trecvit::test
