// The C API gives, bit for bit, what the engine gives after the model's own preprocessing.
#include "capi/capi_test.h"
#include "support/golden.h"
#include "support/near.h"
#include "support/temp_dir.h"
#include "trecvit/engine/engine.h"
#include "trecvit/engine/provider.h"
#include "trecvit/image/preprocess.h"
#include "trecvit/io/npz.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit::test {
namespace {

constexpr int kFrames = 5, kHeight = 70, kWidth = 90;

TEST(Parity, StepEqualsTheEngine) {
  for (const auto& provider : available_providers()) {
    SCOPED_TRACE(provider.name);
    const auto handle = small_model(std::string(provider.name).c_str());
    const auto engine_handle = new_engine(handle);
    const auto state_handle = new_state(handle, "ema=0.5");

    ModelOptions options;
    options.provider.name = std::string(provider.name);
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

// The result of masked auto-encoding: tokens but no classes; the file may contain more.
TEST(Parity, AModelMayBeAnEncoderAlone) {
  const TempDir dir;
  const std::string path = dir.file("mae.npz");
  {
    ModelConfig c = named_model_config("mu");
    c.image_height = c.image_width = 32;
    c.num_classes = c.head_dim = 0;
    c.id2label.clear();
    const auto weights = generated_weights(c, 5);
    NpzWriter writer(path, Overwrite::kNo);
    for (const auto& spec : tensor_table(c)) writer.add(published_name(spec.name), weights->read(spec.name).view());
    writer.add("mask_token", HostTensor({4}, DType::kF32).view());
    writer.finish();
  }
  trecvit_model* raw = nullptr;
  trecvit_model_options options = TRECVIT_MODEL_OPTIONS_INIT;
  options.image_height = options.image_width = 32;
  expect_ok(trecvit_model_load(path.c_str(), &options, &raw));
  const ModelHandle model(raw);
  trecvit_model_info info = TRECVIT_MODEL_INFO_INIT;
  expect_ok(trecvit_model_get_info(model.get(), &info));
  EXPECT_EQ(info.num_classes, 0);
  EXPECT_EQ(info.head_dim, 0);
  EXPECT_STREQ(info.ignored, "1 tensor is not part of the model and ignored: mask_token");
  const ModelHandle whole = small_model();
  trecvit_model_info of_whole = TRECVIT_MODEL_INFO_INIT;
  expect_ok(trecvit_model_get_info(whole.get(), &of_whole));
  EXPECT_STREQ(of_whole.ignored, "");
  EXPECT_EQ(trecvit_model_label(model.get(), 0), nullptr);
  expect_failure(TRECVIT_USAGE, TRECVIT_USAGE, {"trecvit_model_label", "an encoder without one"});
  const auto engine = new_engine(model);
  const auto state = new_state(model);
  const std::vector<uint8_t> pixels(size_t{32} * 32 * 3, 100);
  const trecvit_image image = {pixels.data(), TRECVIT_U8, 32, 32, 0};
  trecvit_result result = TRECVIT_RESULT_INIT;
  expect_ok(trecvit_engine_step(engine.get(), state.get(), &image, 0, &result));
  EXPECT_EQ(result.num_classes, 0);
  EXPECT_EQ(result.num_features, info.width);
  EXPECT_NE(result.features, nullptr);
  EXPECT_NE(result.tokens, nullptr);
}

}  // namespace
}  // namespace trecvit::test
