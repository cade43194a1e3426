#include "trecvit/engine/activation_bound.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "trecvit/weights/tensor_table.h"

namespace trecvit {
namespace {

constexpr double kMost = 1e37;  // limit for every number; the largest float is 3.4e38
// A float sum of up to 2^20 products is off by at most 6 % of the sum of their magnitudes.
constexpr double kSumRounding = 2;
// For one addition to the residual stream, in as many slices as a dense layer has.
constexpr double kResidualRounding = 1.001;
// |h| <= |input| * max over a of sqrt(1 - a^2) / (1 - a) = sqrt((1 + a) / (1 - a)). In float32, a rounds to 1 if 1 - a
// < 2^-25. Then the input's factor is below 2^-11, and h stops growing once half a unit in its last place exceeds what
// is added: at 2^14 times the input. Twice that also covers the rounding on the way there. The convex form stays below.
constexpr double kMemory = 32768;

// Follows docs/model.md with one bound for all numbers of each intermediate.
class BoundWalk {
 public:
  BoundWalk(const ModelConfig& config, const std::map<std::string, float>& column_sums)
      : c_(config), column_sums_(column_sums), width_(static_cast<double>(config.width)) {}

  ActivationBound bound() {
    const double positions = c_.position == Position::kLearned ? weight(Layer::kPositions) : 1;
    x_ = note(dense(pixel_bound(c_), Layer::kEmbedding) + positions + (c_.has_cls() ? weight(Layer::kClassToken) : 0));
    for (int64_t block = 0; block < c_.depth; ++block) {
      temporal_block(block);
      spatial_block(block);
    }
    const double encoded = layer_norm(Layer::kEncoderNorm);
    constexpr double kTanh = 1.001;
    if (c_.has_head()) {
      dense(encoded, Layer::kPreLogits);
      dense(kTanh, Layer::kClasses);
    }
    constexpr float kLargest = std::numeric_limits<float>::max();
    if (!holds_) return {false, kLargest, kLargest};
    return {true, static_cast<float>(hidden_), static_cast<float>(conv_)};
  }

 private:
  double note(double value) {
    if (!(value < kMost)) holds_ = false;  // also for NaN
    return value;
  }
  double column(const std::string& name) const { return static_cast<double>(column_sums_.at(name)); }
  double weight(Layer layer, int64_t block = 0) const { return column(names_of(layer, block).weight); }
  double bias(Layer layer, int64_t block = 0) const { return column(names_of(layer, block).bias); }
  double dense(double in, Layer layer, int64_t block = 0) {
    return note(kSumRounding * (weight(layer, block) * in + bias(layer, block)));
  }
  void add_to_residual(double branch) { x_ = note(kResidualRounding * (x_ + branch)); }

  // A normalised number is at most sqrt(D), because the sum of the D squares includes its own. If that sum overflows,
  // the quotient is 0. The mean of a layer norm must not overflow.
  double layer_norm(Layer layer, int64_t block = 0) {
    note(kSumRounding * width_ * x_);
    return note(kSumRounding * (std::sqrt(width_) * weight(layer, block) + bias(layer, block)));
  }

  void temporal_block(int64_t block) {
    const double u = note(kSumRounding * std::sqrt(width_) * (1 + weight(Layer::kTemporalNorm, block)));
    const double v = dense(u, Layer::kLinearX, block), y = dense(u, Layer::kLinearY, block);
    const double conv = dense(v, Layer::kConv, block);
    for (const Layer gate : {Layer::kInputGate, Layer::kDecayGate}) dense(conv, gate, block);
    note(8 * (weight(Layer::kDecay, block) + 1));  // an infinite decay times a closed gate is NaN
    const double h = note(kMemory * conv);
    hidden_ = std::max(hidden_, h);
    conv_ = std::max(conv_, v);
    add_to_residual(dense(note(kSumRounding * h * y), Layer::kLinearOut, block));  // |gelu(y)| <= |y|
  }

  void spatial_block(int64_t block) {
    const double u = layer_norm(Layer::kNorm0, block);
    const double q = dense(u, Layer::kQuery, block), k = dense(u, Layer::kKey, block);
    const double v = dense(u, Layer::kValue, block);
    note(kSumRounding * static_cast<double>(c_.attention_width()) * q * k);  // scores
    note(kSumRounding * static_cast<double>(c_.tokens()) * v);               // values times numerators of the softmax
    add_to_residual(dense(kSumRounding * v, Layer::kAttentionOut, block));
    add_to_residual(dense(dense(layer_norm(Layer::kNorm1, block), Layer::kMlp0, block), Layer::kMlp1, block));
  }

  const ModelConfig& c_;
  const std::map<std::string, float>& column_sums_;
  double width_;
  double x_ = 0;  // the residual stream
  double hidden_ = 0, conv_ = 0;
  bool holds_ = true;
};

}  // namespace

float largest_column_sum(std::span<const float> values, size_t columns) {
  if (columns == 0) return 0;
  std::vector<float> sums(columns);
  float* to = sums.data();
  for (const float* row = values.data(); row + columns <= values.data() + values.size(); row += columns) {
    for (size_t j = 0; j < columns; ++j) to[j] += std::abs(row[j]);
  }
  float largest = 0;
  for (const float sum : sums) {
    if (!std::isfinite(sum)) return std::numeric_limits<float>::infinity();
    largest = std::max(largest, sum);
  }
  return largest;
}

float pixel_bound(const ModelConfig& config) {
  constexpr double kResampling = 1.001;
  return static_cast<float>(kResampling * std::max(1.0, 255 * config.preprocess.scale));
}

ActivationBound activation_bound(const ModelConfig& config, const std::map<std::string, float>& column_sums) {
  return BoundWalk(config, column_sums).bound();
}

}  // namespace trecvit
