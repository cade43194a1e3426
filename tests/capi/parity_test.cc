// The C API gives, bit for bit, what the engine gives after the model's own preprocessing.
#include "capi/capi_test.h"
#include "support/golden.h"
#include "support/near.h"
#include "trecvit/engine/engine.h"
#include "trecvit/engine/provider.h"
#include "trecvit/image/preprocess.h"

namespace trecvit::test {
namespace {

constexpr int kFrames = 5, kHeight = 70, kWidth = 90;

TEST(Parity, StepEqualsTheEngine) {
  for (const auto& provider : available_providers()) {
    SCOPED_TRACE(provider.name);
    const auto handle = small_model(provider.name.c_str());
    const auto engine_handle = new_engine(handle);
    const auto state_handle = new_state(handle, "ema=0.5");

    ModelOptions options;
    options.provider = provider.name;
    const auto model = Model::load(golden_path("mu_2d_weights.npz"), options);
    Engine engine(model);
    StreamState state = model->make_state(parse_readout("ema=0.5", "test"));
    Preprocessor preprocess(model->config().preprocess, kSide, kSide);
    Array<float> frame(size_t{3} * kSide * kSide), probs(10);

    for (uint32_t i = 0; i < kFrames; ++i) {
      const auto pixels = noise(size_t{3} * kHeight * kWidth, i);
      preprocess({pixels.data(), PixelType::kU8, kHeight, kWidth, 3 * kWidth}, frame.span());
      const StepResult want = engine.step(frame.span(), state, 0.04 * i);
      softmax(want.logits, probs.span());

      const trecvit_image image{pixels.data(), TRECVIT_U8, kHeight, kWidth, 0};
      trecvit_result got = TRECVIT_RESULT_INIT;
      expect_ok(trecvit_engine_step(engine_handle.get(), state_handle.get(), &image, 0.04 * i, &got));
      EXPECT_TRUE(bit_equal("logits", std::span(got.logits, 10), want.logits));
      EXPECT_TRUE(bit_equal("probs", std::span(got.probs, 10), probs));
      EXPECT_TRUE(bit_equal("features", std::span(got.features, 32), want.features));
      EXPECT_TRUE(bit_equal("tokens", std::span(got.tokens, size_t{17} * 32), want.tokens));
    }
    trecvit_model_info info = TRECVIT_MODEL_INFO_INIT;
    expect_ok(trecvit_model_get_info(handle.get(), &info));
    EXPECT_EQ(info.fingerprint, model->fingerprint());
  }
}

}  // namespace
}  // namespace trecvit::test
