#include <cmath>

#include "capi/capi_test.h"

namespace trecvit::test {
namespace {

using Indices = std::vector<int64_t>;

// Every function that needs more than NULL refuses it and names itself.
void expect_null_refused(trecvit_status status, const char* function) {
  expect_failure(status, TRECVIT_USAGE, {function, "got NULL"});
}

TEST(Null, IsRefusedByFunctionsOfModels) {
  const auto handle = small_model();
  trecvit_model* model = nullptr;
  expect_null_refused(trecvit_model_load(nullptr, nullptr, &model), "trecvit_model_load");
  expect_null_refused(trecvit_model_load("x", nullptr, nullptr), "trecvit_model_load");
  expect_null_refused(trecvit_model_generated(nullptr, 1, nullptr, &model), "trecvit_model_generated");
  expect_null_refused(trecvit_model_generated("mu", 1, nullptr, nullptr), "trecvit_model_generated");
  trecvit_model_info info = TRECVIT_MODEL_INFO_INIT;
  expect_null_refused(trecvit_model_get_info(nullptr, &info), "trecvit_model_get_info");
  expect_null_refused(trecvit_model_get_info(handle.get(), nullptr), "trecvit_model_get_info");
  EXPECT_EQ(trecvit_model_label(nullptr, 0), nullptr);
  expect_null_refused(TRECVIT_USAGE, "trecvit_model_label");
}

TEST(Null, IsRefusedByFunctionsOfStates) {
  const auto handle = small_model();
  const auto state_handle = new_state(handle);
  trecvit_state* state = state_handle.get();
  trecvit_state* created = nullptr;
  expect_null_refused(trecvit_state_create(nullptr, nullptr, &created), "trecvit_state_create");
  expect_null_refused(trecvit_state_create(handle.get(), nullptr, nullptr), "trecvit_state_create");
  expect_null_refused(trecvit_state_reset(nullptr), "trecvit_state_reset");
  expect_null_refused(trecvit_state_fork(nullptr, &created), "trecvit_state_fork");
  expect_null_refused(trecvit_state_fork(state, nullptr), "trecvit_state_fork");
  expect_null_refused(trecvit_state_save(nullptr, "x", 0), "trecvit_state_save");
  expect_null_refused(trecvit_state_save(state, nullptr, 0), "trecvit_state_save");
  expect_null_refused(trecvit_state_load(nullptr, "x"), "trecvit_state_load");
  expect_null_refused(trecvit_state_load(state, nullptr), "trecvit_state_load");
  EXPECT_EQ(trecvit_state_frames(nullptr), -1);
  expect_null_refused(TRECVIT_USAGE, "trecvit_state_frames");
  EXPECT_EQ(trecvit_state_bytes(nullptr), -1);
  expect_null_refused(TRECVIT_USAGE, "trecvit_state_bytes");
}

TEST(Null, IsRefusedByFunctionsOfEngines) {
  const auto handle = small_model();
  const auto engine_handle = new_engine(handle);
  const auto state_handle = new_state(handle);
  trecvit_engine* engine = engine_handle.get();
  trecvit_state* state = state_handle.get();
  trecvit_engine* created = nullptr;
  expect_null_refused(trecvit_engine_create(nullptr, 1, &created), "trecvit_engine_create");
  expect_null_refused(trecvit_engine_create(handle.get(), 1, nullptr), "trecvit_engine_create");
  const auto pixels = small_frame(1);
  const auto image = small_image(pixels);
  trecvit_result result = TRECVIT_RESULT_INIT;
  expect_null_refused(trecvit_engine_step(nullptr, state, &image, 0, &result), "trecvit_engine_step");
  expect_null_refused(trecvit_engine_step(engine, nullptr, &image, 0, &result), "trecvit_engine_step");
  expect_null_refused(trecvit_engine_step(engine, state, nullptr, 0, &result), "trecvit_engine_step");
  expect_null_refused(trecvit_engine_step(engine, state, &image, 0, nullptr), "trecvit_engine_step");
  EXPECT_EQ(trecvit_state_frames(state), 0);
}

TEST(Null, IsRefusedByTopk) {
  int64_t index = 0;
  const float value = 0;
  expect_null_refused(trecvit_topk(nullptr, 1, 1, &index), "trecvit_topk");
  expect_null_refused(trecvit_topk(&value, 1, 1, nullptr), "trecvit_topk");
}

TEST(Null, MayBeFreed) {
  trecvit_model_free(nullptr);
  trecvit_engine_free(nullptr);
  trecvit_state_free(nullptr);
}

TEST(LastError, IsKeptByCallsThatSucceed) {
  expect_failure(trecvit_state_reset(nullptr), TRECVIT_USAGE, {"trecvit_state_reset"});
  const std::string message = trecvit_last_error();
  const auto model = small_model();
  EXPECT_EQ(trecvit_last_error(), message);
  EXPECT_EQ(message.front(), '[');
}

TEST(LastError, CutsLongMessages) {
  trecvit_model* model = nullptr;
  const std::string path = "/" + std::string(100000, 'x');
  const auto status = trecvit_model_load(path.c_str(), nullptr, &model);
  EXPECT_NE(status, TRECVIT_OK);
  EXPECT_EQ(std::string(trecvit_last_error()).substr(0, 3), "[/x");
  EXPECT_LT(std::string(trecvit_last_error()).size(), 8192u);
}

TEST(Engine, RefusesImpossibleNumbersOfThreads) {
  const auto model = small_model();
  for (int32_t threads : {0, -1, 1025, INT32_MAX}) {
    trecvit_engine* engine = nullptr;
    expect_failure(trecvit_engine_create(model.get(), threads, &engine), TRECVIT_USAGE,
                   {"threads", std::to_string(threads)});
    EXPECT_EQ(engine, nullptr);
  }
}

TEST(Engine, RefusesImpossibleTimes) {
  const auto model = small_model();
  const auto engine = new_engine(model);
  const auto state = new_state(model);
  const auto pixels = small_frame(1);
  const auto image = small_image(pixels);
  for (double time : {-1.0, double{NAN}, double{INFINITY}}) {
    trecvit_result result = TRECVIT_RESULT_INIT;
    expect_failure(trecvit_engine_step(engine.get(), state.get(), &image, time, &result), TRECVIT_USAGE, {"time"});
  }
  EXPECT_EQ(trecvit_state_frames(state.get()), 0);
}

TEST(Engine, ResultHasItsShapes) {
  const auto model = small_model();
  const auto engine = new_engine(model);
  const auto state = new_state(model);
  const auto pixels = small_frame(1);
  const auto image = small_image(pixels);
  trecvit_result result = TRECVIT_RESULT_INIT;
  for (int64_t frame = 0; frame < 2; ++frame) {
    expect_ok(trecvit_engine_step(engine.get(), state.get(), &image, 0, &result));
    EXPECT_EQ(result.frame, frame);
  }
  EXPECT_EQ(result.num_classes, 10);
  EXPECT_EQ(result.num_features, 32);
  EXPECT_EQ(result.num_tokens, 17);
  // The feature is the class token, the first one; probabilities are a softmax.
  for (int i = 0; i < 32; ++i) EXPECT_EQ(result.features[i], result.tokens[i]);
  double sum = 0;
  for (int i = 0; i < 10; ++i) {
    sum += static_cast<double>(result.probs[i]);
    EXPECT_NEAR(std::log(result.probs[i] / result.probs[0]), result.logits[i] - result.logits[0], 1e-3);
  }
  EXPECT_NEAR(sum, 1, 1e-6);
}

TEST(Topk, OrdersByValueThenIndex) {
  const float values[] = {1, 5, NAN, 5, -INFINITY, 7, 1};
  Indices indices(7, -1);
  expect_ok(trecvit_topk(values, 7, 7, indices.data()));
  EXPECT_EQ(indices, (Indices{5, 1, 3, 0, 6, 4, 2}));
  Indices top(3, -1);
  expect_ok(trecvit_topk(values, 7, 2, top.data()));
  EXPECT_EQ(top, (Indices{5, 1, -1}));
}

TEST(Topk, RefusesImpossibleCounts) {
  const float values[] = {1, 2};
  int64_t indices[2] = {-1, -1};
  for (int64_t k : {int64_t{0}, int64_t{-3}, int64_t{3}, INT64_MAX}) {
    expect_failure(trecvit_topk(values, 2, k, indices), TRECVIT_USAGE, {"trecvit_topk", std::to_string(k)});
  }
  expect_failure(trecvit_topk(values, -1, 1, indices), TRECVIT_USAGE, {"-1"});
  EXPECT_EQ(indices[0], -1);
}

}  // namespace
}  // namespace trecvit::test
