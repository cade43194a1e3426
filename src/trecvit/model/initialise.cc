#include "trecvit/model/initialise.h"

#include <ATen/ATen.h>

#include <cmath>

#include "trecvit/base/error.h"
#include "trecvit/base/random.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit::model {
namespace {

// The published initialisers; tensors not named here start at the default of their layer (biases 0, scales of LayerNorm
// 1, scales of RMSNorm 0, the class token 0).
class Sampler {
 public:
  Sampler(const ModelConfig& config, Initialiser initialiser, uint64_t seed)
      : c_(config), scratch_(initialiser == Initialiser::kScratch), seed_(seed) {}

  // name: the random stream to draw from.
  Tensor sample(const TensorSpec& spec, const std::string& name, const Tensor& now) {
    stream_ = RandomStream(seed_, name);
    const auto d = static_cast<double>(c_.width), r = static_cast<double>(c_.lru_width);
    const auto f = static_cast<double>(c_.mlp_dim), taps = static_cast<double>(c_.conv1d_width);
    const bool mlp = spec.layer == Layer::kMlp0 || spec.layer == Layer::kMlp1;
    if (spec.is_bias) return mlp ? normal(now, 1e-6) : now;
    switch (spec.layer) {
      case Layer::kEmbedding:
        return scratch_ ? kInputScale * normal(now, scratch_patch_std()) : lecun(now, patch());
      case Layer::kPositions:
        return normal(now, scratch_ ? 1.0 : 1 / std::sqrt(d));
      case Layer::kLinearX:
      case Layer::kLinearY:
        return normal(now, 1 / std::sqrt(d));
      case Layer::kLinearOut:
        return normal(now, scratch_ ? 1 / std::sqrt(r) : std::sqrt(2.0 / static_cast<double>(c_.depth) / r));
      case Layer::kConv:
        return normal(now, scratch_ ? 0.5 : std::sqrt(0.01 / taps));
      case Layer::kInputGate:
      case Layer::kDecayGate:
        return normal(now, 1 / std::sqrt(r));
      case Layer::kDecay:
        return decay(now);
      case Layer::kQuery:
      case Layer::kKey:
      case Layer::kValue:
      case Layer::kAttentionOut:
        return uniform(now, std::sqrt(6 / (d + d)));
      case Layer::kMlp0:
      case Layer::kMlp1:
        return uniform(now, std::sqrt(6 / (d + f)));
      case Layer::kPreLogits:
        return lecun(now, d);
      case Layer::kClasses:
        return lecun(now, static_cast<double>(c_.head_dim));
      case Layer::kClassToken:
      case Layer::kTemporalNorm:
      case Layer::kNorm0:
      case Layer::kNorm1:
      case Layer::kEncoderNorm:
        return now;
    }
    TRECVIT_CHECK(false);
  }

  // Draws from the random stream `name`.
  Tensor sample_lecun(const std::string& name, const Tensor& now) {
    stream_ = RandomStream(seed_, name);
    return lecun(now, static_cast<double>(now.size(0)));
  }
  Tensor sample_normal(const std::string& name, const Tensor& now, double std) {
    stream_ = RandomStream(seed_, name);
    return normal(now, std);
  }

  // Reading (v - 0.5) s through W is the same as reading v through s W, with the bias reduced by 0.5 s W summed over
  // the patch.
  static Tensor centring_bias(const Tensor& scaled_kernel) { return -0.5 * scaled_kernel.sum({0, 1, 2, 3}); }

 private:
  static constexpr double kInputScale = 4;

  double patch() const { return static_cast<double>(c_.patch_values()); }
  double scratch_patch_std() const { return 2 / std::sqrt(patch()); }

