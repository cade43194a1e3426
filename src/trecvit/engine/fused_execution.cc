// The network on the fused kernels of one instruction set. One frame of one block is eleven stages; between stages
// every thread waits for the others. `run` goes layer by layer, so a layer's weights are read once from memory for all
// frames.
#include <algorithm>
#include <exception>
#include <string>

#include "trecvit/base/error.h"
#include "trecvit/base/thread_team.h"
#include "trecvit/engine/execution.h"
#include "trecvit/engine/fused_weights.h"
#include "trecvit/engine/reference_ops.h"

namespace trecvit {
namespace {

class FusedWorkspace : public Workspace {
 public:
  FusedWorkspace(const ModelConfig& c, const Kernels& kernels, int threads) : team(threads) {
    const auto floats = [](int64_t count) { return Array<float>(static_cast<size_t>(count)); };
    const int64_t n = c.tokens();
    x = floats(n * c.width);
    normed = floats(n * c.width);
    narrow = floats(n * std::max(c.lru_width, c.width));
    wide = floats(std::max({n * 2 * c.lru_width, n * 3 * c.width, n * c.mlp_dim, c.patches() * c.patch_values()}));
    const int64_t scratch_floats =
        std::max(kernels.cell_scratch_floats(c.gate_width()), kernels.attention_scratch_floats(n, c.attention_width()));
    for (int i = 0; i < threads; ++i) scratch.push_back(floats(scratch_floats));
  }

  ThreadTeam team;
  Array<float> x;                     // [N, D] the residual stream of one frame
  Array<float> normed;                // [N, D]
  Array<float> narrow;                // [N, max(R, D)] recurrence or attention before its output projection
  Array<float> wide;                  // [N, max(2R, 3D, F)] projections; the patches before the first block
  std::vector<Array<float>> scratch;  // one a thread
};

// One member of the team in a walk, and where it works.
class Worker {
 public:
  Worker(ThreadTeam::Member& member, FusedWorkspace& workspace) : ws(workspace), member_(member) {}
  int index() const { return member_.index(); }
  int size() const { return member_.size(); }
  // Every member comes to every barrier, also where it left out its work because of a stop.
  void barrier() { member_.barrier(); }

  // Calls part(rows) for one piece of `rows` after the other, until a stop is asked for.
  template <class Part>
  void in_pieces(Range rows, double operations_per_row, Part part) const {
    const int64_t most = ws.rows_of_piece(operations_per_row);
    for (int64_t begin = rows.begin; begin < rows.end && !ws.stopping(); begin += most)
      part(Range{begin, std::min(begin + most, rows.end)});
  }

  FusedWorkspace& ws;

 private:
  ThreadTeam::Member& member_;
};

// Hands values to the caller's sink from member 0. What the sink throws waits until all members are done.
class Taps {
 public:
  explicit Taps(TapSink* sink) : sink_(sink) {}
  // put(sink) is called between two barriers, while the others at most read what it hands over.
  template <class Put>
  void call(const Worker& member, Put put) {
    if (!sink_ || member.index() != 0 || error_) return;
    try {
      put(*sink_);
    } catch (...) {
      error_ = std::current_exception();
    }
  }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  TapSink* sink_;
  std::exception_ptr error_;
};

class FusedExecution : public Execution {
 public:
  FusedExecution(const ModelConfig& config, const WeightSource& weights, const Kernels& kernels)
      : c_(config), kernels_(kernels), w_(config, weights, kernels.panel_columns) {}

  size_t weight_bytes() const override { return w_.memory.size() * sizeof(float); }
  bool has_inner_taps() const override { return false; }
  std::unique_ptr<Workspace> make_workspace(int threads) const override {
    return std::make_unique<FusedWorkspace>(c_, kernels_, threads);
  }

