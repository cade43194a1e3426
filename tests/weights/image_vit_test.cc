// Image ViTs of every layout, tensor by tensor against the file. That the whole network is the same is
// tests/model/image_start_test.cc.
#include "trecvit/weights/image_vit.h"

#include <gtest/gtest.h>

#include <cstring>

#include "support/errors.h"
#include "support/near.h"
#include "trecvit/weights/tensor_table.h"
#include "weights/image_vit_fixture.h"

namespace trecvit::test {
namespace {

constexpr double kPatchSums = 2e-5;  // tokens: float32 bias from a sum of 48 products

void expect_bits(const WeightSource& weights, const std::string& name, const HostTensor& want) {
  const HostTensor got = weights.read(name);
  EXPECT_EQ(got.shape(), weights.tensors().at(name).shape) << name;
  ASSERT_EQ(got.count(), want.count()) << name;
  EXPECT_EQ(std::memcmp(got.data(), want.data(), got.bytes()), 0) << name;
}

// Exactly the spatial half, in the shapes of the table.
void expect_spatial_half(const WeightSource& weights, const ModelConfig& config) {
  size_t count = 0;
  for (const auto& spec : tensor_table(config)) {
    const bool spatial = !spec.name.starts_with("decoder.") && spec.name.find("residualblock") == std::string::npos;
    ASSERT_EQ(weights.tensors().contains(spec.name), spatial) << spec.name;
    if (!spatial) continue;
    ++count;
    EXPECT_EQ(weights.tensors().at(spec.name).shape, spec.shape) << spec.name;
    EXPECT_EQ(weights.read(spec.name).shape(), spec.shape) << spec.name;
  }
  EXPECT_EQ(weights.tensors().size(), count);
}

void expect_flax_blocks(const WeightSource& weights, const Arrays& file, const FlaxNames& names) {
  for (const std::string block : {"0", "1"}) {
    const std::string there = names.prefix + "Transformer/encoderblock_" + block + "/";
    const std::string here = "encoder.encoderblock_" + block + ".";
    const auto same = [&](const std::string& ours, const std::string& theirs) {
      expect_bits(weights, here + ours, file.at(there + theirs));
    };
    for (const char* end : {"scale", "bias"}) {
      same(std::string("LayerNorm_0.") + end, std::string("LayerNorm_0/") + end);
      same(std::string("LayerNorm_1.") + end, names.second_norm + "/" + end);
    }
    for (const std::string end : {"kernel", "bias"}) {
      for (const std::string part : {"query", "key", "value", "out"}) {
        same("MultiHeadDotProductAttention_0." + part + "." + end, names.attention + "/" + part + "/" + end);
      }
      for (const std::string part : {"Dense_0", "Dense_1"}) {
        same("MlpBlock_0." + part + "." + end, names.mlp + "/" + part + "/" + end);
      }
    }
  }
  expect_bits(weights, "encoder.encoder_norm.scale", file.at(names.prefix + "Transformer/encoder_norm/scale"));
  expect_bits(weights, "encoder.encoder_norm.bias", file.at(names.prefix + "Transformer/encoder_norm/bias"));
  expect_bits(weights, "tokenizer.embedding.kernel", file.at(names.prefix + "embedding/kernel"));
  expect_bits(weights, "tokenizer.embedding.bias", file.at(names.prefix + "embedding/bias"));
}

// Class token and its entry, then the entries of the patches.
void expect_positions_split(const WeightSource& weights, const HostTensor& cls, const HostTensor& positions) {
  const auto width = static_cast<size_t>(cls.count());
  std::vector<float> token(width);
  for (size_t d = 0; d < width; ++d) token[d] = cls.as<float>()[d] + positions.as<float>()[d];
  EXPECT_TRUE(bit_equal("cls", weights.read("tokenizer.cls").as<float>(), token));
  EXPECT_TRUE(bit_equal("positions", weights.read("tokenizer.pos_embedding").as<float>(),
                        positions.as<float>().subspan(width)));
}

TEST_F(ImageVitFile, PublishedLayout) {
  const Arrays file = published_vit(size_);
  const ImageVit vit = open_npz(file, config_);
  EXPECT_EQ(vit.kind, "image ViT (npz)");
  expect_spatial_half(*vit.weights, config_);
  expect_flax_blocks(*vit.weights, file, published_names());
  expect_positions_split(*vit.weights, file.at("cls"), file.at("Transformer/posembed_input/pos_embedding"));
  expect_error(ErrorKind::kInput, {"vit.npz", "head"}, [&] { vit.weights->read("head.kernel"); });
}

TEST_F(ImageVitFile, BigVisionLayout) {
  const Arrays file = big_vision_vit(size_);
  const ImageVit vit = open_npz(file, config_);
  EXPECT_EQ(vit.kind, "image ViT (npz)");
  expect_spatial_half(*vit.weights, config_);
  expect_flax_blocks(*vit.weights, file, big_vision_names());
  expect_bits(*vit.weights, "tokenizer.cls", file.at("params/cls"));
  expect_bits(*vit.weights, "tokenizer.pos_embedding", file.at("params/pos_embedding"));
}

// A file of timm and what was read from it, value by value.
class TimmFile : public ImageVitFile {
 protected:
  void expect_value(float got, const char* stored, int64_t index) const {
    EXPECT_EQ(got, file_.at(stored).as<float>()[static_cast<size_t>(index)]) << stored << ", " << index;
  }
  void expect_attention(const WeightSource& weights) const;
  void expect_mlp(const WeightSource& weights) const;
  void expect_patches(const WeightSource& weights) const;