  // Values strictly between 0 and 1, in double.
  Tensor unit(const Tensor& like) const {
    Tensor u = at::empty(like.sizes(), at::kDouble);
    auto* values = u.mutable_data_ptr<double>();
    for (int64_t i = 0; i < u.numel(); ++i) values[i] = stream_.unit(static_cast<uint64_t>(i)) + 0x1p-54;
    return u;
  }
  // A normal distribution with its tails cut off, so that the fraction `inside` of its probability remains.
  Tensor cut_normal(const Tensor& like, double inside) const {
    return std::sqrt(2.0) * at::erfinv(inside * (2 * unit(like) - 1));
  }
  Tensor normal(const Tensor& like, double std) const { return (std * cut_normal(like, 1)).to(like.dtype()); }
  Tensor uniform(const Tensor& like, double limit) const { return (limit * (2 * unit(like) - 1)).to(like.dtype()); }
  // Normal, cut at two standard deviations, with a variance of 1 / fan_in after the cut.
  Tensor lecun(const Tensor& like, double fan_in) const {
    constexpr double kInside = 0.9544997361036416;  // normal probability within two deviations
    constexpr double kStdAfterCut = 0.87962566103423978;
    return (std::sqrt(1 / fan_in) / kStdAfterCut * cut_normal(like, kInside)).to(like.dtype());
  }
  // The square of exp(-softplus(a_param)) is uniform between 0.5^2 and 0.999^2.
  Tensor decay(const Tensor& like) const {
    constexpr double kLeast = 0.5, kMost = 0.999;
    const Tensor log_a = 0.5 * at::log(unit(like) * (kMost * kMost - kLeast * kLeast) + kLeast * kLeast + 1e-8);
    return at::log(at::expm1(-log_a)).to(like.dtype());
  }

  const ModelConfig& c_;
  bool scratch_;
  uint64_t seed_;
  RandomStream stream_{0, ""};
};

std::string name_in_encoder(const TensorSpec& spec) {
  return spec.name.substr(scope_of(NetworkPart::kEncoderEnd).size());
}

}  // namespace

void initialise(TRecViT& model, Initialiser initialiser, uint64_t seed) {
  const at::NoGradGuard no_grad;
  Sampler sampler(model.config(), initialiser, seed);
  auto parameters = model.named_parameters();
  for (const auto& spec : tensor_table(model.config())) {
    Tensor& parameter = parameters[spec.name];
    parameter.copy_(sampler.sample(spec, spec.name, at::Tensor(parameter.detach().cpu())));
  }
  if (initialiser != Initialiser::kScratch) return;
  const LayerNames embedding = names_of(Layer::kEmbedding);
  parameters[embedding.bias].copy_(Sampler::centring_bias(parameters[embedding.weight]));
}

void initialise(Reconstruction& reconstruction, uint64_t seed) {
  constexpr double kSmall = 0.02;  // otherwise pictures keep the noise of the initial weights for long
  const at::NoGradGuard no_grad;
  Sampler sampler(reconstruction.sizes(), Initialiser::kScratch, seed);
  const auto now = [](const Tensor& tensor) { return at::Tensor(tensor.detach().cpu()); };
  const std::string scope = "reconstruction.";
  auto parameters = reconstruction.named_parameters();
  for (const auto& spec : tensor_table(reconstruction.sizes())) {
    if (spec.block < 0) continue;
    const std::string name = name_in_encoder(spec);
    if (Tensor* const found = parameters.find(name))  // there may be no temporal blocks
      found->copy_(sampler.sample(spec, scope + name, now(*found)));
  }
  reconstruction.embed->kernel.copy_(sampler.sample_lecun(scope + "embed.kernel", now(reconstruction.embed->kernel)));
  reconstruction.pixels->kernel.copy_(
      sampler.sample_normal(scope + "pixels.kernel", now(reconstruction.pixels->kernel), kSmall));
  reconstruction.mask_token.copy_(sampler.sample_normal(scope + "mask_token", now(reconstruction.mask_token), kSmall));
}

void draw_uniform(const Tensor& tensor, double limit, uint64_t seed, std::string_view key) {
  const at::NoGradGuard no_grad;
  const RandomStream random(seed, key);
  auto* values = tensor.mutable_data_ptr<float>();
  for (int64_t i = 0; i < tensor.numel(); ++i)
    values[i] = static_cast<float>(limit * random.symmetric(static_cast<uint64_t>(i)));
}

}  // namespace trecvit::model
