// The layers of layer_cases.h, computed by the kernels of one provider.
#pragma once

#include <algorithm>
#include <deque>

#include "engine/layers_plain.h"

namespace trecvit::test {

// A dense layer packed for `kernels`, with its memory.
class PackedLayer {
 public:
  PackedLayer(const Kernels& kernels, int64_t inputs, int64_t outputs)
      : kernels_(kernels), memory_(kernels.packed_bytes(inputs, outputs)), packed_{inputs, outputs, memory_.data()} {}
  // Adds the next columns of the layer: kernel [inputs, bias size] at `w`.
  void add(const float* w, const float* bias, int64_t outputs) {
    kernels_.pack({w, bias, packed_.inputs, outputs, packed_.outputs, filled_, memory_.data()});
    filled_ += outputs;
  }
  const PackedDense& get() const { return packed_; }
  int64_t panels() const { return panel_count(packed_.outputs, kernels_.panel_columns); }

 private:
  const Kernels& kernels_;
  int64_t filled_ = 0;
  Buffer memory_;
  PackedDense packed_;
};

// One row (N = 1) of conv, gates and recurrence, head by head and frame by frame. Initially the convolution passes its
// newest input on and the gates have no weights.
struct FusedCell {
  FusedCell(const Kernels& table, int64_t all_channels, int64_t heads, int64_t tap_count)
      : kernels(table),
        width(all_channels),
        block(all_channels / heads),
        taps(tap_count),
        history(static_cast<size_t>(taps - 1), std::vector<float>(static_cast<size_t>(width))),
        h(static_cast<size_t>(width)),
        conv_weight(static_cast<size_t>(taps * width)),
        conv_bias(h),
        decay(h),
        scratch(static_cast<size_t>(kernels.cell_scratch_floats(block))) {
    std::fill_n(conv_weight.end() - width, width, 1.0f);
  }

  // Weights of the gates [H, R/H, R/H] and [H, R/H].
  void set_gates(const std::vector<float>& wx, const std::vector<float>& bx, const std::vector<float>& wa,
                 const std::vector<float>& ba) {
    gates.clear();
    for (int64_t head = 0; head < width / block; ++head) {
      PackedLayer& layer = gates.emplace_back(kernels, block, 2 * block);
      layer.add(wx.data() + head * block * block, bx.data() + head * block, block);
      layer.add(wa.data() + head * block * block, ba.data() + head * block, block);
    }
  }

  // Returns h after one more input v [R].
  const std::vector<float>& step(const float* v, bool first) {
    const std::vector<float> y(h.size(), 1.0f);
    std::vector<float> out(h.size());
    for (int64_t head = 0; head < width / block; ++head) {
      const int64_t at = head * block;
      std::vector<float*> slots;
      for (auto& slot : history) slots.push_back(slot.data() + at);
      CellCall call;
      call.row_end = 1;
      call.width = block;
      call.x = v + at;
      call.y = y.data() + at;
      call.ldxy = call.ldh = call.ldw = call.ldo = width;
      call.taps = taps;
      call.history = slots.data();
      call.conv_weight = conv_weight.data() + at;
      call.conv_bias = conv_bias.data() + at;
      call.gates = &gates[static_cast<size_t>(head)].get();
      call.decay = decay.data() + at;
      call.first = first;
      call.convex = convex;
      call.h = h.data() + at;
      call.out = out.data() + at;
      call.scratch = scratch.data();
      kernels.cell(call);
    }
    if (!history.empty()) std::rotate(history.begin(), history.begin() + 1, history.end());
    return h;
  }

