// The C API of trecvit.h for C++20: handles that free themselves, spans, and failures as exceptions. Shapes, units and
// rules are those of trecvit.h. Everything here is inline; the binary interface is the C one.
#ifndef TRECVIT_TRECVIT_HPP_
#define TRECVIT_TRECVIT_HPP_

#include <trecvit/trecvit.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace trecvit {
// Keeps the linker names distinct if a program also links the library's internals.
inline namespace wrapper {

class Error : public std::runtime_error {
 public:
  Error(trecvit_status status, const char* message) : std::runtime_error(message), status_(status) {}
  trecvit_status status() const { return status_; }

 private:
  trecvit_status status_;
};

// Throws Error if a call of the C API failed.
inline void check(trecvit_status status) {
  if (status != TRECVIT_OK) throw Error(status, trecvit_last_error());
}

struct Free {
  void operator()(trecvit_model* model) const { trecvit_model_free(model); }
  void operator()(trecvit_state* state) const { trecvit_state_free(state); }
  void operator()(trecvit_engine* engine) const { trecvit_engine_free(engine); }
};
template <class T>
using Handle = std::unique_ptr<T, Free>;

// Weights; any number of threads may share a Model by reference.
class Model {
 public:
  static Model load(const std::string& path, const trecvit_model_options& options = TRECVIT_MODEL_OPTIONS_INIT) {
    trecvit_model* model = nullptr;
    check(trecvit_model_load(path.c_str(), &options, &model));
    return Model(model);
  }
  static Model generated(const std::string& size, uint64_t seed,
                         const trecvit_model_options& options = TRECVIT_MODEL_OPTIONS_INIT) {
    trecvit_model* model = nullptr;
    check(trecvit_model_generated(size.c_str(), seed, &options, &model));
    return Model(model);
  }

  trecvit_model_info info() const {
    trecvit_model_info info = TRECVIT_MODEL_INFO_INIT;
    check(trecvit_model_get_info(get(), &info));
    return info;
  }
  std::string label(int64_t class_index) const {
    const char* label = trecvit_model_label(get(), class_index);
    if (label == nullptr) throw Error(TRECVIT_USAGE, trecvit_last_error());
    return label;
  }
  const trecvit_model* get() const { return handle_.get(); }

 private:
  explicit Model(trecvit_model* model) : handle_(model) {}
  Handle<trecvit_model> handle_;
};

// The memory of one stream. For one thread at a time.
class State {
 public:
  // readout: "mean", "window=SECONDS", "ema=SECONDS", "last"; empty means the model's own rule.
  explicit State(const Model& model, const std::string& readout = "") {
    trecvit_state* state = nullptr;
    check(trecvit_state_create(model.get(), readout.empty() ? nullptr : readout.c_str(), &state));
    handle_.reset(state);
  }

  void reset() { check(trecvit_state_reset(get())); }
  State fork() const {
    trecvit_state* copy = nullptr;
    check(trecvit_state_fork(get(), &copy));
    return State(copy);
  }
  void save(const std::string& path, bool replace = false) const {
    check(trecvit_state_save(get(), path.c_str(), replace ? 1 : 0));
  }
  void load(const std::string& path) { check(trecvit_state_load(get(), path.c_str())); }
  int64_t frames() const { return count(trecvit_state_frames(get())); }
  int64_t bytes() const { return count(trecvit_state_bytes(get())); }
  trecvit_state* get() const { return handle_.get(); }

 private:
  explicit State(trecvit_state* state) : handle_(state) {}
  static int64_t count(int64_t value) {
    if (value < 0) throw Error(TRECVIT_USAGE, trecvit_last_error());
    return value;
  }
  Handle<trecvit_state> handle_;
};

// Pictures [height, width, 3]; row_stride_bytes 0 means no gaps.
inline trecvit_image image(const uint8_t* pixels, int height, int width, int64_t row_stride_bytes = 0) {
  return {pixels, TRECVIT_U8, height, width, row_stride_bytes};
}
inline trecvit_image image(const float* pixels, int height, int width, int64_t row_stride_bytes = 0) {
  return {pixels, TRECVIT_F32, height, width, row_stride_bytes};
}

// The result of one frame; valid until the engine's next step or until it is destroyed.
struct Result {
  int64_t frame;                    // number of this frame in the stream, from 0
  std::span<const float> logits;    // [C]
  std::span<const float> probs;     // [C]
  std::span<const float> features;  // [D]
  std::span<const float> tokens;    // [N, D]
};

// Scratch memory and threads of one caller. For one thread at a time.
class Engine {
 public:
  explicit Engine(const Model& model, int threads = 1) {
    trecvit_engine* engine = nullptr;
    check(trecvit_engine_create(model.get(), threads, &engine));
    handle_.reset(engine);
  }

  Result step(State& state, const trecvit_image& image, double time_seconds = 0) {
    trecvit_result r = TRECVIT_RESULT_INIT;
    check(trecvit_engine_step(get(), state.get(), &image, time_seconds, &r));
    const auto classes = static_cast<size_t>(r.num_classes), width = static_cast<size_t>(r.num_features);
    return {r.frame,
            {r.logits, classes},
            {r.probs, classes},
            {r.features, width},
            {r.tokens, static_cast<size_t>(r.num_tokens) * width}};
  }
  trecvit_engine* get() const { return handle_.get(); }

 private:
  Handle<trecvit_engine> handle_;
};

// Indices of the k largest values, or of all if there are fewer, largest first.
inline std::vector<int64_t> topk(std::span<const float> values, int64_t k) {
  const auto count = static_cast<int64_t>(values.size());
  std::vector<int64_t> indices(static_cast<size_t>(std::clamp<int64_t>(k, 0, count)));
  if (!indices.empty()) {
    check(trecvit_topk(values.data(), count, static_cast<int64_t>(indices.size()), indices.data()));
  }
  return indices;
}

}  // namespace wrapper
}  // namespace trecvit

#endif  // TRECVIT_TRECVIT_HPP_
