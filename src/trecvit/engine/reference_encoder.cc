// The blocks as plain loops. `run` goes layer by layer over all frames, straight from the equations; `step` goes frame
// by frame with carried memory. They share no code that carries memory from frame to frame, so that each verifies the
// other. Declared in reference_parts.h.
#include <algorithm>
#include <utility>

#include "trecvit/base/float_mode.h"
#include "trecvit/engine/plain_memory.h"
#include "trecvit/engine/reference_parts.h"
#include "trecvit/engine/reference_walk.h"

namespace trecvit {
namespace {

using reference::Dense;
using reference::Norm;
using reference::Values;

struct TemporalWeights {
  Values norm_scale, decay;
  Dense conv, x, y, gate_x, gate_a, out;
};
struct SpatialWeights {
  Norm norm0, norm1;
  Dense query, key, value, out, mlp0, mlp1;
};

TemporalWeights read_temporal(reference::Reader& read, int64_t block) {
  TemporalWeights w;
  w.norm_scale = read.single(Layer::kTemporalNorm, block);
  w.conv = read.dense(Layer::kConv, block);
  w.decay = read.single(Layer::kDecay, block);
  w.x = read.dense(Layer::kLinearX, block);
  w.y = read.dense(Layer::kLinearY, block);
  w.gate_x = read.dense(Layer::kInputGate, block);
  w.gate_a = read.dense(Layer::kDecayGate, block);
  w.out = read.dense(Layer::kLinearOut, block);
  for (float& value : w.decay) value = reference::decay_of(value);
  return w;
}

SpatialWeights read_spatial(reference::Reader& read, int64_t block) {
  SpatialWeights w;
  w.norm0 = read.norm(Layer::kNorm0, block);
  w.norm1 = read.norm(Layer::kNorm1, block);
  w.query = read.dense(Layer::kQuery, block);
  w.key = read.dense(Layer::kKey, block);
  w.value = read.dense(Layer::kValue, block);
  w.out = read.dense(Layer::kAttentionOut, block);
  w.mlp0 = read.dense(Layer::kMlp0, block);
  w.mlp1 = read.dense(Layer::kMlp1, block);
  return w;
}

// Some frames of one stream on their way through the blocks: how many frames, how many tokens per frame, the workspace
// that can stop them, and the sink for their intermediates.
struct Walk {
  int64_t frames, n;
  const Workspace& workspace;
  TapSink* taps;

  int64_t rows() const { return frames * n; }
  Values zeros(int64_t columns) const { return Values(static_cast<size_t>(rows() * columns)); }
  // values: [frames, n, columns].
  void tap(const std::string& name, int64_t columns, const Values& values) const {
    reference::tap(taps, name, {n, columns}, values, frames);
  }
};

class ReferenceEncoder final : public Encoder {
 public:
  ReferenceEncoder(ModelConfig config, const WeightSource& weights) : c_(std::move(config)) {
    reference::Reader read(weights);
    for (int64_t block = 0; block < c_.depth; ++block) {
      temporal_.push_back(read_temporal(read, block));
      spatial_.push_back(read_spatial(read, block));
    }
    norm_ = read.norm(Layer::kEncoderNorm);
    weight_bytes_ = read.bytes();
  }

  size_t weight_bytes() const override { return weight_bytes_; }
  bool has_inner_taps() const override { return true; }
  std::unique_ptr<Workspace> make_workspace(int) const override { return std::make_unique<Workspace>(); }
  std::unique_ptr<StreamMemory> make_memory(int64_t tokens) const override {
    return std::make_unique<PlainMemory>(c_, tokens);
  }
  size_t memory_bytes(int64_t tokens) const override { return PlainMemory::bytes_for(c_, tokens); }
  std::unique_ptr<StepUndo> make_undo(int64_t tokens) const override { return std::make_unique<PlainUndo>(c_, tokens); }
  bool reads(const StreamMemory& memory) const override { return dynamic_cast<const PlainMemory*>(&memory) != nullptr; }

  void step(std::span<const StreamTokens> streams, Workspace& workspace) const override {
    for (const auto& stream : streams) {
      walk(stream, 1, workspace, [this](int64_t block, const Projected& v, PlainMemory& memory, const Walk& walk) {
        return recur_step(block, v, memory, walk);
      });
    }
  }
  void run(const StreamTokens& stream, int64_t frames, Workspace& workspace) const override {
    walk(stream, frames, workspace, [this](int64_t block, const Projected& v, PlainMemory& memory, const Walk& walk) {
      return recur_clip(block, v, memory, walk);
    });
  }

 private:
  // linear_x of the normalised input, [T, N, R].
  using Projected = Values;

