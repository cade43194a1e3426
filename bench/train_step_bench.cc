// Time and memory of a training step, in a process set up like trecvit-train. Prints one JSON object. With --save,
// writes the weights and the clips of the run into a folder, for another program to start from (bench/train_step.py).
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>

#include "trecvit/base/random.h"
#include "trecvit/base/stats.h"
#include "trecvit/io/json.h"
#include "trecvit/io/npz.h"
#include "trecvit/model/initialise.h"
#include "trecvit/model/model_weights.h"
#include "trecvit/train/tasks/classification.h"
#include "trecvit/train/train_step.h"
#include "trecvit/weights/model_files.h"

// If this symbol exists, MKL also uses its fast kernels on processors of other vendors, as in trecvit-train.
extern "C" __attribute__((visibility("default"))) int mkl_serv_intel_cpu_true() { return 1; }

namespace {

using namespace trecvit;

struct Args {
  std::string size = "S", precision = "f32", weights = "scratch", save;
  int64_t batch = 2, frames = 16, steps = 5, threads = 2;
  bool recompute = false;
};

void set_up_process(int64_t threads) {
  constexpr int kKeep = 1 << 30;
  mallopt(M_MMAP_THRESHOLD, kKeep);
  mallopt(M_TRIM_THRESHOLD, kKeep);
  at::set_num_threads(static_cast<int>(threads));
  at::parallel_for(0, threads, 1, [](int64_t, int64_t) { at::globalContext().setFlushDenormal(true); });
}

// Noise, with random labels.
Batch random_batch(const Args& args, const ModelConfig& config) {
  const RandomStream pixels(1, "pixels"), labels(1, "labels");
  Batch batch;
  batch.clips = args.batch;
  batch.pixels.resize(static_cast<size_t>(args.batch * args.frames * config.image_height * config.image_width * 3));
  for (size_t i = 0; i < batch.pixels.size(); ++i) batch.pixels[i] = pixels.byte(i);
  batch.targets.resize(static_cast<size_t>(args.batch * config.num_classes));
  for (int64_t i = 0; i < args.batch; ++i) {
    batch.label.push_back(
        static_cast<int64_t>(labels.bits(static_cast<uint64_t>(i)) % static_cast<uint64_t>(config.num_classes)));
    batch.targets[static_cast<size_t>(i * config.num_classes + batch.label.back())] = 1;
  }
  return batch;
}

// Writes FOLDER/weights.npz with the published names, and FOLDER/batch.npz with pixels [B, T, H, W, 3] and labels [B].
void save(const Args& args, const model::TRecViT& model, const Batch& batch) {
  const ModelConfig& c = model.config();
  const std::filesystem::path folder(args.save);
  std::filesystem::create_directories(folder);
  save_published_npz(folder / "weights.npz", c, model::ModelWeights(model), Overwrite::kYes);
  NpzWriter writer(folder / "batch.npz", Overwrite::kYes);
  writer.add("pixels", {batch.pixels.data(), {args.batch, args.frames, c.image_height, c.image_width, 3}, DType::kU8});
  writer.add("labels", {batch.label.data(), {args.batch}, DType::kI64});
  writer.finish();
}

TrainConfig train_config(const Args& args) {
  TrainConfig config;
  config.run.batch = args.batch;
  config.run.precision = value_of<TrainPrecision>(args.precision).value();
  config.run.recompute = args.recompute;
  config.optimizer.floor = config.optimizer.learning_rate;  // the same at every step
  config.optimizer.warmup = 0;
  config.optimizer.clip_norm = 1;
  config.objective.motion_weight = 0;
  return config;
}

Json measure(const Args& args) {
  const int64_t start_bytes = resident_bytes();
  const ModelConfig config = named_model_config(args.size);
  const auto model = std::make_shared<model::TRecViT>(config);
  if (args.weights == "generated") {
    model::load_weights(*model, *generated_weights(config, 1));
  } else {
    model::initialise(*model, model::Initialiser::kScratch, 1);
  }
  const std::vector<Batch> batches{random_batch(args, config)};
  if (!args.save.empty()) save(args, *model, batches.front());
  Json out{{"program", "trecvit"},          {"size", args.size},
           {"batch", args.batch},           {"frames", args.frames},
           {"threads", args.threads},       {"precision", args.precision},
           {"recompute", args.recompute},   {"start_bytes", start_bytes},
           {"step_ms", Json::array()},      {"loss", Json::array()},
           {"gradient_norm", Json::array()}};
  const TrainConfig training = train_config(args);
  train::TrainStep step(training, model, std::max<int64_t>(1, args.steps + 1),
                        std::make_shared<train::Classification>(training, model, at::Tensor()));
  for (int64_t i = 0; args.steps > 0 && i <= args.steps; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const train::StepResult result = step.run(batches, i);
    const double ms = 1e3 * std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (i > 0) out["step_ms"].push_back(ms);  // the first is warm-up
    out["loss"].push_back(result.loss.value);
    out["gradient_norm"].push_back(result.gradient_norm);
  }
  out["peak_resident_bytes"] = peak_resident_bytes();
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  Args args;
  CLI::App app("Time and memory of a step of training");
  app.add_option("--size", args.size, "named model")->capture_default_str();
  app.add_option("--batch", args.batch, "clips")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--frames", args.frames, "of a clip")->check(CLI::Range(1, 4096))->capture_default_str();
  app.add_option("--steps", args.steps, "timed, after one more; 0: none")->check(CLI::Range(0, 1 << 20));
  app.add_option("--threads", args.threads)->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--precision", args.precision)
      ->check(CLI::IsMember(words_for<TrainPrecision>()))
      ->capture_default_str();
  app.add_option("--weights", args.weights, "scratch, or generated: every branch alive")
      ->check(CLI::IsMember({"scratch", "generated"}));
  app.add_option("--save", args.save, "folder for the first weights and the clips");
  app.add_flag("--recompute", args.recompute, "activation checkpointing by block");
  CLI11_PARSE(app, argc, argv);
  try {
    set_up_process(args.threads);
    fmt::print("{}\n", measure(args).dump());
  } catch (const std::exception& error) {
    fmt::print(stderr, "trecvit_train_step: {}\n", error.what());
    return 1;
  }
}