  void step(const float* frame, StreamState& state, Workspace& workspace, const FrameOutputs& out,
            TapSink* sink) const override {
    auto& ws = static_cast<FusedWorkspace&>(workspace);
    Taps taps(sink);
    ws.team.run([&](ThreadTeam::Member& of_team) {
      Worker member(of_team, ws);
      tokenize(member, frame, ws.x.data());
      tap(member, taps, [] { return "tokenizer"; }, 0, ws.x.data());
      for (int64_t block = 0; block < c_.depth; ++block) {
        temporal_block(member, block, 0, state, ws.x.data());
        tap(member, taps, [block] { return temporal_tap(block); }, 0, ws.x.data());
        spatial_block(member, block, ws.x.data());
        tap(member, taps, [block] { return spatial_tap(block); }, 0, ws.x.data());
      }
      head(member, 0, ws.x.data(), out, taps);
    });
    taps.rethrow();
  }

  void run(const float* frames, int64_t count, StreamState& state, Workspace& workspace, const FrameOutputs& out,
           TapSink* sink) const override {
    auto& ws = static_cast<FusedWorkspace&>(workspace);
    Taps taps(sink);
    const int64_t frame_floats = c_.image_height * c_.image_width * 3, token_floats = c_.tokens() * c_.width;
    Array<float> clip(static_cast<size_t>(count * token_floats));  // [T, N, D]
    ws.team.run([&](ThreadTeam::Member& of_team) {
      Worker member(of_team, ws);
      const auto each_frame = [&](auto&& function) {
        for (int64_t t = 0; t < count; ++t) function(t, clip.data() + t * token_floats);
      };
      each_frame([&](int64_t t, float* x) {
        tokenize(member, frames + t * frame_floats, x);
        tap(member, taps, [] { return "tokenizer"; }, t, x);
      });
      for (int64_t block = 0; block < c_.depth; ++block) {
        each_frame([&](int64_t t, float* x) {
          temporal_block(member, block, t, state, x);
          tap(member, taps, [block] { return temporal_tap(block); }, t, x);
        });
        each_frame([&](int64_t t, float* x) {
          spatial_block(member, block, x);
          tap(member, taps, [block] { return spatial_tap(block); }, t, x);
        });
      }
      each_frame([&](int64_t t, float* x) { head(member, t, x, out, taps); });
    });
    taps.rethrow();
  }

  void classify(const float* features, Workspace& workspace, float* logits) const override {
    auto& ws = static_cast<FusedWorkspace&>(workspace);
    ws.team.run([&](ThreadTeam::Member& of_team) {
      const Worker member(of_team, ws);
      dense(member, w_.classes, features, 1, Epilogue::kStore, logits);
    });
  }

 private:
  // One dense layer over `rows` dense rows, shared by panels, or by rows where there are few panels. No barrier.
  void dense(const Worker& member, const PackedDense& weights, const float* a, int64_t rows, Epilogue epilogue,
             float* c) const {
    const int64_t panels = panel_count(weights.outputs, kernels_.panel_columns);
    DenseCall call{a, weights.inputs, 0, rows, &weights, 0, panels, epilogue, c, weights.outputs};
    const bool by_panels = panels % member.size() == 0 || panels >= int64_t{8} * member.size() || rows < member.size();
    const Range share = share_of(by_panels ? panels : rows, member.index(), member.size());
    if (by_panels) {
      call.panel_begin = share.begin;
      call.panel_end = share.end;
    }
    const auto outputs = static_cast<double>((call.panel_end - call.panel_begin) * kernels_.panel_columns);
    member.in_pieces(by_panels ? Range{0, rows} : share, static_cast<double>(weights.inputs) * outputs,
                     [&](Range piece) {
                       call.row_begin = piece.begin;
                       call.row_end = piece.end;
                       kernels_.dense(call);
                     });
  }

  void norm(const Worker& member, const FusedNorm& norm, const float* x, float* out) const {
    const Range share = share_of(c_.tokens(), member.index(), member.size());
    member.in_pieces(share, static_cast<double>(c_.width), [&](Range rows) {
      if (norm.bias) {
        kernels_.layer_norm(x, norm.scale, norm.bias, c_.width, rows.begin, rows.end, out);
      } else {
        kernels_.rms_norm(x, norm.scale, c_.width, rows.begin, rows.end, out);
      }
    });
  }

