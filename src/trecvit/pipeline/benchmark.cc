#include "trecvit/pipeline/benchmark.h"

#include <fmt/format.h>

#include <vector>

#include "trecvit/base/cpu_features.h"
#include "trecvit/base/stats.h"
#include "trecvit/base/stop.h"
#include "trecvit/base/stopwatch.h"
#include "trecvit/engine/provider.h"
#include "trecvit/pipeline/model_input.h"
#include "trecvit/pipeline/result_json.h"

namespace trecvit {
namespace {

// Milliseconds of each timed step.
std::vector<double> time_steps(OpenedModel& opened, const StepCount& count, const std::stop_token& stop,
                               ProgressSink* progress) {
  const ModelConfig& config = opened.config;
  ModelInput input(fmt::format("synthetic:noise?frames=2&size={}x{}", config.image_height, config.image_width), config,
                   {});
  InputFrame frame;
  input.next(frame);
  StreamState state = opened.make_state();
  std::vector<double> times_ms;
  for (int64_t i = 0; i < count.warmup + count.frames; ++i) {
    throw_if_stopped(stop);
    const Stopwatch watch;
    opened.engine.step(frame.pixels.span(), state, static_cast<double>(i) / 25);
    if (i >= count.warmup) times_ms.push_back(1e3 * watch.seconds());
    if (progress) progress->advance(1);
  }
  return times_ms;
}

}  // namespace

Json benchmark(const ModelChoice& choice, const StepCount& count, ProgressSink* progress) {
  const Stopwatch loading;
  OpenedModel opened(choice);
  const double load_seconds = loading.seconds();
  const Model& model = *opened.model;
  Engine& engine = opened.engine;
  const ModelConfig& config = opened.config;
  const std::vector<double> times = time_steps(opened, count, choice.stop, progress);
  const double median = quantile(times, 0.5), gflop = config.flops_per_frame() / 1e9;
  const Provider provider = choose_provider({model.provider()});
  Json object{{"schema", "trecvit.bench/1"},
              {"cpu", cpu_model_name()},
              {"model", choice.model},
              {"precision", word_of(provider.precision)},
              {"provider", provider.name},
              {"threads", engine.threads()},
              {"warmup_frames", count.warmup},
              {"frames", count.frames},
              {"load_s", load_seconds},
              {"best_ms", quantile(times, 0)},
              {"median_ms", median},
              {"p95_ms", quantile(times, 0.95)},
              {"p99_ms", quantile(times, 0.99)},
              {"frames_per_second", 1e3 / median},
              {"gflop_per_frame", gflop},
              {"gflops", gflop / median * 1e3}};
  if (provider.peak_rate) {
    const double peak = provider.peak_rate(engine.threads());
    object["peak_gflops"] = peak;  // with this many threads at once
    object["share_of_peak"] = gflop / median * 1e3 / peak;
  }
  object["weight_bytes"] = model.weight_bytes();
  object["state_bytes"] = model.make_state().bytes();
  object["peak_memory_bytes"] = peak_resident_bytes();
  for (auto& value : object) {
    if (value.is_number_float()) value = readable(value.get<double>());
  }
  return object;
}

}  // namespace trecvit
