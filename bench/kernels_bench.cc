// Rates of the engine's kernels at the shapes of the released sizes, one thread, for every table this processor can
// run. Weights and state are taken in turn from copies larger than the caches, as in a frame, where each layer has its
// own.
//
//   trecvit_kernels_bench --benchmark_filter=avx512/dense
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "fma_peak.h"
#include "trecvit/base/buffer.h"
#include "trecvit/base/float_mode.h"
#include "trecvit/base/random.h"
#include "trecvit/engine/cpu_features.h"
#include "trecvit/engine/kernels.h"

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

// Copies of one layer's packed weights.
class ColdLayer {
 public:
  ColdLayer(const Kernels& kernels, int64_t inputs, int64_t outputs)
      : panels_(panel_count(outputs, kernels.panel_columns)),
        floats_(panels_ * kernels.panel_columns * inputs),
        copies_(std::max<int64_t>(2, kColdBytes / (floats_ * 4))),
        weights_(random_floats(floats_ * copies_, 0.05)),
        bias_(random_floats(panels_ * kernels.panel_columns, 0.05)),
        inputs_(inputs),
        outputs_(outputs) {}

  PackedDense next() {
    turn_ = (turn_ + 1) % copies_;
    return {.inputs = inputs_, .outputs = outputs_, .panels = weights_.data() + turn_ * floats_, .bias = bias_.data()};
  }
  int64_t panels() const { return panels_; }

 private:
  int64_t panels_, floats_, copies_;
  Array<float> weights_, bias_;
  int64_t inputs_, outputs_, turn_ = 0;
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

void cell(benchmark::State& state, Table table, int64_t heads, int64_t width) {
  const FlushDenormals flush;
  const int64_t channels = heads * width, plane = kTokens * channels, taps = 4;
  ColdLayer gates(*table.kernels, width, 2 * width);
  const Array<float> xy = random_floats(2 * plane, 1), weights = random_floats(taps * channels, 0.5);
  const Array<float> bias = random_floats(channels, 0.1), decay = random_floats(channels, -0.5);
  Array<float> slots = random_floats((taps - 1) * plane, 1), h = random_floats(plane, 1), out = random_floats(plane, 1);
  Array<float> scratch(static_cast<size_t>(table.kernels->cell_scratch_floats(width)));
  std::vector<float> slow(decay.data(), decay.data() + channels);
  for (float& d : slow) d = d > 0 ? -d : d;
  std::vector<float*> history = {slots.data(), slots.data() + plane, slots.data() + 2 * plane};
  for (auto _ : state) {
    for (int64_t head = 0; head < heads; ++head) {
      const PackedDense gate = gates.next();
      const int64_t at = head * width;
      float* const slot[] = {history[0] + at, history[1] + at, history[2] + at};
      table.kernels->cell({.row_begin = 0,
                           .row_end = kTokens,
                           .width = width,
                           .x = xy.data() + channels + at,
                           .y = xy.data() + at,
                           .ldxy = 2 * channels,
                           .taps = taps,
                           .history = slot,
                           .ldh = channels,
                           .conv_weight = weights.data() + at,
                           .ldw = channels,
                           .conv_bias = bias.data() + at,
                           .gates = &gate,
                           .decay = slow.data() + at,
                           .first = false,
                           .convex = false,
                           .h = h.data() + at,
                           .out = out.data() + at,
                           .ldo = channels,
                           .scratch = scratch.data()});
    }
    std::rotate(history.begin(), history.begin() + 1, history.end());
    benchmark::ClobberMemory();
  }
  report_flops(state, table, 4.0 * static_cast<double>(plane * width));
  report_elements(state, static_cast<double>(plane));
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

void apply(benchmark::State& state, Table table, int kind) {
  const Array<float> in = random_floats(4096, 8);
  Array<float> out(in.size());
  for (auto _ : state) {
    table.kernels->apply(kind, in.data(), static_cast<int64_t>(in.size()), out.data());
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

void register_table(const Kernels* kernels, bool runs_here) {
  if (kernels == nullptr || !runs_here) return;
  const Table table = {kernels, fma_peak_gflops(kernels->name)};
  const std::string prefix = std::string(kernels->name) + "/";
  benchmark::AddCustomContext(prefix + "peak_gflops", std::to_string(table.peak_gflops));
  register_dense(table, prefix);
  for (int64_t heads : {3, 6, 12, 16}) {
    benchmark::RegisterBenchmark((prefix + "cell/heads:" + std::to_string(heads) + "/width:128").c_str(), cell, table,
                                 heads, 128);
    benchmark::RegisterBenchmark((prefix + "attention/heads:" + std::to_string(heads) + "/width:64").c_str(), attention,
                                 table, heads, 64);
  }
  benchmark::RegisterBenchmark((prefix + "layer_norm/width:768").c_str(), layer_norm, table, 768);
  const char* functions[] = {"exp", "sigmoid", "gelu", "tanh"};
  for (int kind = 0; kind < 4; ++kind) {
    benchmark::RegisterBenchmark((prefix + functions[kind]).c_str(), apply, table, kind);
  }
}

}  // namespace
}  // namespace trecvit::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  const trecvit::CpuFeatures features = trecvit::cpu_features();
  trecvit::bench::register_table(trecvit::avx2_kernels(), features.avx2_fma);
  trecvit::bench::register_table(trecvit::avx512_kernels(), features.avx512);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