  const Arrays file_ = timm_vit(size_);
  const int64_t width_ = size_.width;
};

void TimmFile::expect_attention(const WeightSource& weights) const {
  const std::string attention = "encoder.encoderblock_1.MultiHeadDotProductAttention_0.";
  const char* parts[] = {"query", "key", "value"};
  for (int64_t part = 0; part < 3; ++part) {
    const HostTensor kernel = weights.read(attention + parts[part] + ".kernel");
    const HostTensor bias = weights.read(attention + parts[part] + ".bias");
    for (int64_t i = 0; i < width_; ++i) {  // the outputs of all heads, one head after another
      const int64_t output = part * width_ + i;
      expect_value(bias.as<float>()[i], "blocks.1.attn.qkv.bias", output);
      for (int64_t d = 0; d < width_; ++d)
        expect_value(kernel.as<float>()[d * width_ + i], "blocks.1.attn.qkv.weight", output * width_ + d);
    }
  }
  const HostTensor out = weights.read(attention + "out.kernel");
  for (int64_t i = 0; i < width_; ++i) {
    for (int64_t o = 0; o < width_; ++o)
      expect_value(out.as<float>()[i * width_ + o], "blocks.1.attn.proj.weight", o * width_ + i);
  }
}

void TimmFile::expect_mlp(const WeightSource& weights) const {
  const HostTensor up = weights.read("encoder.encoderblock_0.MlpBlock_0.Dense_0.kernel");
  const HostTensor down = weights.read("encoder.encoderblock_0.MlpBlock_0.Dense_1.kernel");
  for (int64_t f = 0; f < size_.mlp_dim; ++f) {
    for (int64_t d = 0; d < width_; ++d) {
      expect_value(up.as<float>()[d * size_.mlp_dim + f], "blocks.0.mlp.fc1.weight", f * width_ + d);
      expect_value(down.as<float>()[f * width_ + d], "blocks.0.mlp.fc2.weight", d * size_.mlp_dim + f);
    }
  }
}

void TimmFile::expect_patches(const WeightSource& weights) const {
  const HostTensor patch = weights.read("tokenizer.embedding.kernel");
  for (int64_t i = 0; i < patch.count(); ++i) {
    const int64_t d = i % width_, c = i / width_ % 3, x = i / width_ / 3 % size_.patch,
                  y = i / width_ / 3 / size_.patch;
    expect_value(patch.as<float>()[i], "patch_embed.proj.weight", ((d * 3 + c) * size_.patch + y) * size_.patch + x);
  }
}

TEST_F(TimmFile, MatricesAreTransposed) {
  const ImageVit vit = open_timm(file_, config_);
  EXPECT_EQ(vit.kind, "image ViT (timm)");
  expect_spatial_half(*vit.weights, config_);
  expect_attention(*vit.weights);
  expect_mlp(*vit.weights);
  expect_patches(*vit.weights);
  for (const auto& [name, stored] : {std::pair("encoder.encoderblock_0.LayerNorm_0.scale", "blocks.0.norm1.weight"),
                                     std::pair("encoder.encoderblock_0.LayerNorm_1.bias", "blocks.0.norm2.bias"),
                                     std::pair("encoder.encoder_norm.scale", "norm.weight"),
                                     std::pair("tokenizer.embedding.bias", "patch_embed.proj.bias")}) {
    expect_bits(*vit.weights, name, file_.at(stored));
  }
  expect_positions_split(*vit.weights, file_.at("cls_token"), file_.at("pos_embed"));
}

TEST_F(ImageVitFile, TimmWithoutAClassPosition) {
  Arrays file = timm_vit(size_);
  add_random(file, "pos_embed", {1, size_.patches(), size_.width});
  const ImageVit vit = open_timm(file, config_);
  expect_bits(*vit.weights, "tokenizer.cls", file.at("cls_token"));
  expect_bits(*vit.weights, "tokenizer.pos_embedding", file.at("pos_embed"));
}

// A patch of pixels through our embedding is the normalised patch through the file's.
TEST_F(ImageVitFile, InputRangeIsFolded) {
  const ImageVitInput inputs[] = {{}, {{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}}};
  const Arrays file = published_vit(size_);
  const auto raw = file.at("embedding/kernel").as<float>();
  const auto bias = file.at("embedding/bias").as<float>();
  const size_t width = bias.size(), pixels = raw.size() / width;
  const HostTensor noise = random_tensor("pixels", {static_cast<int64_t>(pixels)});
  for (const auto& input : inputs) {
    const ImageVit vit = open_npz(file, config_, input);
    const HostTensor our_kernel = vit.weights->read("tokenizer.embedding.kernel");
    const HostTensor our_bias = vit.weights->read("tokenizer.embedding.bias");
    std::vector<double> got(width), want(width);
    for (size_t d = 0; d < width; ++d) {
      got[d] = our_bias.as<float>()[d];
      want[d] = bias[d];
      for (size_t i = 0; i < pixels; ++i) {
        const double v = 0.5 + noise.as<float>()[i];
        got[d] += v * our_kernel.as<float>()[i * width + d];
        want[d] += (v - input.mean[i % 3]) / input.std[i % 3] * raw[i * width + d];
      }
    }
    EXPECT_TRUE(near("token", got, want, kPatchSums));
  }
}

TEST_F(ImageVitFile, UsualInputIsMinusOneToOne) {
  const Arrays file = published_vit(size_);
  const ImageVit vit = open_npz(file, config_, {});
  const HostTensor kernel = vit.weights->read("tokenizer.embedding.kernel");
  for (size_t i = 0; i < kernel.as<float>().size(); ++i) {
    EXPECT_EQ(kernel.as<float>()[i], 2 * file.at("embedding/kernel").as<float>()[i]);
  }
  ASSERT_EQ(vit.notes.size(), 2u);
  EXPECT_EQ(vit.notes[1], "pixels are read as (v - [0.5, 0.5, 0.5]) / [0.5, 0.5, 0.5]");
}

TEST_F(ImageVitFile, PositionsAreResized) {
  const Arrays file = published_vit(size_);  // 3 x 3
  config_.image_height = 2 * size_.patch;
  config_.image_width = 5 * size_.patch;
  const ImageVit vit = open_npz(file, config_);
  expect_spatial_half(*vit.weights, config_);
  ASSERT_EQ(vit.notes.size(), 3u);
  EXPECT_EQ(vit.notes[2], "positions resized from 3 x 3 to 2 x 5 patches");
  const auto old = file.at("Transformer/posembed_input/pos_embedding").as<float>().subspan(8);
  const HostTensor resized = vit.weights->read("tokenizer.pos_embedding");
  for (size_t d = 0; d < 8; ++d) {
    EXPECT_EQ(resized.as<float>()[d], old[d]);
    EXPECT_EQ(resized.as<float>()[9 * 8 + d], old[8 * 8 + d]) << "the last corner";
    EXPECT_NEAR(resized.as<float>()[6 * 8 + d], (old[6 * 8 + d] + old[7 * 8 + d]) / 2, kFloatRounding);
  }
}

// 3 x 5 patches and the class token are 16 entries, which must not be taken for 4 x 4 patches.
TEST_F(ImageVitFile, GridsThatAreNotSquareFitTheSameGrid) {
  Arrays file = published_vit(size_);
  config_.image_width = 5 * size_.patch;
  add_random(file, "Transformer/posembed_input/pos_embedding", {1, 1 + 3 * 5, size_.width});
  const ImageVit vit = open_npz(file, config_);
  EXPECT_EQ(vit.notes.size(), 2u);
  expect_positions_split(*vit.weights, file.at("cls"), file.at("Transformer/posembed_input/pos_embedding"));
  config_.image_height = 4 * size_.patch;
  expect_error(ErrorKind::kInput,
               {"1 differ", "pos_embedding: expected [1, patches of a square picture, 8]", "[1, 16, 8]"},
               [&] { open_npz(file, config_); });
}

// 1 + 3 x 5 is a square number, and 3 x 5 is not.
TEST_F(ImageVitFile, TimmGridsThatAreNotSquareAreRecognised) {
  Arrays file = timm_vit(size_);
  config_.image_width = 5 * size_.patch;
  add_random(file, "pos_embed", {1, 1 + 3 * 5, size_.width});
  const ImageVit vit = open_timm(file, config_);
  const HostTensor table = vit.weights->read("tokenizer.pos_embedding");
  const auto& given = file.at("pos_embed");
  for (size_t i = 0; i < table.as<float>().size(); ++i)
    ASSERT_EQ(table.as<float>()[i], given.as<float>()[static_cast<size_t>(size_.width) + i]) << i;
}

TEST_F(ImageVitFile, ModelsWithoutClassTokenOrTable) {
  const Arrays file = published_vit(size_);
  config_.pool = Pool::kGap;
  const ImageVit mean = open_npz(file, config_);
  expect_spatial_half(*mean.weights, config_);
  config_.pool = Pool::kCls;
  config_.position = Position::kSincos2d;
  const ImageVit fixed = open_npz(file, config_);
  expect_spatial_half(*fixed.weights, config_);
  EXPECT_NE(fixed.weights->read("tokenizer.cls").as<float>()[0], file.at("cls").as<float>()[0])
      << "the token's own position is part of it";
}

TEST_F(ImageVitFile, FilesWithoutClassToken) {
  Arrays file = published_vit(size_);
  file.erase("cls");
  add_random(file, "Transformer/posembed_input/pos_embedding", {1, size_.patches(), size_.width});
  const ImageVit vit = open_npz(file, config_);
  EXPECT_FALSE(vit.weights->tensors().contains("tokenizer.cls"));
  ASSERT_EQ(vit.notes.size(), 3u);
  EXPECT_EQ(vit.notes[2], "the file has no class token, it is new");
  expect_bits(*vit.weights, "tokenizer.pos_embedding", file.at("Transformer/posembed_input/pos_embedding"));
}

}  // namespace
}  // namespace trecvit::test