  // x [N, D] = class token and positions + patches times kernel.
  void tokenize(Worker& member, const float* frame, float* x) const {
    FusedWorkspace& ws = member.ws;
    const int64_t first = c_.has_cls() ? 1 : 0;
    if (member.index() == 0) {
      gather_patches(c_, frame, ws.wide.data());
      std::copy_n(w_.positions, c_.tokens() * c_.width, x);
    }
    member.barrier();
    dense(member, w_.embedding, ws.wide.data(), c_.patches(), Epilogue::kResidual, x + first * c_.width);
    member.barrier();
  }

  // x += linear_out(h * gelu(linear_y(u))), u = RMSNorm(x), h = RG-LRU(conv(linear_x(u)))
  void temporal_block(Worker& member, int64_t block, int64_t frame_offset, StreamState& state, float* x) const {
    FusedWorkspace& ws = member.ws;
    const FusedBlock& w = w_.blocks[static_cast<size_t>(block)];
    norm(member, w.temporal_norm, x, ws.normed.data());
    member.barrier();
    dense(member, w.xy, ws.normed.data(), c_.tokens(), Epilogue::kStore, ws.wide.data());
    member.barrier();
    const HeadShare share = share_heads(member);
    const auto gates = static_cast<double>(2 * c_.gate_width() * c_.gate_width());
    for (int64_t head = share.heads.begin; head < share.heads.end; ++head) {
      member.in_pieces(share.rows, gates, [&](Range rows) { recur(member, {block, head, frame_offset}, rows, state); });
    }
    member.barrier();
    dense(member, w.temporal_out, ws.narrow.data(), c_.tokens(), Epilogue::kResidual, x);
    member.barrier();
  }

  // conv, gates, RG-LRU and GELU product of one head's channels.
  struct Cell {
    int64_t block, head, frame_offset;
  };
  void recur(const Worker& member, Cell cell, Range rows, StreamState& state) const {
    const auto [block, head, frame_offset] = cell;
    FusedWorkspace& ws = member.ws;
    const FusedBlock& w = w_.blocks[static_cast<size_t>(block)];
    const int64_t r = c_.lru_width, channel = head * c_.gate_width();
    float* history[kMaxTaps];
    for (int64_t slot = 0; slot + 1 < c_.conv1d_width; ++slot) {
      history[slot] = state.conv_slot(block, slot, frame_offset) + channel;
    }
    CellCall call;
    call.row_begin = rows.begin;
    call.row_end = rows.end;
    call.width = c_.gate_width();
    call.x = ws.wide.data() + channel;
    call.y = ws.wide.data() + r + channel;
    call.ldxy = 2 * r;
    call.taps = c_.conv1d_width;
    call.history = history;
    call.ldh = r;
    call.conv_weight = w.conv_w + channel;
    call.ldw = r;
    call.conv_bias = w.conv_b + channel;
    call.gates = &w.gates[static_cast<size_t>(head)];
    call.decay = w.decay + channel;
    call.first = state.frames() + frame_offset == 0;
    call.convex = c_.input_scale == InputScale::kConvex;
    call.h = state.h(block) + channel;
    call.out = ws.narrow.data() + channel;
    call.ldo = r;
    call.scratch = ws.scratch[static_cast<size_t>(member.index())].data();
    kernels_.cell(call);
  }

