// The result of a benchmark: its fields and how they relate to each other. How fast the machine is, is not tested.
#include "trecvit/pipeline/benchmark.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "support/errors.h"
#include "trecvit/base/stop.h"
#include "trecvit/pipeline/result_json.h"

namespace trecvit::test {
namespace {

constexpr double kSixDigits = 2e-5;  // relative: up to three numbers are rounded, by at most 5e-6 each

struct FrameCounter : ProgressSink {
  void advance(int64_t units) override {
    frames += units;
    if (at_frame) at_frame();
  }
  int64_t frames = 0;
  std::function<void()> at_frame;
};

ModelChoice tiny_choice(const std::string& provider) {
  ModelChoice choice;
  choice.model = "generated:mu?classes=7";
  choice.image_size = "32x48";
  choice.provider = provider;
  return choice;
}

std::vector<std::string> fields_of(const Json& object) {
  std::vector<std::string> fields;
  for (const auto& [field, value] : object.items()) fields.push_back(field);
  return fields;
}

// Of the fastest provider of this machine, or of plain loops.
bool has_kernels(const ModelChoice& choice) {
  return choose_provider({OpenedModel(choice).model->provider()}).peak_rate != nullptr;
}

TEST(Benchmark, HasAllFields) {
  const std::vector<std::string> first{
      "schema", "cpu",     "model",     "precision", "provider", "threads",           "warmup_frames",   "frames",
      "load_s", "best_ms", "median_ms", "p95_ms",    "p99_ms",   "frames_per_second", "gflop_per_frame", "gflops"};
  for (const char* provider : {"reference", "auto"}) {
    std::vector<std::string> want = first;
    if (has_kernels(tiny_choice(provider))) want.insert(want.end(), {"peak_gflops", "share_of_peak"});
    want.insert(want.end(), {"weight_bytes", "state_bytes", "peak_memory_bytes"});
    EXPECT_EQ(fields_of(benchmark(tiny_choice(provider), {2, 0}, nullptr)), want) << provider;
  }
  EXPECT_FALSE(has_kernels(tiny_choice("reference"))) << "plain loops have no peak";
}

TEST(Benchmark, SaysWhatWasMeasured) {
  ModelChoice choice = tiny_choice("reference");
  choice.threads = 2;
  const Json object = benchmark(choice, {3, 1}, nullptr);
  EXPECT_EQ(object.at("schema"), "trecvit.bench/1");
  EXPECT_EQ(object.at("model"), "generated:mu?classes=7");
  EXPECT_EQ(object.at("provider"), "reference");
  EXPECT_EQ(object.at("precision"), "f32");
  EXPECT_EQ(object.at("threads"), 2);
  EXPECT_EQ(object.at("frames"), 3);
  EXPECT_EQ(object.at("warmup_frames"), 1);
  const OpenedModel opened(choice);
  EXPECT_EQ(object.at("gflop_per_frame"), readable(opened.config.flops_per_frame() / 1e9));
  EXPECT_EQ(object.at("weight_bytes"), opened.model->weight_bytes());
  EXPECT_EQ(object.at("state_bytes"), opened.model->make_state().bytes());
  EXPECT_GT(object.at("peak_memory_bytes").get<int64_t>(), object.at("weight_bytes").get<int64_t>());
}

TEST(Benchmark, NumbersAgreeWithEachOther) {
  const Json object = benchmark(tiny_choice("auto"), {5, 1}, nullptr);
  const auto number = [&object](const char* field) { return object.at(field).get<double>(); };
  const auto agree = [](double got, double want) { EXPECT_NEAR(got, want, kSixDigits * want); };
  EXPECT_GT(number("best_ms"), 0);
  EXPECT_LE(number("best_ms"), number("median_ms"));
  EXPECT_LE(number("median_ms"), number("p95_ms"));
  EXPECT_LE(number("p95_ms"), number("p99_ms"));
  agree(number("frames_per_second"), 1e3 / number("median_ms"));
  agree(number("gflops"), number("gflop_per_frame") * number("frames_per_second"));
  if (object.contains("peak_gflops")) agree(number("share_of_peak"), number("gflops") / number("peak_gflops"));
}

TEST(Benchmark, NumbersHaveSixDigits) {
  const Json object = benchmark(tiny_choice("reference"), {2, 0}, nullptr);
  int tested = 0;
  for (const auto& [field, value] : object.items()) {
    if (!value.is_number_float()) continue;
    ++tested;
    EXPECT_TRUE(std::isfinite(value.get<double>())) << field;
    EXPECT_EQ(value.get<double>(), readable(value.get<double>())) << field;
  }
  EXPECT_EQ(tested, 8);
}

TEST(Benchmark, OneFrameIsEnough) {
  const Json object = benchmark(tiny_choice("reference"), {1, 0}, nullptr);
  EXPECT_GT(object.at("best_ms").get<double>(), 0) << "it was timed";
  EXPECT_EQ(object.at("best_ms"), object.at("median_ms"));
  EXPECT_EQ(object.at("p99_ms"), object.at("median_ms"));
}

// The frames before the timed ones count too.
TEST(Benchmark, ReportsEachFrame) {
  FrameCounter counter;
  benchmark(tiny_choice("reference"), {3, 2}, &counter);
  EXPECT_EQ(counter.frames, 5);
}

TEST(Benchmark, AStopEndsItBeforeTheNextFrame) {
  std::stop_source stop;
  ModelChoice choice = tiny_choice("reference");
  choice.stop = stop.get_token();
  FrameCounter counter;
  counter.at_frame = [&] {
    if (counter.frames == 2) stop.request_stop();
  };
  EXPECT_THROW(benchmark(choice, {5, 1}, &counter), Stopped);
  EXPECT_EQ(counter.frames, 2);
  EXPECT_THROW(benchmark(choice, {5, 1}, &counter), Stopped) << "while the model is read";
  EXPECT_EQ(counter.frames, 2);
}

TEST(Benchmark, AModelThatCannotBeOpenedIsAnError) {
  ModelChoice choice = tiny_choice("sse");
  expect_error(ErrorKind::kUsage, {"--provider", "sse"}, [&] { benchmark(choice, {1, 0}, nullptr); });
  choice = tiny_choice("auto");
  choice.model = "none.npz";
  expect_error(ErrorKind::kInput, {"none.npz"}, [&] { benchmark(choice, {1, 0}, nullptr); });
}

}  // namespace
}  // namespace trecvit::test