  // `recur` computes the recurrence of a block.
  template <class Recur>
  void walk(const StreamTokens& stream, int64_t frames, Workspace& workspace, Recur recur) const {
    const FlushDenormals flush;
    auto& memory = static_cast<PlainMemory&>(*stream.memory);
    const Walk walk{frames, memory.tokens(), workspace, stream.taps};
    Values x(stream.tokens, stream.tokens + walk.rows() * c_.width);
    for (int64_t block = 0; block < c_.depth; ++block) {
      temporal_block(block, x, walk, [&](const Projected& v) { return recur(block, v, memory, walk); });
      spatial_block(block, x, walk);
    }
    reference::layer_norm(x.data(), walk.rows(), c_.width, norm_.scale.data(), norm_.bias.data(), stream.tokens);
    memory.advance(frames);
  }

  // x += linear_out(h * gelu(linear_y(u))), h = RG-LRU(conv(linear_x(u))), u = RMSNorm(x); `recur` computes h.
  template <class Recur>
  void temporal_block(int64_t block, Values& x, const Walk& walk, Recur recur) const {
    const TemporalWeights& w = temporal_[static_cast<size_t>(block)];
    const int64_t rows = walk.rows(), d = c_.width, r = c_.lru_width;
    Values u = walk.zeros(d), y = walk.zeros(r), projected = walk.zeros(r), branch = walk.zeros(d);
    reference::rms_norm(x.data(), rows, d, w.norm_scale.data(), u.data());
    reference::dense(walk.workspace, u.data(), rows, d, w.y, r, y.data());
    for (float& value : y) value = reference::gelu(value);
    reference::dense(walk.workspace, u.data(), rows, d, w.x, r, projected.data());
    walk.tap(temporal_tap(block, "norm"), d, u);
    walk.tap(temporal_tap(block, "y"), r, y);
    walk.tap(temporal_tap(block, "x"), r, projected);
    Values h = recur(projected);
    for (size_t i = 0; i < h.size(); ++i) h[i] *= y[i];
    reference::dense(walk.workspace, h.data(), rows, r, w.out, d, branch.data());
    for (size_t i = 0; i < x.size(); ++i) x[i] += branch[i];
    walk.tap(temporal_tap(block, "branch"), d, branch);
    walk.tap(temporal_tap(block), d, x);
  }

  // All frames at once: conv as a sum over past frames, gates, scan over T.
  Values recur_clip(int64_t block, const Projected& v, PlainMemory& memory, const Walk& walk) const {
    const TemporalWeights& w = temporal_[static_cast<size_t>(block)];
    const int64_t count = walk.frames, r = c_.lru_width, k = c_.conv1d_width, past = k - 1, frame = walk.n * r;
    Values history(static_cast<size_t>(past * frame)), c(v.size()), gx(v.size()), ga(v.size()), h(v.size());
    float* conv = memory.conv(block);  // [N, K - 1, R]
    for (int64_t i = 0; i < past * walk.n; ++i)
      std::copy_n(conv + i * r, r, history.data() + i % past * frame + i / past * r);
    std::vector<uint8_t> starts(static_cast<size_t>(count), 0);
    starts[0] = memory.frames() == 0;
    reference::causal_conv_clip(v.data(), count, walk.n, r, k, w.conv.w.data(), w.conv.b.data(), history.data(),
                                starts.data(), c.data());
    gates(block, c, gx, ga, walk);
    reference::rg_lru_clip(c.data(), gx.data(), ga.data(), count, walk.n, r, w.decay.data(), starts.data(),
                           c_.input_scale == InputScale::kConvex, memory.h(block), h.data());
    // The last K - 1 inputs, including those before the clip, become the history.
    for (int64_t i = 0; i < past * walk.n; ++i) {
      const int64_t t = count - past + i % past;
      const float* from = t >= 0 ? v.data() + t * frame : history.data() + (past + t) * frame;
      std::copy_n(from + i / past * r, r, conv + i * r);
    }
    walk.tap(temporal_tap(block, "h"), r, h);
    return h;
  }

  // One frame with carried memory, number by number.
  Values recur_step(int64_t block, const Projected& v, PlainMemory& memory, const Walk& walk) const {
    const TemporalWeights& w = temporal_[static_cast<size_t>(block)];
    const int64_t r = c_.lru_width, past = c_.conv1d_width - 1;
    Values c(v.size()), gx(v.size()), ga(v.size());
    float* conv = memory.conv(block);  // [N, K - 1, R]
    for (int64_t n = 0; n < walk.n; ++n) {
      const float* newest = v.data() + n * r;
      float* inputs = conv + n * past * r;
      for (int64_t j = 0; j < r; ++j) {
        float sum = w.conv.b[static_cast<size_t>(j)] + w.conv.w[static_cast<size_t>(past * r + j)] * newest[j];
        for (int64_t slot = past - 1; slot >= 0; --slot)
          sum += w.conv.w[static_cast<size_t>(slot * r + j)] * inputs[slot * r + j];
        c[static_cast<size_t>(n * r + j)] = sum;
      }
      if (past == 0) continue;
      std::copy(inputs + r, inputs + past * r, inputs);
      std::copy_n(newest, r, inputs + (past - 1) * r);
    }
    gates(block, c, gx, ga, walk);
    float* h = memory.h(block);
    for (size_t i = 0; i < v.size(); ++i) {
      h[i] = reference::recur(h[i], c[i], gx[i], ga[i], w.decay[i % static_cast<size_t>(r)], memory.frames() == 0,
                              c_.input_scale == InputScale::kConvex);
    }
    Values out(h, h + v.size());
    walk.tap(temporal_tap(block, "h"), r, out);
    return out;
  }

