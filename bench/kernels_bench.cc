// Rates of the engine's kernels at the shapes of the released sizes, on one thread, for every table that this processor
// can run. Weights and state are taken in turn from copies larger than the caches, as in a real frame, where each layer
// has its own.
//
//   trecvit_kernels_bench --benchmark_filter=avx512/dense
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

#include "trecvit/base/buffer.h"
#include "trecvit/base/float_mode.h"
#include "trecvit/base/random.h"
#include "trecvit/engine/kernel_rate.h"
#include "trecvit/engine/kernels.h"
#include "trecvit/engine/provider.h"

namespace trecvit::bench {
namespace {

constexpr int64_t kTokens = 197, kColdBytes = 96 << 20;

Array<float> random_floats(int64_t count, double scale) {
  Array<float> values(static_cast<size_t>(count));
  const RandomStream stream(1, "bench");
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(scale * stream.symmetric(i));
  return values;
}

struct Table {
  const Kernels* kernels;
  double peak_gflops;
};

void report_flops(benchmark::State& state, const Table& table, double flops) {
  const double total = flops * static_cast<double>(state.iterations());
  state.counters["GFLOP/s"] = benchmark::Counter(total * 1e-9, benchmark::Counter::kIsRate);
  state.counters["of_peak"] = benchmark::Counter(total * 1e-9 / table.peak_gflops, benchmark::Counter::kIsRate);
}

void report_elements(benchmark::State& state, double elements) {
  state.counters["s/element"] = benchmark::Counter(elements * static_cast<double>(state.iterations()),
                                                   benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// Copies of one packed layer.
class ColdLayer {
 public:
  ColdLayer(const Kernels& kernels, int64_t inputs, int64_t outputs)
      : panels_(panel_count(outputs, kernels.panel_columns)),
        bytes_((kernels.packed_bytes(inputs, outputs) + kAlignment - 1) / kAlignment * kAlignment),
        copies_(std::max<size_t>(2, kColdBytes / bytes_)),
        memory_(copies_ * bytes_),
        inputs_(inputs),
        outputs_(outputs) {
    const Array<float> w = random_floats(inputs * outputs, 0.05), bias = random_floats(outputs, 0.05);
    for (size_t copy = 0; copy < copies_; ++copy)
      kernels.pack({w.data(), bias.data(), inputs, outputs, outputs, 0, memory_.data() + copy * bytes_});
  }

  PackedDense next() {
    turn_ = (turn_ + 1) % copies_;
    return {inputs_, outputs_, memory_.data() + turn_ * bytes_};
  }
  int64_t panels() const { return panels_; }

 private:
  static constexpr size_t kAlignment = 64;
  int64_t panels_;
  size_t bytes_, copies_, turn_ = 0;
  Buffer memory_;
  int64_t inputs_, outputs_;
};

struct DenseShape {
  int64_t rows, inputs, outputs;
  Epilogue epilogue;
};

void dense(benchmark::State& state, Table table, DenseShape shape) {
  const FlushDenormals flush;
  ColdLayer layer(*table.kernels, shape.inputs, shape.outputs);
  const Array<float> a = random_floats(shape.rows * shape.inputs, 1);
  Array<float> c(static_cast<size_t>(shape.rows * shape.outputs));
  for (auto _ : state) {
    const PackedDense weights = layer.next();
    table.kernels->dense({.a = a.data(),
                          .lda = shape.inputs,
                          .row_begin = 0,
                          .row_end = shape.rows,
                          .weights = &weights,
                          .panel_begin = 0,
                          .panel_end = layer.panels(),
                          .epilogue = shape.epilogue,
                          .c = c.data(),
                          .ldc = shape.outputs});
    benchmark::ClobberMemory();
  }
  report_flops(state, table, 2.0 * static_cast<double>(shape.rows * shape.inputs * shape.outputs));
  const double bytes = 4.0 * static_cast<double>(shape.inputs * shape.outputs);
  state.counters["weights/s"] =
      benchmark::Counter(bytes * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

// The state of one layer at a time, out of enough layers to exceed the caches, and the other inputs and outputs of the
// cell.
class ColdCells {
 public:
  ColdCells(int64_t heads, int64_t width)
      : width_(width),
        channels_(heads * width),
        plane_(kTokens * channels_),
        layers_(std::max<int64_t>(2, kColdBytes / (kTaps * plane_ * 4))),
        xy_(random_floats(2 * plane_, 1)),
        weights_(random_floats((kTaps + 1) * channels_, 0.5)),
        decay_(random_floats(channels_, 0.5)),
        state_(random_floats(layers_ * kTaps * plane_, 1)),
        out_(static_cast<size_t>(plane_)) {
    for (float& d : decay_.span()) d = std::min(d, -d);
  }

  // Everything but the gates and the scratch memory.
  CellCall call(int64_t head) {
    const int64_t at = head * width_;
    float* state = state_.data() + layer_ * kTaps * plane_ + at;
    for (int64_t i = 0; i < kTaps - 1; ++i) history_[i] = state + (i + 1) * plane_;
    return {.row_end = kTokens,
            .width = width_,
            .x = xy_.data() + channels_ + at,
            .y = xy_.data() + at,
            .ldxy = 2 * channels_,
            .taps = kTaps,
            .history = history_,
            .ldh = channels_,
            .conv_weight = weights_.data() + at,
            .ldw = channels_,
            .conv_bias = weights_.data() + kTaps * channels_ + at,
            .decay = decay_.data() + at,
            .h = state,
            .out = out_.data() + at,
            .ldo = channels_};
  }
  void next_layer() { layer_ = (layer_ + 1) % layers_; }

 private:
  static constexpr int64_t kTaps = 4;
  int64_t width_, channels_, plane_, layers_, layer_ = 0;
  Array<float> xy_, weights_, decay_, state_, out_;
  float* history_[kTaps - 1];
};

void cell(benchmark::State& state, Table table, int64_t heads, int64_t width) {
  const FlushDenormals flush;
  ColdLayer gates(*table.kernels, width, 2 * width);
  ColdCells cells(heads, width);
  Array<float> scratch(static_cast<size_t>(table.kernels->cell_scratch_floats(width)));
  for (auto _ : state) {
    for (int64_t head = 0; head < heads; ++head) {
      const PackedDense gate = gates.next();
      CellCall call = cells.call(head);
      call.gates = &gate;
      call.scratch = scratch.data();
      table.kernels->cell(call);
    }
    cells.next_layer();
    benchmark::ClobberMemory();
  }
  const auto elements = static_cast<double>(kTokens * heads * width);
  report_flops(state, table, 4.0 * elements * static_cast<double>(width));
  report_elements(state, elements);
}

void attention(benchmark::State& state, Table table, int64_t heads, int64_t width) {
  const FlushDenormals flush;
  const int64_t model = heads * width;
  const Array<float> qkv = random_floats(kTokens * 3 * model, 1);
  Array<float> out(static_cast<size_t>(kTokens * model));
  Array<float> scratch(static_cast<size_t>(table.kernels->attention_scratch_floats(kTokens, width)));
  for (auto _ : state) {
    for (int64_t head = 0; head < heads; ++head) {
      table.kernels->attention({.tokens = kTokens,
                                .width = width,
                                .q = qkv.data() + head * width,
                                .k = qkv.data() + model + head * width,
                                .v = qkv.data() + 2 * model + head * width,
                                .ldqkv = 3 * model,
                                .row_begin = 0,
                                .row_end = kTokens,
                                .out = out.data() + head * width,
                                .ldo = model,
                                .scratch = scratch.data()});
    }
    benchmark::ClobberMemory();
  }
  report_flops(state, table, 4.0 * static_cast<double>(kTokens * kTokens * model));
}

void apply(benchmark::State& state, Table table, VectorFunction function) {
  const Array<float> in = random_floats(4096, 8);
  Array<float> out(in.size());
  for (auto _ : state) {
    table.kernels->apply(function, in.data(), static_cast<int64_t>(in.size()), out.data());
    benchmark::ClobberMemory();
  }
  report_elements(state, static_cast<double>(in.size()));
}

void layer_norm(benchmark::State& state, Table table, int64_t width) {
  const Array<float> x = random_floats(kTokens * width, 1), scale = random_floats(width, 1);
  Array<float> out(x.size());
  for (auto _ : state) {
    table.kernels->layer_norm(x.data(), scale.data(), scale.data(), width, 0, kTokens, out.data());
    benchmark::ClobberMemory();
  }
  report_elements(state, static_cast<double>(x.size()));
}

void register_dense(const Table& table, const std::string& prefix) {
  constexpr Epilogue kStore = Epilogue::kStore, kGelu = Epilogue::kGelu, kResidual = Epilogue::kResidual;
  const DenseShape shapes[] = {
      {kTokens, 192, 768, kStore},      {kTokens, 192, 576, kStore},     {kTokens, 192, 768, kGelu},
      {kTokens, 768, 192, kResidual},   {kTokens, 384, 192, kResidual},  {kTokens, 384, 1536, kStore},
      {kTokens, 384, 1536, kGelu},      {kTokens, 1536, 384, kResidual}, {kTokens, 768, 3072, kStore},
      {kTokens, 768, 3072, kGelu},      {kTokens, 3072, 768, kResidual}, {kTokens, 1536, 768, kResidual},
      {kTokens, 768, 2304, kStore},     {kTokens, 768, 768, kResidual},  {kTokens, 1024, 4096, kGelu},
      {kTokens, 4096, 1024, kResidual}, {kTokens, 128, 256, kStore},     {1, 768, 3072, Epilogue::kTanh},
      {1, 3072, 400, kStore},
  };
  for (const DenseShape& shape : shapes) {
    const char* epilogues[] = {"store", "gelu", "tanh", "residual"};
    benchmark::RegisterBenchmark(
        (prefix + "dense/" + std::to_string(shape.rows) + "x" + std::to_string(shape.inputs) + "x" +
         std::to_string(shape.outputs) + "/" + epilogues[static_cast<int>(shape.epilogue)])
            .c_str(),
        dense, table, shape);
  }
}

void register_provider(const Provider& provider) {
  const Kernels* kernels = provider.kernels();
  const Table table = {kernels, measure_peak_gflops(*kernels)};
  const std::string prefix = std::string(provider.name) + "/";
  benchmark::AddCustomContext(prefix + "peak_gflops", std::to_string(table.peak_gflops));
  register_dense(table, prefix);
  for (int64_t heads : {3, 6, 12, 16}) {
    benchmark::RegisterBenchmark((prefix + "cell/heads:" + std::to_string(heads) + "/width:128").c_str(), cell, table,
                                 heads, 128);
    benchmark::RegisterBenchmark((prefix + "attention/heads:" + std::to_string(heads) + "/width:64").c_str(), attention,
                                 table, heads, 64);
  }
  benchmark::RegisterBenchmark((prefix + "layer_norm/width:768").c_str(), layer_norm, table, 768);
  const std::pair<const char*, VectorFunction> functions[] = {{"exp", VectorFunction::kExp},
                                                              {"sigmoid", VectorFunction::kSigmoid},
                                                              {"gelu", VectorFunction::kGelu},
                                                              {"tanh", VectorFunction::kTanh}};
  for (const auto& [name, function] : functions)
    benchmark::RegisterBenchmark((prefix + name).c_str(), apply, table, function);
}

}  // namespace
}  // namespace trecvit::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  for (const auto& provider : trecvit::available_providers()) {
    if (provider.kernels) trecvit::bench::register_provider(provider);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
