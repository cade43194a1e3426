// What the tests of the C API share: a small model from a file, pictures, and expectations of failures.
#pragma once

#include <gtest/gtest.h>
#include <trecvit/trecvit.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace trecvit::test {

struct Free {
  void operator()(trecvit_model* model) const { trecvit_model_free(model); }
  void operator()(trecvit_state* state) const { trecvit_state_free(state); }
  void operator()(trecvit_engine* engine) const { trecvit_engine_free(engine); }
};
using ModelHandle = std::unique_ptr<trecvit_model, Free>;
using StateHandle = std::unique_ptr<trecvit_state, Free>;
using EngineHandle = std::unique_ptr<trecvit_engine, Free>;

// 64 x 64 pixels, 10 classes, D = 32, depth 2, R = 64, N = 17.
inline std::string small_model_path() { return TRECVIT_GOLDEN_DIR "/mu_2d_weights.npz"; }
inline constexpr int kSide = 64;

inline void expect_ok(trecvit_status status) { EXPECT_EQ(status, TRECVIT_OK) << trecvit_last_error(); }

// The last call failed with this status and a message that contains each of the words.
inline void expect_failure(trecvit_status status, trecvit_status expected, const std::vector<std::string>& words) {
  EXPECT_EQ(status, expected) << trecvit_last_error();
  for (const auto& word : words) {
    EXPECT_NE(std::string(trecvit_last_error()).find(word), std::string::npos)
        << "'" << word << "' is not in: " << trecvit_last_error();
  }
}

inline ModelHandle small_model(const char* provider = "reference") {
  trecvit_model_options options = TRECVIT_MODEL_OPTIONS_INIT;
  options.provider = provider;
  trecvit_model* model = nullptr;
  expect_ok(trecvit_model_load(small_model_path().c_str(), &options, &model));
  return ModelHandle(model);
}
inline StateHandle new_state(const ModelHandle& model, const char* readout = nullptr) {
  trecvit_state* state = nullptr;
  expect_ok(trecvit_state_create(model.get(), readout, &state));
  return StateHandle(state);
}
inline EngineHandle new_engine(const ModelHandle& model, int threads = 1) {
  trecvit_engine* engine = nullptr;
  expect_ok(trecvit_engine_create(model.get(), threads, &engine));
  return EngineHandle(engine);
}

// Bytes that differ from seed to seed.
inline std::vector<uint8_t> noise(size_t count, uint32_t seed) {
  std::vector<uint8_t> bytes(count);
  uint32_t value = seed * 2654435761u + 1;
  for (auto& byte : bytes) {
    value = value * 1664525u + 1013904223u;
    byte = static_cast<uint8_t>(value >> 24);
  }
  return bytes;
}
inline std::vector<uint8_t> small_frame(uint32_t seed) { return noise(size_t{3} * kSide * kSide, seed); }
inline trecvit_image small_image(const std::vector<uint8_t>& pixels) {
  return {pixels.data(), TRECVIT_U8, kSide, kSide, 0};
}

// The logits after one more frame.
inline std::vector<float> step(const EngineHandle& engine, const StateHandle& state, const trecvit_image& image,
                               double time_seconds = 0) {
  trecvit_result result = TRECVIT_RESULT_INIT;
  expect_ok(trecvit_engine_step(engine.get(), state.get(), &image, time_seconds, &result));
  return {result.logits, result.logits + result.num_classes};
}
inline std::vector<float> step(const EngineHandle& engine, const StateHandle& state, uint32_t seed) {
  const auto pixels = small_frame(seed);
  return step(engine, state, small_image(pixels));
}
// The logits of an image as the first frame of a stream.
inline std::vector<float> first_step(const ModelHandle& model, const trecvit_image& image) {
  return step(new_engine(model), new_state(model), image);
}

}  // namespace trecvit::test
