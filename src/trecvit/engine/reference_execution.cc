// The network as plain loops. `run` goes layer by layer over all frames, straight from the equations; `step` goes frame
// by frame with carried state. They share nothing that carries state, so that each proves the other.
#include <algorithm>
#include <map>

#include "trecvit/base/float_mode.h"
#include "trecvit/engine/execution.h"
#include "trecvit/engine/reference_ops.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit {
namespace {

using Values = std::vector<float>;

struct Dense {
  Values w, b;
};
struct Norm {
  Values scale, bias;
};

struct TemporalWeights {
  Values norm_scale, decay;
  Dense conv, x, y, gate_x, gate_a, out;
};
struct SpatialWeights {
  Norm norm0, norm1;
  Dense query, key, value, out, mlp0, mlp1;
};

// Reads tensors as plain vectors.
class Reader {
 public:
  explicit Reader(const WeightSource& source) : source_(source) {}
  Values values(const std::string& name) const {
    const HostTensor tensor = source_.read(name);
    return {tensor.as<float>().begin(), tensor.as<float>().end()};
  }
  Values single(Layer layer, int64_t block = 0) const { return values(names_of(layer, block).weight); }
  Dense dense(Layer layer, int64_t block = 0) const {
    const LayerNames names = names_of(layer, block);
    return {values(names.weight), values(names.bias)};
  }
  Norm norm(Layer layer, int64_t block = 0) const {
    const LayerNames names = names_of(layer, block);
    return {values(names.weight), values(names.bias)};
  }

  TemporalWeights temporal(int64_t block) const {
    TemporalWeights w;
    w.norm_scale = single(Layer::kTemporalNorm, block);
    w.conv = dense(Layer::kConv, block);
    w.decay = single(Layer::kDecay, block);
    w.x = dense(Layer::kLinearX, block);
    w.y = dense(Layer::kLinearY, block);
    w.gate_x = dense(Layer::kInputGate, block);
    w.gate_a = dense(Layer::kDecayGate, block);
    w.out = dense(Layer::kLinearOut, block);
    for (float& value : w.decay) value = reference::decay_of(value);
    return w;
  }
  SpatialWeights spatial(int64_t block) const {
    return {norm(Layer::kNorm0, block), norm(Layer::kNorm1, block),  dense(Layer::kQuery, block),
            dense(Layer::kKey, block),  dense(Layer::kValue, block), dense(Layer::kAttentionOut, block),
            dense(Layer::kMlp0, block), dense(Layer::kMlp1, block)};
  }

 private:
  const WeightSource& source_;
};

// Hands the frames of a [T, ...] array to a sink that wants them.
void tap(TapSink* sink, const std::string& name, const Shape& shape, const Values& values, int64_t frames) {
  if (!sink || !sink->wants(name)) return;
  const auto size = static_cast<size_t>(element_count(shape).value());
  for (int64_t t = 0; t < frames; ++t) {
    sink->put(name, t, shape, std::span(values).subspan(static_cast<size_t>(t) * size, size));
  }
}

// Where a walk hands its intermediates, and who may stop it.
struct Walk {
  TapSink* taps;
  const Workspace& workspace;

  // Calls part(begin, end) for one piece of `rows` after the other. Throws Stopped.
  template <class Part>
  void in_pieces(int64_t rows, double operations_per_row, Part part) const {
    constexpr double kSlower = 8;  // than kernels
    const int64_t most = workspace.rows_of_piece(kSlower * operations_per_row);
    for (int64_t begin = 0; begin < rows; begin += most) {
      if (workspace.stopping()) throw Stopped{};
      part(begin, std::min(begin + most, rows));
    }
  }
};

// reference::dense in pieces.
void dense(const Walk& walk, const float* x, int64_t rows, int64_t inputs, const float* w, const float* b,
           int64_t outputs, float* y) {
  walk.in_pieces(rows, static_cast<double>(inputs) * static_cast<double>(outputs), [&](int64_t begin, int64_t end) {
    reference::dense(x + begin * inputs, end - begin, inputs, w, b, outputs, y + begin * outputs);
  });
}

class ReferenceExecution : public Execution {
 public:
  ReferenceExecution(const ModelConfig& config, const WeightSource& weights)
      : c_(config), positions_(position_table(config, weights)) {
    const Reader read(weights);
    embedding_ = read.dense(Layer::kEmbedding);
    if (c_.has_cls()) cls_ = read.single(Layer::kClassToken);
    for (int64_t block = 0; block < c_.depth; ++block) {
      temporal_.push_back(read.temporal(block));
      spatial_.push_back(read.spatial(block));
    }
    norm_ = read.norm(Layer::kEncoderNorm);
    if (!c_.has_head()) return;
    pre_logits_ = read.dense(Layer::kPreLogits);
    classes_ = read.dense(Layer::kClasses);
  }