  // x += attention(LayerNorm(x)); x += W2 gelu(W1 LayerNorm(x) + b1) + b2
  void spatial_block(Worker& member, int64_t block, float* x) const {
    FusedWorkspace& ws = member.ws;
    const FusedBlock& w = w_.blocks[static_cast<size_t>(block)];
    const int64_t n = c_.tokens();
    norm(member, w.norm0, x, ws.normed.data());
    member.barrier();
    dense(member, w.qkv, ws.normed.data(), n, Epilogue::kStore, ws.wide.data());
    member.barrier();
    attend(member);
    member.barrier();
    dense(member, w.attention_out, ws.narrow.data(), n, Epilogue::kResidual, x);
    member.barrier();
    norm(member, w.norm1, x, ws.normed.data());
    member.barrier();
    dense(member, w.mlp0, ws.normed.data(), n, Epilogue::kGelu, ws.wide.data());
    member.barrier();
    dense(member, w.mlp1, ws.wide.data(), n, Epilogue::kResidual, x);
    member.barrier();
  }

  // Heads are shared; where they do not divide evenly, the tokens of every head are.
  struct HeadShare {
    Range heads, rows;
  };
  HeadShare share_heads(const Worker& member) const {
    if (c_.num_heads % member.size() == 0) {
      return {share_of(c_.num_heads, member.index(), member.size()), {0, c_.tokens()}};
    }
    return {{0, c_.num_heads}, share_of(c_.tokens(), member.index(), member.size())};
  }

  void attend(const Worker& member) const {
    FusedWorkspace& ws = member.ws;
    const int64_t n = c_.tokens(), d = c_.width, width = c_.attention_width();
    const auto [heads, share] = share_heads(member);
    for (int64_t head = heads.begin; head < heads.end; ++head) {
      const float* q = ws.wide.data() + head * width;
      AttentionCall call{n,
                         width,
                         q,
                         q + d,
                         q + 2 * d,
                         3 * d,
                         0,
                         0,
                         ws.narrow.data() + head * width,
                         d,
                         ws.scratch[static_cast<size_t>(member.index())].data()};
      member.in_pieces(share, 2 * static_cast<double>(n) * static_cast<double>(width), [&](Range rows) {
        call.row_begin = rows.begin;
        call.row_end = rows.end;
        kernels_.attention(call);
      });
    }
  }

  // encoder_norm of every token; tanh(Dense(class token, or mean token)) of frame t.
  void head(Worker& member, int64_t t, const float* x, const FrameOutputs& out, Taps& taps) const {
    float* tokens = out.tokens + t * c_.tokens() * c_.width;
    float* features = out.features + t * c_.width;
    float* pre_logits = out.pre_logits + t * c_.head_dim;
    norm(member, w_.encoder_norm, x, tokens);
    member.barrier();
    if (member.index() == 0) {
      if (c_.has_cls()) {
        std::copy_n(tokens, c_.width, features);
      } else {
        reference::mean_token(tokens, c_.tokens(), c_.width, features);
      }
    }
    member.barrier();
    if (c_.has_head()) {
      dense(member, w_.pre_logits, features, 1, Epilogue::kTanh, pre_logits);
      member.barrier();
    }
    tap(member, taps, [] { return "encoder_norm"; }, t, tokens);
    taps.call(member, [&](TapSink& sink) {
      if (sink.wants("pre_logits"))
        sink.put("pre_logits", t, {c_.head_dim}, {pre_logits, static_cast<size_t>(c_.head_dim)});
    });
  }

  // Callers are past a barrier that ended the writing of `x`; the next stage only reads it before its own barrier.
  // `name` makes the name, on the one member that needs it.
  template <class Name>
  void tap(const Worker& member, Taps& taps, Name name, int64_t t, const float* x) const {
    taps.call(member, [&](TapSink& sink) {
      const std::string text(name());
      if (sink.wants(text))
        sink.put(text, t, {c_.tokens(), c_.width}, {x, static_cast<size_t>(c_.tokens() * c_.width)});
    });
  }

  ModelConfig c_;
  const Kernels& kernels_;
  FusedWeights w_;
};

}  // namespace

std::unique_ptr<Execution> make_fused_execution(const ModelConfig& config, const WeightSource& weights,
                                                const Kernels& kernels) {
  return std::make_unique<FusedExecution>(config, weights, kernels);
}

}  // namespace trecvit