  const Kernels& kernels;
  int64_t width, block, taps;                        // R, R/H, K
  std::vector<std::vector<float>> history;           // [K - 1][R], oldest first
  std::vector<float> h;                              // [R]
  std::vector<float> conv_weight, conv_bias, decay;  // [K, R], [R], [R]
  bool convex = false;
  std::deque<PackedLayer> gates;  // one per head
  Array<float> scratch;
};

inline LayerOutputs fused_recurrence(const LayerFile& file, const std::string& name, const Kernels& kernels) {
  const auto values = [&](const std::string& array) { return file.values<float>(name + "/" + array); };
  const int64_t rows = file.extent(name + "/x", 0), frames = file.extent(name + "/x", 1);
  const int64_t width = file.extent(name + "/x", 2), heads = file.extent(name + "/param/a_gate/w", 0);
  LayerOutputs out;
  for (int64_t row = 0; row < rows; ++row) {
    FusedCell cell(kernels, width, heads, 1);  // one tap of weight 1: the convolution passes its input on
    cell.set_gates(values("param/input_gate/w"), values("param/input_gate/b"), values("param/a_gate/w"),
                   values("param/a_gate/b"));
    const auto a_param = values("param/a_param");
    std::transform(a_param.begin(), a_param.end(), cell.decay.begin(), reference::decay_of<float>);
    if (file.contains(name + "/h0")) cell.h = part_of(values("h0"), row, rows);
    const auto x = part_of(values("x"), row, rows);
    const auto starts = starts_of(file, name, row, rows);
    for (int64_t t = 0; t < frames; ++t) {
      append_to(out.outputs, cell.step(x.data() + t * width, starts[static_cast<size_t>(t)] != 0));
    }
    append_to(out.memory, cell.h);
  }
  return out;
}

// At position 0 with an open input gate, the cell's h equals the output of the convolution.
inline LayerOutputs fused_convolution(const LayerFile& file, const std::string& name, const Kernels& kernels) {
  const auto values = [&](const std::string& array) { return file.values<float>(name + "/" + array); };
  const int64_t rows = file.extent(name + "/x", 0), frames = file.extent(name + "/x", 1);
  const int64_t width = file.extent(name + "/x", 2), taps = file.extent(name + "/w", 0);
  LayerOutputs out;
  for (int64_t row = 0; row < rows; ++row) {
    FusedCell cell(kernels, width, 1, taps);
    const std::vector<float> shut(static_cast<size_t>(width * width)), open(static_cast<size_t>(width), 100.0f);
    cell.set_gates(shut, open, shut, open);
    cell.conv_weight = values("w");
    cell.conv_bias = values("b");
    if (file.contains(name + "/cache")) {
      const auto cache = part_of(values("cache"), row, rows);
      for (int64_t slot = 0; slot < taps - 1; ++slot)
        cell.history[static_cast<size_t>(slot)] = part_of(cache, slot, taps - 1);
    }
    const auto x = part_of(values("x"), row, rows);
    const auto starts = starts_of(file, name, row, rows);
    for (int64_t t = 0; t < frames; ++t) {
      if (starts[static_cast<size_t>(t)]) {
        for (auto& slot : cell.history) std::fill(slot.begin(), slot.end(), 0.0f);  // like reset()
      }
      append_to(out.outputs, cell.step(x.data() + t * width, true));
    }
    // The published state keeps inputs from before a start; a reset forgets them.
    if (name != "conv_docs") {
      for (const auto& slot : cell.history) append_to(out.memory, slot);
    }
  }
  return out;
}

inline LayerOutputs fused_attention(const LayerFile& file, const std::string& name, const Kernels& kernels) {
  const auto values = [&](const std::string& array) { return file.values<float>(name + "/" + array); };
  const int64_t rows = file.extent(name + "/x", 0), n = file.extent(name + "/x", 1);
  const int64_t width = file.extent(name + "/x", 2), heads = file.extent(name + "/param/query/bias", 0);
  PackedLayer qkv(kernels, width, 3 * width), last(kernels, width, width);
  for (const char* part : {"query", "key", "value"}) {
    const std::string scope = std::string("param/") + part;
    qkv.add(values(scope + "/kernel").data(), values(scope + "/bias").data(), width);
  }
  last.add(values("param/out/kernel").data(), values("param/out/bias").data(), width);
  Array<float> scratch(static_cast<size_t>(kernels.attention_scratch_floats(n, width / heads)));
  LayerOutputs out;
  for (int64_t row = 0; row < rows; ++row) {
    const auto x = part_of(values("x"), row, rows);
    std::vector<float> wide(x.size() * 3), mixed(x.size()), y(x.size());
    kernels.dense({x.data(), width, 0, n, &qkv.get(), 0, qkv.panels(), Epilogue::kStore, wide.data(), 3 * width});
    for (int64_t head = 0; head < heads; ++head) {
      const float* q = wide.data() + head * width / heads;
      kernels.attention({n, width / heads, q, q + width, q + 2 * width, 3 * width, 0, n,
                         mixed.data() + head * width / heads, width, scratch.data()});
    }
    kernels.dense({mixed.data(), width, 0, n, &last.get(), 0, last.panels(), Epilogue::kStore, y.data(), width});
    append_to(out.outputs, y);
  }
  return out;
}

// rmsnorm, layernorm*, mha, gelu
inline LayerOutputs fused_layer(const LayerFile& file, const std::string& name, const Kernels& kernels) {
  if (name == "mha") return fused_attention(file, name, kernels);
  const auto x = file.values<float>(name + "/x");
  std::vector<float> y(x.size());
  if (name == "gelu") {
    kernels.apply(VectorFunction::kGelu, x.data(), static_cast<int64_t>(x.size()), y.data());
  } else {
    auto scale = file.values<float>(name + "/scale");
    const auto width = static_cast<int64_t>(scale.size()), rows = static_cast<int64_t>(x.size()) / width;
    if (name == "rmsnorm") {
      for (float& value : scale) value += 1;
      kernels.rms_norm(x.data(), scale.data(), width, 0, rows, y.data());
    } else {
      const auto bias = file.values<float>(name + "/bias");
      kernels.layer_norm(x.data(), scale.data(), bias.data(), width, 0, rows, y.data());
    }
  }
  LayerOutputs out;
  append_to(out.outputs, y);
  return out;
}

}  // namespace trecvit::test