  size_t weight_bytes() const override { return static_cast<size_t>(c_.parameter_count()) * sizeof(float); }
  bool has_inner_taps() const override { return true; }
  std::unique_ptr<Workspace> make_workspace(int) const override { return std::make_unique<Workspace>(); }

  void step(const float* frame, StreamState& state, Workspace& workspace, const FrameOutputs& out,
            TapSink* taps) const override {
    const FlushDenormals flush;
    const Walk walk{taps, workspace};
    Values x = tokenize(frame, 1, walk);
    for (int64_t block = 0; block < c_.depth; ++block) {
      temporal_block(block, 1, x, walk, [&](const Projected& p) { return recur_step(block, p, state, walk); });
      spatial_block(block, 1, x, walk);
    }
    head(x, 1, out, walk);
  }

  void run(const float* frames, int64_t count, StreamState& state, Workspace& workspace, const FrameOutputs& out,
           TapSink* taps) const override {
    const FlushDenormals flush;
    const Walk walk{taps, workspace};
    Values x = tokenize(frames, count, walk);
    for (int64_t block = 0; block < c_.depth; ++block) {
      temporal_block(block, count, x, walk,
                     [&](const Projected& p) { return recur_clip(block, count, p, state, walk); });
      spatial_block(block, count, x, walk);
    }
    head(x, count, out, walk);
  }

  void classify(const float* features, Workspace&, float* logits) const override {
    reference::dense(features, 1, c_.head_dim, classes_.w.data(), classes_.b.data(), c_.num_classes, logits);
  }

 private:
  // linear_x of the normed input, [T, N, R].
  using Projected = Values;

  Shape wide() const { return {c_.tokens(), c_.width}; }
  Shape recurrent() const { return {c_.tokens(), c_.lru_width}; }
  Values zeros(int64_t frames, int64_t columns) const {
    return Values(static_cast<size_t>(frames * c_.tokens() * columns));
  }

  // frames [T, H, W, 3] -> tokens [T, N, D]: patches times kernel, plus position; the class token in front has none.
  Values tokenize(const float* frames, int64_t count, const Walk& walk) const {
    Values x = zeros(count, c_.width);
    Values patches(static_cast<size_t>(c_.patches() * c_.patch_values()));
    const int64_t first = c_.has_cls() ? 1 : 0;
    for (int64_t t = 0; t < count; ++t) {
      gather_patches(c_, frames + t * c_.image_height * c_.image_width * 3, patches.data());
      float* frame = x.data() + t * c_.tokens() * c_.width;
      if (c_.has_cls()) std::copy(cls_.begin(), cls_.end(), frame);
      float* grid = frame + first * c_.width;
      dense(walk, patches.data(), c_.patches(), c_.patch_values(), embedding_.w.data(), embedding_.b.data(), c_.width,
            grid);
      for (size_t i = 0; i < positions_.size(); ++i) grid[i] += positions_[i];
    }
    tap(walk.taps, "tokenizer", wide(), x, count);
    return x;
  }

  // x += linear_out(h * gelu(linear_y(u))), h = RG-LRU(conv(linear_x(u))), u = RMSNorm(x); `recur` computes h.
  template <class Recur>
  void temporal_block(int64_t block, int64_t count, Values& x, const Walk& walk, Recur recur) const {
    const TemporalWeights& w = temporal_[static_cast<size_t>(block)];
    const int64_t rows = count * c_.tokens(), r = c_.lru_width;
    Values u = zeros(count, c_.width), y = zeros(count, r), projected = zeros(count, r),
           branch = zeros(count, c_.width);
    reference::rms_norm(x.data(), rows, c_.width, w.norm_scale.data(), u.data());
    dense(walk, u.data(), rows, c_.width, w.y.w.data(), w.y.b.data(), r, y.data());
    for (float& value : y) value = reference::gelu(value);
    dense(walk, u.data(), rows, c_.width, w.x.w.data(), w.x.b.data(), r, projected.data());
    tap(walk.taps, temporal_tap(block, "norm"), wide(), u, count);
    tap(walk.taps, temporal_tap(block, "y"), recurrent(), y, count);
    tap(walk.taps, temporal_tap(block, "x"), recurrent(), projected, count);
    Values h = recur(projected);
    for (size_t i = 0; i < h.size(); ++i) h[i] *= y[i];
    dense(walk, h.data(), rows, r, w.out.w.data(), w.out.b.data(), c_.width, branch.data());
    for (size_t i = 0; i < x.size(); ++i) x[i] += branch[i];
    tap(walk.taps, temporal_tap(block, "branch"), wide(), branch, count);
    tap(walk.taps, temporal_tap(block), wide(), x, count);
  }

