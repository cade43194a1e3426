// Image ViTs that do not fit, and files that are none.
#include <gtest/gtest.h>

#include <limits>

#include "support/errors.h"
#include "weights/image_vit_fixture.h"

namespace trecvit::test {
namespace {

using ImageVitRefused = ImageVitFile;

TEST_F(ImageVitRefused, EveryDifferenceIsListedAtOnce) {
  Arrays file = published_vit(size_);
  file.erase("embedding/bias");
  add_random(file, "embedding/kernel", {8, 8, 3, size_.width});
  add_random(file, "Transformer/encoderblock_1/MultiHeadDotProductAttention_1/query/kernel", {8, 4, 2});
  add_random(file, "Transformer/encoder_norm/gain", {8});
  add_random(file, "Transformer/posembed_input/pos_embedding", {1, 10, 7});
  add_flax_block(file, size_, published_names(), 2);
  expect_error(
      ErrorKind::kInput,
      {"vit.npz", "D=8, depth=2, F=12, 2 heads and patches of 4 pixels", "6 differences", "blocks: expected 2, got 3",
       "embedding/bias: expected [8], missing", "embedding/kernel: expected [4, 4, 3, 8], got [8, 8, 3, 8]",
       "Transformer/encoderblock_1/MultiHeadDotProductAttention_1/query/kernel: expected [8, 2, 4], got [8, 4, 2]",
       "Transformer/encoder_norm/gain: not a tensor of this model, [8]",
       "pos_embedding: expected [1, patches of a square picture, 8], got [1, 10, 7]"},
      [&] { open_npz(file, config_); });
}

TEST_F(ImageVitRefused, TimmDifferencesAreListed) {
  Arrays file = timm_vit(size_);
  add_random(file, "blocks.0.ls1.gamma", {8});
  add_random(file, "reg_token", {1, 4, 8});
  file.erase("blocks.1.attn.qkv.bias");
  file.erase("pos_embed");
  expect_error(ErrorKind::kInput,
               {"4 differences", "blocks.0.ls1.gamma: not a tensor", "reg_token: not a tensor",
                "blocks.1.attn.qkv.bias: expected [24], missing", "pos_embed: expected", "missing"},
               [&] { open_timm(file, config_); });
}

TEST_F(ImageVitRefused, MissingBlocksAreReportedOnce) {
  config_.depth = 5;
  expect_error(ErrorKind::kInput, {"1 differ", "blocks: expected 5, got 2"},
               [&] { open_timm(timm_vit(size_), config_); });
}

TEST_F(ImageVitRefused, BadInputRangeIsRefused) {
  const Arrays file = published_vit(size_);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double std : {0.0, -1.0, nan}) {
    expect_error(ErrorKind::kUsage, {"vit.npz", "positive standard deviation"},
                 [&] { open_npz(file, config_, {{0.5, 0.5, 0.5}, {0.5, std, 0.5}}); });
  }
}

// Names that a block's number is read from may say anything.
TEST_F(ImageVitRefused, OddNamesAreListed) {
  Arrays file = timm_vit(size_);
  for (const char* name :
       {"blocks.99999999999999999999.norm1.weight", "blocks.-1.x", "blocks.x", "blocks.0", "\x1b[31m"}) {
    add_random(file, name, {1});
  }
  expect_error(ErrorKind::kInput, {"5 differ", "blocks.99999999999999999999.norm1.weight", "blocks.-1.x", "?[31m"},
               [&] { open_timm(file, config_); });
}

TEST_F(ImageVitRefused, OtherFilesAreNotImageVits) {
  Arrays file;
  add_random(file, "tokenizer/embedding/kernel", {1, 4, 4, 3, 8});
  write_npz(dir_.file("other.npz"), file);
  EXPECT_FALSE(is_image_vit(*open_weights(open_file(dir_.file("other.npz")))));
}

}  // namespace
}  // namespace trecvit::test
