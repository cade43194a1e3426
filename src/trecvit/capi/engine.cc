// The engines of the C API (include/trecvit/trecvit.h).
#include "trecvit/engine/engine.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "trecvit/capi/handles.h"
#include "trecvit/capi/structs.h"

namespace {

using namespace trecvit;
using capi::Exclusive;
using capi::guarded;
using capi::require;

constexpr const char* kStep = "trecvit_engine_step";
constexpr int32_t kMaxThreads = 1024;
constexpr int64_t kMaxRowStride = int64_t{1} << 40;  // keeps address arithmetic from overflowing

trecvit_engine* make_handle(const std::shared_ptr<const Model>& model, int threads) {
  const ModelConfig& c = model->config();
  return new trecvit_engine{
      Engine(model, threads),
      Preprocessor(c.preprocess, static_cast<int>(c.image_height), static_cast<int>(c.image_width)),
      Array<float>(static_cast<size_t>(c.image_height * c.image_width * 3)),
      Array<float>(static_cast<size_t>(c.num_classes))};
}

// Checks what the preprocessor cannot see or does not check; the preprocessor checks the rest.
ImageView view_of(const trecvit_image& image) {
  require(static_cast<const std::byte*>(image.pixels), kStep, "pixels");
  if (image.pixel_type != TRECVIT_U8 && image.pixel_type != TRECVIT_F32) {
    fail_usage(kStep, "expected pixel_type {} or {}, got {}", static_cast<int>(TRECVIT_U8),
               static_cast<int>(TRECVIT_F32), image.pixel_type);
  }
  ImageView view{image.pixels, image.pixel_type == TRECVIT_U8 ? PixelType::kU8 : PixelType::kF32, image.height,
                 image.width};
  if (view.type == PixelType::kF32 && reinterpret_cast<uintptr_t>(image.pixels) % alignof(float) != 0) {
    fail_usage(kStep, "expected floats at an address divisible by {}, got another address", alignof(float));
  }
  if (image.row_stride_bytes < -kMaxRowStride || image.row_stride_bytes > kMaxRowStride) {
    fail_input(kStep, "expected a row stride of at most {} bytes, got {}", kMaxRowStride, image.row_stride_bytes);
  }
  const auto packed = static_cast<ptrdiff_t>(view.pixel_bytes()) * image.width;
  view.row_stride_bytes = image.row_stride_bytes != 0 ? image.row_stride_bytes : packed;
  return view;
}

// Floats outside the range of pictures would give meaningless predictions; very large ones would leave the rest of the
// stream without any. This looks at the original pixels, because the averages of a resize can hide them. The size must
// already be checked.
void require_pixels(const ImageView& image) {
  for (int y = 0; y < image.height; ++y) {
    const std::span row(image.row<float>(y), size_t{3} * static_cast<size_t>(image.width));
    bool outside = false;  // no branch: the cost is negligible compared with a step
    for (const float value : row) outside |= !(value >= 0.0f && value <= 1.0f);
    if (!outside) continue;
    const auto bad = std::find_if(row.begin(), row.end(), [](float v) { return !(v >= 0.0f && v <= 1.0f); });
    fail_input(kStep, "expected float pixels from 0 to 1, got {} in row {}; for bytes, use TRECVIT_U8", *bad, y);
  }
}

trecvit_result result_of(const StepResult& step, const trecvit_engine& engine, const StreamState& state) {
  const ModelConfig& c = engine.engine.model().config();
  trecvit_result result{};
  result.frame = state.frames() - 1;
  result.num_classes = c.num_classes;
  result.num_features = c.width;
  result.num_tokens = c.tokens();
  result.logits = step.logits.data();
  result.probs = engine.probs.data();
  result.features = step.features.data();
  result.tokens = step.tokens.data();
  return result;
}

}  // namespace

extern "C" {

trecvit_status trecvit_engine_create(const trecvit_model* model, int32_t threads, trecvit_engine** engine) noexcept {
  return guarded([&] {
    constexpr const char* kHere = "trecvit_engine_create";
    trecvit_engine*& out = require(engine, kHere, "a pointer for the engine");
    out = nullptr;
    const auto& shared = require(model, kHere, "a model").model;
    if (threads < 1 || threads > kMaxThreads) {
      fail_usage(kHere, "expected 1 to {} threads, got {}", kMaxThreads, threads);
    }
    out = make_handle(shared, threads);
  });
}

void trecvit_engine_free(trecvit_engine* engine) noexcept { delete engine; }

trecvit_status trecvit_engine_step(trecvit_engine* engine, trecvit_state* state, const trecvit_image* image,
                                   double time_seconds, trecvit_result* result) noexcept {
  return guarded([&] {
    trecvit_engine& e = require(engine, kStep, "an engine");
    trecvit_state& s = require(state, kStep, "a state");
    const ImageView view = view_of(require(image, kStep, "an image"));
    capi::require_struct_size(require(result, kStep, "a pointer for the result"), kStep);
    if (!std::isfinite(time_seconds) || time_seconds < 0) {
      fail_usage(kStep, "expected a time of 0 seconds or more, got {}", time_seconds);
    }
    const Exclusive use_engine(e.in_use, kStep, "an engine");
    const Exclusive use_state(s.in_use, kStep, "a state");
    e.preprocess(view, e.frame.span());
    if (view.type == PixelType::kF32) require_pixels(view);
    const StepResult step = e.engine.step(e.frame.span(), s.state, time_seconds);
    class_probs(e.engine.model().config(), step.logits, e.probs.span());
    capi::write_struct(result_of(step, e, s.state), *result);
  });
}

}  // extern "C"
