// The blocks on the fused kernels of one instruction set. One frame of one block is eleven stages; between stages every
// thread waits for the others. Declared in fused_parts.h.
#include <exception>
#include <string>

#include "trecvit/engine/fused_parts.h"
#include "trecvit/engine/fused_weights.h"
#include "trecvit/engine/fused_workspace.h"
#include "trecvit/engine/ring_memory.h"

namespace trecvit {
namespace {

// Passes values to the callers' sinks from member 0. What a sink throws is rethrown after all members are done.
class Taps {
 public:
  // put(sink) is called between two barriers, while the other members at most read the same values.
  template <class Put>
  void call(const Worker& member, TapSink* sink, Put put) {
    if (!sink || member.index() != 0 || error_) return;
    try {
      put(*sink);
    } catch (...) {
      error_ = std::current_exception();
    }
  }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::exception_ptr error_;
};

// One frame of one stream on its way through the blocks.
struct Frame {
  const StreamTokens& stream;
  RingMemory& memory;
  int64_t t;  // index within the call
  int64_t n;  // number of its tokens
  float* x;   // [n, D] the residual stream
};

class FusedEncoder final : public Encoder {
 public:
  FusedEncoder(const ModelConfig& config, const WeightSource& weights, const Kernels& kernels)
      : c_(config), kernels_(kernels), w_(pack_encoder(config, weights, kernels)) {}

  size_t weight_bytes() const override { return w_.memory.size(); }
  bool has_inner_taps() const override { return false; }
  std::unique_ptr<Workspace> make_workspace(int threads) const override {
    return std::make_unique<FusedWorkspace>(c_, kernels_, threads);
  }
  std::unique_ptr<StreamMemory> make_memory(int64_t tokens) const override {
    return std::make_unique<RingMemory>(c_, tokens);
  }
  size_t memory_bytes(int64_t tokens) const override { return RingMemory::bytes_for(c_, tokens); }
  std::unique_ptr<StepUndo> make_undo(int64_t tokens) const override { return std::make_unique<RingUndo>(c_, tokens); }
  bool reads(const StreamMemory& memory) const override { return dynamic_cast<const RingMemory*>(&memory) != nullptr; }

  void step(std::span<const StreamTokens> streams, Workspace& workspace) const override {
    walk(streams, 1, static_cast<FusedWorkspace&>(workspace));
  }
  void run(const StreamTokens& stream, int64_t frames, Workspace& workspace) const override {
    walk({&stream, 1}, frames, static_cast<FusedWorkspace&>(workspace));
  }

 private:
  // Walks block by block, so that a block's weights are read from memory once for all frames of all streams.
  void walk(std::span<const StreamTokens> streams, int64_t frames, FusedWorkspace& ws) const {
    for (const auto& stream : streams) ws.fit(c_, kernels_, stream.memory->tokens());
    Taps taps;
    ws.team.run([&](ThreadTeam::Member& of_team) {
      Worker member(of_team, ws);
      const auto each_frame = [&](auto&& stages) {
        for (const auto& stream : streams) {
          auto& memory = static_cast<RingMemory&>(*stream.memory);
          const int64_t n = memory.tokens();
          for (int64_t t = 0; t < frames; ++t) stages(Frame{stream, memory, t, n, stream.tokens + t * n * c_.width});
        }
      };
      for (int64_t block = 0; block < c_.depth; ++block) {
        each_frame([&](const Frame& frame) {
          temporal_block(member, block, frame);
          tap(member, taps, [block] { return temporal_tap(block); }, frame);
        });
        each_frame([&](const Frame& frame) {
          spatial_block(member, block, frame);
          tap(member, taps, [block] { return spatial_tap(block); }, frame);
        });
      }
      member.barrier();  // a sink may still read the tokens that now change in place
      each_frame([&](const Frame& frame) { norm(member, w_.norm, frame.n, frame.x, frame.x); });
    });
    taps.rethrow();
    for (const auto& stream : streams) static_cast<RingMemory&>(*stream.memory).advance(frames);
  }

  void dense(const Worker& member, const PackedDense& weights, const float* a, int64_t rows, Epilogue epilogue,
             float* c) const {
    shared_dense(member, kernels_, weights, a, rows, epilogue, c);
  }

  // [n, D]; in place if out is x.
  void norm(const Worker& member, const FusedNorm& norm, int64_t n, const float* x, float* out) const {
    const Range share = share_of(n, member.index(), member.size());
    member.in_pieces(share, static_cast<double>(c_.width), [&](Range rows) {
      if (norm.bias) {
        kernels_.layer_norm(x, norm.scale, norm.bias, c_.width, rows.begin, rows.end, out);
      } else {
        kernels_.rms_norm(x, norm.scale, c_.width, rows.begin, rows.end, out);
      }
    });
  }

