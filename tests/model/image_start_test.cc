// A model that starts from an image ViT, with temporal blocks that add nothing, computes what the image network
// computes. The image network is written here, from the layouts of the files.
#include <gtest/gtest.h>

#include <cmath>

#include "model/model_test.h"
#include "support/near.h"
#include "support/temp_dir.h"
#include "trecvit/model/initialise.h"
#include "trecvit/weights/starting_point.h"
#include "weights/image_vit_files.h"

namespace trecvit::test {
namespace {

constexpr double kFloat32 = 2e-5;  // float32 against float64, two blocks, values from about 1 to 10

Tensor array(const Arrays& file, const std::string& name) { return model::from_host(file.at(name)).to(at::kDouble); }

Tensor layer_norm(const Tensor& x, const Tensor& scale, const Tensor& bias) {
  return at::layer_norm(x, x.sizes().slice(x.dim() - 1), scale, bias, 1e-6);
}

// q, k, v [B, H, N, A]
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v) {
  const double scale = 1 / std::sqrt(static_cast<double>(q.size(3)));
  return at::matmul(at::softmax(at::matmul(q * scale, k.transpose(2, 3)), 3), v);
}

// pixels [B, 3, H, W], normalised -> tokens [B, 1 + n, D] after the last norm
Tensor timm_network(const Arrays& file, const VitSize& size, const Tensor& pixels) {
  const auto linear = [&](const Tensor& x, const std::string& scope) {
    return at::linear(x, array(file, scope + ".weight"), array(file, scope + ".bias"));
  };
  const auto norm = [&](const Tensor& x, const std::string& scope) {
    return layer_norm(x, array(file, scope + ".weight"), array(file, scope + ".bias"));
  };
  const int64_t batch = pixels.size(0), d = size.width, h = size.heads;
  Tensor x =
      at::conv2d(pixels, array(file, "patch_embed.proj.weight"), array(file, "patch_embed.proj.bias"), size.patch);
  x = x.flatten(2).transpose(1, 2);
  x = at::cat({array(file, "cls_token").expand({batch, 1, d}), x}, 1) + array(file, "pos_embed");
  for (int64_t block = 0; block < size.depth; ++block) {
    const std::string scope = "blocks." + std::to_string(block) + ".";
    const Tensor qkv = linear(norm(x, scope + "norm1"), scope + "attn.qkv")
                           .reshape({batch, x.size(1), 3, h, d / h})
                           .permute({2, 0, 3, 1, 4});
    const Tensor read = attention(qkv[0], qkv[1], qkv[2]).transpose(1, 2).reshape({batch, x.size(1), d});
    x = x + linear(read, scope + "attn.proj");
    x = x + linear(at::gelu(linear(norm(x, scope + "norm2"), scope + "mlp.fc1"), "tanh"), scope + "mlp.fc2");
  }
  return norm(x, "norm");
}

// The same for the published .npz: kernels are [inputs, outputs], those of attention [D, H, A] and [H, A, D].
Tensor published_network(const Arrays& file, const VitSize& size, const Tensor& pixels) {
  const int64_t batch = pixels.size(0), d = size.width;
  const auto norm = [&](const Tensor& x, const std::string& scope) {
    return layer_norm(x, array(file, scope + "/scale"), array(file, scope + "/bias"));
  };
  const auto dense = [&](const Tensor& x, const std::string& scope) {
    return at::matmul(x, array(file, scope + "/kernel")) + array(file, scope + "/bias");
  };
  const Tensor kernel = array(file, "embedding/kernel").permute({3, 2, 0, 1});
  Tensor x = at::conv2d(pixels, kernel, array(file, "embedding/bias"), size.patch).flatten(2).transpose(1, 2);
  x = at::cat({array(file, "cls").expand({batch, 1, d}), x}, 1);
  x = x + array(file, "Transformer/posembed_input/pos_embedding");
  for (int64_t block = 0; block < size.depth; ++block) {
    const std::string scope = "Transformer/encoderblock_" + std::to_string(block) + "/";
    const std::string heads = scope + "MultiHeadDotProductAttention_1/";
    const Tensor u = norm(x, scope + "LayerNorm_0");
    const auto project = [&](const std::string& name) {
      const Tensor projected = at::einsum("bnd,dha->bnha", {u, array(file, heads + name + "/kernel")});
      return (projected + array(file, heads + name + "/bias")).transpose(1, 2);
    };
    const Tensor read = attention(project("query"), project("key"), project("value"));
    x = x + at::einsum("bhna,had->bnd", {read, array(file, heads + "out/kernel")}) + array(file, heads + "out/bias");
    const Tensor hidden = at::gelu(dense(norm(x, scope + "LayerNorm_2"), scope + "MlpBlock_3/Dense_0"), "tanh");
    x = x + dense(hidden, scope + "MlpBlock_3/Dense_1");
  }
  return norm(x, "Transformer/encoder_norm");
}

// Tokens [B, 1 + n, D] of one frame [B, H, W, 3].
Tensor started_model(const std::string& path, const ModelConfig& config, const Tensor& frame) {
  model::TRecViT model(config);
  model::initialise(model, model::Initialiser::kPublished, 1);
  const StartingPoint start = open_starting_point(path, config);
  const auto copied = model::load_matching_weights(model, *start.weights, start.missing);
  EXPECT_EQ(copied.size() + start.missing.size(), model.named_parameters().size());
  const at::NoGradGuard no_grad;
  for (auto& entry : model.named_parameters()) {
    if (entry.key().find("linear_out.") != std::string::npos) entry.value().zero_();
  }
  return model.forward(frame.unsqueeze(1)).tokens.squeeze(1);
}

class ImageStart : public testing::Test {
 protected:
  ImageStart() {
    const HostTensor noise = random_tensor("frame", {2, config_.image_height, config_.image_width, 3});
    frame_ = model::from_host(noise) + 0.5;
    normalised_ = ((frame_.to(at::kDouble) - 0.5) / 0.5).permute({0, 3, 1, 2}).contiguous();
  }
  VitSize size_;
  ModelConfig config_ = model_of(size_);
  TempDir dir_;
  Tensor frame_, normalised_;
};

TEST_F(ImageStart, ComputesWhatATimmNetworkComputes) {
  write_safetensors(dir_.file("vit.safetensors"), timm_vit(size_));
  const Tensor got = started_model(dir_.file("vit.safetensors"), config_, frame_);
  EXPECT_TRUE(near("tokens", values(got), values(timm_network(timm_vit(size_), size_, normalised_)), kFloat32));
}

TEST_F(ImageStart, ComputesWhatAPublishedNetworkComputes) {
  write_npz(dir_.file("vit.npz"), published_vit(size_));
  const Tensor got = started_model(dir_.file("vit.npz"), config_, frame_);
  EXPECT_TRUE(
      near("tokens", values(got), values(published_network(published_vit(size_), size_, normalised_)), kFloat32));
}

TEST_F(ImageStart, MissingTensorsKeepTheirValues) {
  write_npz(dir_.file("vit.npz"), published_vit(size_));
  model::TRecViT model(config_), fresh(config_);
  model::initialise(model, model::Initialiser::kPublished, 4);
  model::initialise(fresh, model::Initialiser::kPublished, 4);
  const StartingPoint start = open_starting_point(dir_.file("vit.npz"), config_);
  model::load_matching_weights(model, *start.weights, start.missing);
  const auto now = model.named_parameters(), before = fresh.named_parameters();
  for (const auto& entry : now) {
    EXPECT_EQ(at::equal(entry.value(), before[entry.key()]), start.missing.contains(entry.key())) << entry.key();
  }
}

}  // namespace
}  // namespace trecvit::test