  // All frames at once: conv as a sum over past frames, gates, scan over T.
  Values recur_clip(int64_t block, int64_t count, const Projected& v, StreamState& state, const Walk& walk) const {
    const TemporalWeights& w = temporal_[static_cast<size_t>(block)];
    const int64_t n = c_.tokens(), r = c_.lru_width, k = c_.conv1d_width, frame = n * r;
    Values history(static_cast<size_t>((k - 1) * frame)), c(v.size()), gx(v.size()), ga(v.size()), h(v.size());
    for (int64_t slot = 0; slot < k - 1; ++slot) {
      std::copy_n(state.conv_slot(block, slot), frame, history.data() + slot * frame);
    }
    std::vector<uint8_t> starts(static_cast<size_t>(count), 0);
    starts[0] = state.frames() == 0;
    reference::causal_conv_clip(v.data(), count, n, r, k, w.conv.w.data(), w.conv.b.data(), history.data(),
                                starts.data(), c.data());
    gates(block, c, count, gx, ga, walk);
    reference::rg_lru_clip(c.data(), gx.data(), ga.data(), count, n, r, w.decay.data(), starts.data(),
                           c_.input_scale == InputScale::kConvex, state.h(block), h.data());
    // The last K - 1 inputs, those before the clip included, become the history; slot i holds what is i-th oldest.
    for (int64_t slot = 0; slot < k - 1; ++slot) {
      const int64_t t = count - (k - 1) + slot;
      const float* from = t >= 0 ? v.data() + t * frame : history.data() + (k - 1 + t) * frame;
      std::copy_n(from, frame, state.conv_slot(block, slot, count));
    }
    tap(walk.taps, temporal_tap(block, "h"), recurrent(), h, count);
    return h;
  }

  // One frame with carried state, number by number.
  Values recur_step(int64_t block, const Projected& v, StreamState& state, const Walk& walk) const {
    const TemporalWeights& w = temporal_[static_cast<size_t>(block)];
    const int64_t r = c_.lru_width, k = c_.conv1d_width;
    const auto width = static_cast<size_t>(r);
    Values c = v, gx(v.size()), ga(v.size());
    const float* newest = w.conv.w.data() + (k - 1) * r;
    for (size_t i = 0; i < v.size(); ++i) c[i] = w.conv.b[i % width] + newest[i % width] * v[i];
    for (int64_t slot = k - 2; slot >= 0; --slot) {
      const float* past = state.conv_slot(block, slot);
      for (size_t i = 0; i < v.size(); ++i) c[i] += w.conv.w[static_cast<size_t>(slot) * width + i % width] * past[i];
    }
    if (k > 1) std::copy(v.begin(), v.end(), state.conv_slot(block, 0));
    gates(block, c, 1, gx, ga, walk);
    float* h = state.h(block);
    for (size_t i = 0; i < v.size(); ++i) {
      h[i] = reference::recur(h[i], c[i], gx[i], ga[i], w.decay[i % static_cast<size_t>(r)], state.frames() == 0,
                              c_.input_scale == InputScale::kConvex);
    }
    Values out(h, h + v.size());
    tap(walk.taps, temporal_tap(block, "h"), recurrent(), out, 1);
    return out;
  }

  void gates(int64_t block, const Values& c, int64_t count, Values& gx, Values& ga, const Walk& walk) const {
    const TemporalWeights& w = temporal_[static_cast<size_t>(block)];
    const int64_t rows = count * c_.tokens(), r = c_.lru_width, heads = c_.num_heads;
    reference::gate(c.data(), rows, r, heads, w.gate_x.w.data(), w.gate_x.b.data(), gx.data());
    reference::gate(c.data(), rows, r, heads, w.gate_a.w.data(), w.gate_a.b.data(), ga.data());
    tap(walk.taps, temporal_tap(block, "conv"), recurrent(), c, count);
    tap(walk.taps, temporal_tap(block, "gate_x"), recurrent(), gx, count);
    tap(walk.taps, temporal_tap(block, "gate_a"), recurrent(), ga, count);
  }

