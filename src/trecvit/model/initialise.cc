#include "trecvit/model/initialise.h"

#include <ATen/ATen.h>

#include <cmath>

#include "trecvit/base/error.h"
#include "trecvit/base/random.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit::model {
namespace {

// The published initialisers by the end of a tensor's name; what is not named here starts at its layer's own value
// (biases 0, scales of LayerNorm 1, scales of RMSNorm 0, the class token 0).
class Drawer {
 public:
  Drawer(const ModelConfig& config, Initialiser initialiser, uint64_t seed)
      : c_(config), scratch_(initialiser == Initialiser::kScratch), seed_(seed) {}

  Tensor draw(const std::string& name, const Tensor& now) {
    stream_ = RandomStream(seed_, name);
    const auto ends = [&name](std::string_view end) { return name.ends_with(end); };
    const auto d = static_cast<double>(c_.width), r = static_cast<double>(c_.lru_width);
    const auto f = static_cast<double>(c_.mlp_dim), taps = static_cast<double>(c_.conv1d_width);
    if (ends("embedding.kernel"))
      return scratch_ ? kInputScale * normal(now, scratch_patch_std()) : lecun(now, patch());
    if (ends("pos_embedding")) return normal(now, scratch_ ? 1.0 : 1 / std::sqrt(d));
    if (ends("linear_x.kernel") || ends("linear_y.kernel")) return normal(now, 1 / std::sqrt(d));
    if (ends("linear_out.kernel"))
      return normal(now, scratch_ ? 1 / std::sqrt(r) : std::sqrt(2.0 / static_cast<double>(c_.depth) / r));
    if (ends("conv_1d.w")) return normal(now, scratch_ ? 0.5 : std::sqrt(0.01 / taps));
    if (ends("gate.w")) return normal(now, 1 / std::sqrt(r));
    if (ends("a_param")) return decay(now);
    if (ends("query.kernel") || ends("key.kernel") || ends("value.kernel") || ends("out.kernel"))
      return uniform(now, std::sqrt(6 / (d + d)));
    if (ends("Dense_0.kernel") || ends("Dense_1.kernel")) return uniform(now, std::sqrt(6 / (d + f)));
    if (ends("Dense_0.bias") || ends("Dense_1.bias")) return normal(now, 1e-6);
    if (ends("embed.kernel")) return lecun(now, static_cast<double>(now.size(0)));
    if (ends("pixels.kernel")) return normal(now, 0.02);  // else pictures keep the noise of the first weights for long
    if (ends("mask_token")) return normal(now, 0.02);
    if (ends("pre_logits.kernel")) return lecun(now, d);
    if (ends("cls_head.kernel")) return lecun(now, static_cast<double>(c_.head_dim));
    return now;
  }

  // Reading (v - 0.5) s through W is reading v through s W, with the bias less 0.5 s W summed over the patch.
  static Tensor centring_bias(const Tensor& scaled_kernel) { return -0.5 * scaled_kernel.sum({0, 1, 2, 3}); }

 private:
  static constexpr double kInputScale = 4;

  double patch() const { return static_cast<double>(c_.patch_values()); }
  double scratch_patch_std() const { return 2 / std::sqrt(patch()); }

  // Between 0 and 1, neither of them included, in double.
  Tensor unit(const Tensor& like) const {
    Tensor u = at::empty(like.sizes(), at::kDouble);
    auto* values = u.mutable_data_ptr<double>();
    for (int64_t i = 0; i < u.numel(); ++i) values[i] = stream_.unit(static_cast<uint64_t>(i)) + 0x1p-54;
    return u;
  }
  // A normal with its tails cut off, so that `inside` of its weight is left.
  Tensor cut_normal(const Tensor& like, double inside) const {
    return std::sqrt(2.0) * at::erfinv(inside * (2 * unit(like) - 1));
  }
  Tensor normal(const Tensor& like, double std) const { return (std * cut_normal(like, 1)).to(like.dtype()); }
  Tensor uniform(const Tensor& like, double limit) const { return (limit * (2 * unit(like) - 1)).to(like.dtype()); }
  // Normal, cut at two standard deviations, with a variance of 1 / fan_in after the cut.
  Tensor lecun(const Tensor& like, double fan_in) const {
    constexpr double kInside = 0.9544997361036416;  // of a normal, within two standard deviations
    constexpr double kStdAfterCut = 0.87962566103423978;
    return (std::sqrt(1 / fan_in) / kStdAfterCut * cut_normal(like, kInside)).to(like.dtype());
  }
  // The square of exp(-softplus(a_param)) is uniform between those of 0.5 and 0.999.
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

}  // namespace

Initialiser parse_initialiser(std::string_view text, std::string_view where) {
  if (text == "published") return Initialiser::kPublished;
  if (text == "scratch") return Initialiser::kScratch;
  fail_usage(where, "expected published or scratch, got '{}'", printable(text));
}

void initialise(TRecViT& model, Initialiser initialiser, uint64_t seed) {
  const at::NoGradGuard no_grad;
  Drawer drawer(model.config(), initialiser, seed);
  auto parameters = model.named_parameters();
  for (const auto& spec : tensor_table(model.config())) {
    Tensor& parameter = parameters[spec.name];
    parameter.copy_(drawer.draw(spec.name, at::Tensor(parameter.detach().cpu())));
    if (initialiser == Initialiser::kScratch && spec.name.ends_with("embedding.bias")) {
      parameter.copy_(Drawer::centring_bias(parameters["tokenizer.embedding.kernel"]));
    }
  }
}

void initialise(Reconstruction& reconstruction, uint64_t seed) {
  const at::NoGradGuard no_grad;
  Drawer drawer(reconstruction.sizes(), Initialiser::kScratch, seed);
  for (auto& entry : reconstruction.named_parameters())
    entry.value().copy_(drawer.draw("reconstruction." + entry.key(), at::Tensor(entry.value().detach().cpu())));
}

void draw_uniform(const Tensor& tensor, double limit, uint64_t seed, std::string_view key) {
  const at::NoGradGuard no_grad;
  const RandomStream random(seed, key);
  auto* values = tensor.mutable_data_ptr<float>();
  for (int64_t i = 0; i < tensor.numel(); ++i)
    values[i] = static_cast<float>(limit * random.symmetric(static_cast<uint64_t>(i)));
}

}  // namespace trecvit::model
