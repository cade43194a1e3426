// Every allocation of every call fails in turn, alone or with all that follow: the call answers TRECVIT_RESOURCE, or
// does without, and never ends the process. What it had before stays; what it began is given back.
#include <cstdlib>
#include <functional>

#include "capi/capi_test.h"
#include "capi/failing_memory.h"
#include "support/files.h"
#include "support/fuzz_state.h"
#include "support/temp_dir.h"
#include "trecvit/weights/model_files.h"

namespace trecvit::test {
namespace {

constexpr long kMostAllocations = 100'000;

ModelConfig small_config() {
  ModelConfig config = fuzz_state_config();
  config.depth = 2;
  config.image_height = 8;
  config.num_classes = 3;
  config.id2label = {{0, "a label that is longer than what fits into a string itself"}, {1, "b"}, {2, "c"}};
  config.readout = parse_readout("window=0.5", "test");
  return config;
}

class AllocationFailure : public testing::Test {
 protected:
  AllocationFailure() {
    const auto config = small_config();
    const auto weights = generated_weights(config, 1);
    save_model_folder(folder_, config, *weights, Overwrite::kNo);
    save_published_npz(dir_.file("model.npz"), config, *weights, Overwrite::kNo);
    std::filesystem::copy(folder_ + "/model.safetensors", dir_.file("lone.safetensors"));
  }

  ModelHandle load(const std::string& path, const char* provider, trecvit_status& status) const {
    trecvit_model_options options = TRECVIT_MODEL_OPTIONS_INIT;
    options.provider = provider;
    options.image_height = 8;
    options.image_width = 4;
    trecvit_model* model = nullptr;
    status = trecvit_model_load(path.c_str(), &options, &model);
    return ModelHandle(model);
  }
  ModelHandle model() const {
    trecvit_status status;
    auto handle = load(folder_, "reference", status);
    expect_ok(status);
    return handle;
  }