  // x += attention(LayerNorm(x)); x += W2 gelu(W1 LayerNorm(x) + b1) + b2
  void spatial_block(int64_t block, int64_t count, Values& x, const Walk& walk) const {
    const SpatialWeights& w = spatial_[static_cast<size_t>(block)];
    const int64_t n = c_.tokens(), d = c_.width, rows = count * n;
    Values u = zeros(count, d), q = u, k = u, v = u, mixed = u, out = u;
    reference::layer_norm(x.data(), rows, d, w.norm0.scale.data(), w.norm0.bias.data(), u.data());
    tap(walk.taps, spatial_tap(block, "norm0"), wide(), u, count);
    dense(walk, u.data(), rows, d, w.query.w.data(), w.query.b.data(), d, q.data());
    dense(walk, u.data(), rows, d, w.key.w.data(), w.key.b.data(), d, k.data());
    dense(walk, u.data(), rows, d, w.value.w.data(), w.value.b.data(), d, v.data());
    Values scores(static_cast<size_t>(n));
    for (int64_t t = 0; t < count; ++t) {
      const int64_t at = t * n * d;
      walk.in_pieces(n, 2 * static_cast<double>(n) * static_cast<double>(d), [&](int64_t begin, int64_t end) {
        reference::attention(q.data() + at + begin * d, end - begin, k.data() + at, v.data() + at, n, c_.num_heads,
                             c_.attention_width(), scores.data(), mixed.data() + at + begin * d);
      });
    }
    dense(walk, mixed.data(), rows, d, w.out.w.data(), w.out.b.data(), d, out.data());
    for (size_t i = 0; i < x.size(); ++i) x[i] += out[i];
    tap(walk.taps, spatial_tap(block, "attention"), wide(), out, count);
    mlp(block, count, x, walk);
    tap(walk.taps, spatial_tap(block), wide(), x, count);
  }

  void mlp(int64_t block, int64_t count, Values& x, const Walk& walk) const {
    const SpatialWeights& w = spatial_[static_cast<size_t>(block)];
    const int64_t d = c_.width, f = c_.mlp_dim, rows = count * c_.tokens();
    Values u = zeros(count, d), hidden = zeros(count, f), out = zeros(count, d);
    reference::layer_norm(x.data(), rows, d, w.norm1.scale.data(), w.norm1.bias.data(), u.data());
    dense(walk, u.data(), rows, d, w.mlp0.w.data(), w.mlp0.b.data(), f, hidden.data());
    tap(walk.taps, spatial_tap(block, "norm1"), wide(), u, count);
    tap(walk.taps, spatial_tap(block, "mlp_hidden"), {c_.tokens(), f}, hidden, count);
    for (float& value : hidden) value = reference::gelu(value);
    dense(walk, hidden.data(), rows, f, w.mlp1.w.data(), w.mlp1.b.data(), d, out.data());
    for (size_t i = 0; i < x.size(); ++i) x[i] += out[i];
    tap(walk.taps, spatial_tap(block, "mlp"), wide(), out, count);
  }

  // encoder_norm, then tanh(Dense(class token or mean token)) of every frame.
  void head(const Values& x, int64_t count, const FrameOutputs& out, const Walk& walk) const {
    const int64_t n = c_.tokens(), d = c_.width;
    Values encoded(x.size()), features(static_cast<size_t>(count * d)),
        pre_logits(static_cast<size_t>(count * c_.head_dim));
    reference::layer_norm(x.data(), count * n, d, norm_.scale.data(), norm_.bias.data(), encoded.data());
    for (int64_t t = 0; t < count; ++t) {
      const float* frame = encoded.data() + t * n * d;
      float* pooled = features.data() + t * d;
      if (c_.has_cls()) {
        std::copy_n(frame, d, pooled);
      } else {
        reference::mean_token(frame, n, d, pooled);
      }
      if (!c_.has_head()) continue;
      float* to = pre_logits.data() + t * c_.head_dim;
      dense(walk, pooled, 1, d, pre_logits_.w.data(), pre_logits_.b.data(), c_.head_dim, to);
      for (int64_t i = 0; i < c_.head_dim; ++i) to[i] = std::tanh(to[i]);
    }
    tap(walk.taps, "encoder_norm", wide(), encoded, count);
    tap(walk.taps, "pre_logits", {c_.head_dim}, pre_logits, count);
    std::copy(encoded.begin(), encoded.end(), out.tokens);
    std::copy(features.begin(), features.end(), out.features);
    std::copy(pre_logits.begin(), pre_logits.end(), out.pre_logits);
  }

  ModelConfig c_;
  Values positions_, cls_;
  Dense embedding_, pre_logits_, classes_;
  Norm norm_;
  std::vector<TemporalWeights> temporal_;
  std::vector<SpatialWeights> spatial_;
};

}  // namespace

std::unique_ptr<Execution> make_reference_execution(const ModelConfig& config, const WeightSource& weights) {
  return std::make_unique<ReferenceExecution>(config, weights);
}

}  // namespace trecvit