  // x += linear_out(h * gelu(linear_y(u))), u = RMSNorm(x), h = RG-LRU(conv(linear_x(u)))
  void temporal_block(Worker& member, int64_t block, const Frame& frame) const {
    FusedWorkspace& ws = member.ws;
    const FusedBlock& w = w_.blocks[static_cast<size_t>(block)];
    norm(member, w.temporal_norm, frame.n, frame.x, ws.normed.data());
    member.barrier();
    dense(member, w.xy, ws.normed.data(), frame.n, Epilogue::kStore, ws.wide.data());
    member.barrier();
    const HeadShare share = share_heads(member, frame.n);
    const auto gates = static_cast<double>(2 * c_.gate_width() * c_.gate_width());
    for (int64_t head = share.heads.begin; head < share.heads.end; ++head) {
      member.in_pieces(share.rows, gates, [&](Range rows) { recur(member, block, head, rows, frame); });
    }
    member.barrier();
    dense(member, w.temporal_out, ws.narrow.data(), frame.n, Epilogue::kResidual, frame.x);
    member.barrier();
  }

  // conv, gates, RG-LRU and GELU product of one head's channels.
  void recur(const Worker& member, int64_t block, int64_t head, Range rows, const Frame& frame) const {
    FusedWorkspace& ws = member.ws;
    const FusedBlock& w = w_.blocks[static_cast<size_t>(block)];
    const int64_t r = c_.lru_width, channel = head * c_.gate_width();
    static_assert(kMaxTaps >= kMaxConvWidth);
    float* history[kMaxTaps];
    for (int64_t slot = 0; slot + 1 < c_.conv1d_width; ++slot) {
      history[slot] = frame.memory.conv_slot(block, slot, frame.t) + channel;
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
    call.first = frame.memory.frames() + frame.t == 0;
    call.convex = c_.input_scale == InputScale::kConvex;
    call.h = frame.memory.h(block) + channel;
    call.out = ws.narrow.data() + channel;
    call.ldo = r;
    call.scratch = ws.scratch[static_cast<size_t>(member.index())].data();
    kernels_.cell(call);
  }

  // x += attention(LayerNorm(x)); x += W2 gelu(W1 LayerNorm(x) + b1) + b2
  void spatial_block(Worker& member, int64_t block, const Frame& frame) const {
    FusedWorkspace& ws = member.ws;
    const FusedBlock& w = w_.blocks[static_cast<size_t>(block)];
    const int64_t n = frame.n;
    float* x = frame.x;
    norm(member, w.norm0, n, x, ws.normed.data());
    member.barrier();
    dense(member, w.qkv, ws.normed.data(), n, Epilogue::kStore, ws.wide.data());
    member.barrier();
    attend(member, n);
    member.barrier();
    dense(member, w.attention_out, ws.narrow.data(), n, Epilogue::kResidual, x);
    member.barrier();
    norm(member, w.norm1, n, x, ws.normed.data());
    member.barrier();
    dense(member, w.mlp0, ws.normed.data(), n, Epilogue::kGelu, ws.wide.data());
    member.barrier();
    dense(member, w.mlp1, ws.wide.data(), n, Epilogue::kResidual, x);
    member.barrier();
  }

  // The members share the heads or, if these do not divide evenly, the tokens of every head.
  struct HeadShare {
    Range heads, rows;
  };
  HeadShare share_heads(const Worker& member, int64_t n) const {
    if (c_.num_heads % member.size() == 0) {
      return {share_of(c_.num_heads, member.index(), member.size()), {0, n}};
    }
    return {{0, c_.num_heads}, share_of(n, member.index(), member.size())};
  }

  void attend(const Worker& member, int64_t n) const {
    FusedWorkspace& ws = member.ws;
    const int64_t d = c_.width, width = c_.attention_width();
    const auto [heads, share] = share_heads(member, n);
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

  // Callers have passed a barrier after the last write to x; the next stage only reads x before its own barrier. `name`
  // makes the name, only on the member that needs it.
  template <class Name>
  void tap(const Worker& member, Taps& taps, Name name, const Frame& frame) const {
    taps.call(member, frame.stream.taps, [&](TapSink& sink) {
      const std::string text(name());
      if (sink.wants(text))
        sink.put(text, frame.t, {frame.n, c_.width}, {frame.x, static_cast<size_t>(frame.n * c_.width)});
    });
  }

  ModelConfig c_;
  const Kernels& kernels_;
  FusedEncoderWeights w_;
};

}  // namespace

std::unique_ptr<const Encoder> make_fused_encoder(const ModelConfig& config, const WeightSource& weights,
                                                  const Kernels& kernels) {
  return std::make_unique<FusedEncoder>(config, weights, kernels);
}

}  // namespace trecvit