  void gates(int64_t block, const Values& c, Values& gx, Values& ga, const Walk& walk) const {
    const TemporalWeights& w = temporal_[static_cast<size_t>(block)];
    const int64_t rows = walk.rows(), r = c_.lru_width, heads = c_.num_heads;
    reference::gate(c.data(), rows, r, heads, w.gate_x.w.data(), w.gate_x.b.data(), gx.data());
    reference::gate(c.data(), rows, r, heads, w.gate_a.w.data(), w.gate_a.b.data(), ga.data());
    walk.tap(temporal_tap(block, "conv"), r, c);
    walk.tap(temporal_tap(block, "gate_x"), r, gx);
    walk.tap(temporal_tap(block, "gate_a"), r, ga);
  }

  // x += attention(LayerNorm(x)); x += W2 gelu(W1 LayerNorm(x) + b1) + b2
  void spatial_block(int64_t block, Values& x, const Walk& walk) const {
    const SpatialWeights& w = spatial_[static_cast<size_t>(block)];
    const int64_t n = walk.n, d = c_.width, rows = walk.rows();
    Values u = walk.zeros(d), q = u, k = u, v = u, mixed = u, out = u;
    reference::layer_norm(x.data(), rows, d, w.norm0.scale.data(), w.norm0.bias.data(), u.data());
    walk.tap(spatial_tap(block, "norm0"), d, u);
    reference::dense(walk.workspace, u.data(), rows, d, w.query, d, q.data());
    reference::dense(walk.workspace, u.data(), rows, d, w.key, d, k.data());
    reference::dense(walk.workspace, u.data(), rows, d, w.value, d, v.data());
    Values scores(static_cast<size_t>(n));
    for (int64_t t = 0; t < walk.frames; ++t) {
      const int64_t at = t * n * d;
      const double operations = 2 * static_cast<double>(n) * static_cast<double>(d);
      reference::in_pieces(walk.workspace, n, operations, [&](int64_t begin, int64_t end) {
        reference::attention(q.data() + at + begin * d, end - begin, k.data() + at, v.data() + at, n, c_.num_heads,
                             c_.attention_width(), scores.data(), mixed.data() + at + begin * d);
      });
    }
    reference::dense(walk.workspace, mixed.data(), rows, d, w.out, d, out.data());
    for (size_t i = 0; i < x.size(); ++i) x[i] += out[i];
    walk.tap(spatial_tap(block, "attention"), d, out);
    mlp(block, x, walk);
    walk.tap(spatial_tap(block), d, x);
  }

  void mlp(int64_t block, Values& x, const Walk& walk) const {
    const SpatialWeights& w = spatial_[static_cast<size_t>(block)];
    const int64_t d = c_.width, f = c_.mlp_dim, rows = walk.rows();
    Values u = walk.zeros(d), hidden = walk.zeros(f), out = walk.zeros(d);
    reference::layer_norm(x.data(), rows, d, w.norm1.scale.data(), w.norm1.bias.data(), u.data());
    reference::dense(walk.workspace, u.data(), rows, d, w.mlp0, f, hidden.data());
    walk.tap(spatial_tap(block, "norm1"), d, u);
    walk.tap(spatial_tap(block, "mlp_hidden"), f, hidden);
    for (float& value : hidden) value = reference::gelu(value);
    reference::dense(walk.workspace, hidden.data(), rows, f, w.mlp1, d, out.data());
    for (size_t i = 0; i < x.size(); ++i) x[i] += out[i];
    walk.tap(spatial_tap(block, "mlp"), d, out);
  }

  ModelConfig c_;
  Norm norm_;
  std::vector<TemporalWeights> temporal_;
  std::vector<SpatialWeights> spatial_;
  size_t weight_bytes_;
};

}  // namespace

std::unique_ptr<const Encoder> make_reference_encoder(const ModelConfig& config, const WeightSource& weights) {
  return std::make_unique<ReferenceEncoder>(config, weights);
}

}  // namespace trecvit
