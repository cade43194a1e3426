#include "trecvit/pipeline/step_times.h"

#include <fmt/format.h>

#include <chrono>

#include "trecvit/pipeline/model_input.h"

namespace trecvit {

std::vector<double> time_steps(Engine& engine, StreamState state, const StepCount& count, const WorkControl& control) {
  using Clock = std::chrono::steady_clock;
  const ModelConfig& config = engine.model().config();
  ModelInput input(fmt::format("synthetic:noise?frames=2&size={}x{}", config.image_height, config.image_width), config,
                   {});
  const auto first = input.next();
  const std::vector<float> frame(first->pixels.begin(), first->pixels.end());
  std::vector<double> times_ms;
  for (int64_t i = 0; i < count.warmup + count.frames; ++i) {
    throw_if_stopped(control.stop);
    const auto start = Clock::now();
    engine.step(frame, state, static_cast<double>(i) / 25);
    if (i >= count.warmup) times_ms.push_back(1e3 * std::chrono::duration<double>(Clock::now() - start).count());
    if (control.progress) control.progress->advance(1);
  }
  return times_ms;
}

}  // namespace trecvit