  TempDir dir_;
  std::string folder_ = dir_.file("model");
};

struct Attempt {
  std::function<trecvit_status()> call;
  std::function<void()> prepare = [] {};
  std::function<void()> after = [] {};  // looks at what the call left, whatever its status was
  long stride = 1;                      // of the allocations that are tried
};

void fail_each(const Attempt& attempt) {
  attempt.prepare();
  EXPECT_EQ(attempt.call(), TRECVIT_OK) << trecvit_last_error();
  attempt.after();  // what is made once and kept for ever is there now
  for (const bool lasting : {false, true}) {
    for (long at = 1; at < kMostAllocations; at += attempt.stride) {
      SCOPED_TRACE(std::to_string(at) + (lasting ? " and all after it" : ""));
      const long live_before = live_allocations();
      attempt.prepare();
      fail_allocation(at, lasting);
      const trecvit_status status = attempt.call();
      const bool reached = end_of_failures();
      EXPECT_TRUE(status == TRECVIT_RESOURCE || status == TRECVIT_OK) << status << trecvit_last_error();
      EXPECT_TRUE(reached || status == TRECVIT_OK) << trecvit_last_error();
      attempt.after();
      EXPECT_EQ(live_allocations(), live_before) << "not all was given back";
      if (testing::Test::HasFailure()) return;
      if (!reached) break;
    }
  }
}

TEST_F(AllocationFailure, LoadingAModel) {
  const auto load_all = [this](const std::string& path, const char* provider, long stride) {
    SCOPED_TRACE(path);
    const auto call = [&] {
      trecvit_status status;
      const auto handle = load(path, provider, status);
      EXPECT_EQ(handle != nullptr, status == TRECVIT_OK);
      return status;
    };
    fail_each({.call = call, .stride = stride});
  };
  const bool every = std::getenv("TRECVIT_EVERY_FAULT") != nullptr;  // a minute
  for (const std::string& path : {folder_, dir_.file("lone.safetensors"), dir_.file("model.npz")})
    load_all(path, "reference", every ? 1 : 7);
  // Without memory to read the stored choice of provider, each is measured.
  load_all(folder_, "auto", every ? 1 : 61);
}

TEST_F(AllocationFailure, InvalidFilesAreStillRefused) {
  std::ofstream(folder_ + "/config.json") << R"({"width": 8, "id2label": {"0": "x"}, "unknown": [1, [2], {"a": {}}]})";
  for (const bool lasting : {false, true}) {
    for (long at = 1;; ++at) {
      fail_allocation(at, lasting);
      trecvit_status status;
      load(folder_, "reference", status);
      const bool reached = end_of_failures();
      ASSERT_TRUE(status == TRECVIT_INPUT || (reached && status == TRECVIT_RESOURCE)) << trecvit_last_error();
      if (!reached) break;
    }
  }
}

TEST_F(AllocationFailure, Engines) {
  const auto handle = model();
  for (const int threads : {1, 3}) {
    fail_each({.call = [&] {
      trecvit_engine* engine = nullptr;
      const auto status = trecvit_engine_create(handle.get(), threads, &engine);
      EXPECT_EQ(engine != nullptr, status == TRECVIT_OK);
      trecvit_engine_free(engine);
      return status;
    }});
  }
}

TEST_F(AllocationFailure, States) {
  const auto handle = model();
  for (const char* readout : {static_cast<const char*>(nullptr), "mean", "ema=1", "window=0.2"}) {
    fail_each({.call = [&] {
      trecvit_state* state = nullptr;
      const auto status = trecvit_state_create(handle.get(), readout, &state);
      EXPECT_EQ(state != nullptr, status == TRECVIT_OK);
      trecvit_state_free(state);
      return status;
    }});
  }
  const auto state = new_state(handle);
  fail_each({.call = [&] {
    trecvit_state* copy = nullptr;
    const auto status = trecvit_state_fork(state.get(), &copy);
    EXPECT_EQ(copy != nullptr, status == TRECVIT_OK);
    trecvit_state_free(copy);
    return status;
  }});
}

StateHandle fork_of(const StateHandle& state) {
  trecvit_state* copy = nullptr;
  expect_ok(trecvit_state_fork(state.get(), &copy));
  return StateHandle(copy);
}

// By engines that have seen no frame of this size yet. What is taken next shows whether anything of the state moved.
TEST_F(AllocationFailure, AStepThatFailsLeavesTheStateAsItWas) {
  const auto pixels = noise(size_t{3} * 31 * 23, 1), last = noise(size_t{3} * 8 * 4, 2);
  const trecvit_image image{pixels.data(), TRECVIT_U8, 31, 23, 0}, next{last.data(), TRECVIT_U8, 8, 4, 0};
  for (const char* provider : {"reference", "auto"}) {
    SCOPED_TRACE(provider);
    trecvit_status status;
    const auto handle = load(folder_, provider, status);
    expect_ok(status);
    const auto other = new_engine(handle);
    const auto begun = new_state(handle);
    for (int i = 0; i < 2; ++i) step(other, begun, next, 0.04 * i);
    for (const auto& from : {fork_of(begun), new_state(handle)}) {
      const auto want = step(other, fork_of(from), next, 0.1);
      const auto after_step = [&] {
        const auto state = fork_of(from);
        step(other, state, image, 0.08);
        return step(other, state, next, 0.1);
      }();
      EngineHandle engine;
      StateHandle state;
      fail_each({.call =
                     [&] {
                       trecvit_result result = TRECVIT_RESULT_INIT;
                       return status = trecvit_engine_step(engine.get(), state.get(), &image, 0.08, &result);
                     },
                 .prepare =
                     [&] {
                       engine = new_engine(handle);
                       state = fork_of(from);
                     },
                 .after =
                     [&] {
                       EXPECT_EQ(step(other, state, next, 0.1), status == TRECVIT_OK ? after_step : want);
                       engine.reset();
                       state.reset();
                     }});
    }
  }
}

TEST_F(AllocationFailure, FailedSavesLeaveNoPartialFile) {
  const auto handle = model();
  const auto state = new_state(handle);
  const auto engine = new_engine(handle);
  const auto pixels = noise(size_t{3} * 8 * 4, 1);
  for (int i = 0; i < 5; ++i) step(engine, state, {pixels.data(), TRECVIT_U8, 8, 4, 0}, 0.04 * i);
  const std::string path = dir_.file("s.state"), whole = dir_.file("whole.state");
  expect_ok(trecvit_state_save(state.get(), whole.c_str(), 0));
  const std::string want = content(whole);
  trecvit_status status = TRECVIT_OK;
  fail_each({.call = [&] { return status = trecvit_state_save(state.get(), path.c_str(), 0); },
             .after =
                 [&] {
                   EXPECT_EQ(content(path), status == TRECVIT_OK ? want : "");
                   std::filesystem::remove(path);
                   for (const auto& name : names_in(dir_.path()))
                     EXPECT_EQ(name.find(".tmp-"), std::string::npos) << name;
                 }});
}

TEST_F(AllocationFailure, FailedLoadsLeaveTheStateUnchanged) {
  const auto handle = model();
  const auto saved = new_state(handle);
  const auto engine = new_engine(handle);
  const auto pixels = noise(size_t{3} * 8 * 4, 1);
  const trecvit_image image{pixels.data(), TRECVIT_U8, 8, 4, 0};
  for (int i = 0; i < 5; ++i) step(engine, saved, image, 0.04 * i);
  const std::string path = dir_.file("s.state");
  expect_ok(trecvit_state_save(saved.get(), path.c_str(), 0));
  const auto want = step(engine, saved, image, 1);
  auto state = new_state(handle);
  const auto first = step(engine, new_state(handle), image, 1);
  trecvit_status status = TRECVIT_OK;
  fail_each({.call = [&] { return status = trecvit_state_load(state.get(), path.c_str()); },
             .after =
                 [&] {
                   EXPECT_EQ(step(engine, state, image, 1), status == TRECVIT_OK ? want : first);
                   state = new_state(handle);
                 }});
}

}  // namespace
}  // namespace trecvit::test
