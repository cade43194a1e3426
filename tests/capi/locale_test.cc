// Files are read and written alike whatever locale the program has set, as Qt and GTK do.
#include <cstdio>

#include "capi/capi_test.h"
#include "support/files.h"
#include "support/fuzz_state.h"
#include "support/locales.h"
#include "trecvit/config/train_config.h"
#include "trecvit/weights/model_files.h"

namespace trecvit::test {
namespace {

constexpr const char* kToml =
    "name = 'x'\n[data.train]\nsource = 'synthetic:shapes'\n[optimizer]\nlearning_rate = 0.00125\n";

// Everything that has numbers in text: a model folder, a state, a readout, a training config; as bytes and answers.
std::vector<std::string> all_that_is_written_and_read() {
  const TempDir dir;
  ModelConfig config = fuzz_state_config();
  config.preprocess.scale = 1.0 / 255;
  config.image_height = 1228;  // 1.228 with grouping
  config.clip_frames = 1234;
  config.readout = parse_readout("window=1234.5", "test");
  save_model_folder(dir.file("model"), config, *generated_weights(config, 1), Overwrite::kNo);

  trecvit_model_options options = TRECVIT_MODEL_OPTIONS_INIT;
  options.provider = "reference";
  trecvit_model* loaded = nullptr;
  expect_ok(trecvit_model_load(dir.file("model").c_str(), &options, &loaded));
  if (!loaded) return {};
  const ModelHandle model(loaded);
  trecvit_model_info info = TRECVIT_MODEL_INFO_INIT;
  expect_ok(trecvit_model_get_info(model.get(), &info));

  const auto engine = new_engine(model);
  const auto state = new_state(model, "ema=0.25"), other = new_state(model, "ema=0.25");
  const auto pixels = noise(size_t{3} * 4 * 4, 1);
  const trecvit_image image{pixels.data(), TRECVIT_U8, 4, 4, 0};
  step(engine, state, image, 1234.5678901);
  expect_ok(trecvit_state_save(state.get(), dir.file("s.state").c_str(), 0));
  expect_ok(trecvit_state_load(other.get(), dir.file("s.state").c_str()));
  const auto logits = step(engine, other, image, 1234.75);
  EXPECT_EQ(logits, step(engine, state, image, 1234.75));
  const TrainConfig train = parse_train_config(kToml, "x.toml", {"optimizer.weight_decay=0.0625", "run.steps=1234"});
  return {content(dir.file("model/config.json")),
          content(dir.file("model/model.safetensors")),
          content(dir.file("s.state")),
          info.readout,
          std::string(reinterpret_cast<const char*>(logits.data()), logits.size() * sizeof(float)),
          print_train_config(train)};
}

TEST(Locale, OfTheCLibraryChangesNothing) {
  const auto want = all_that_is_written_and_read();
  for (const char* name : {"de_DE", "ps_AF"}) {
    const CLocale locale(name);
    if (!locale.set()) GTEST_SKIP() << "no " << name << " here: it needs localedef and the package locales";
    char text[16];
    std::snprintf(text, sizeof text, "%.1f", 0.5);
    ASSERT_STRNE(text, "0.5");
    EXPECT_EQ(all_that_is_written_and_read(), want) << name;
  }
}

TEST(Locale, OfTheCppLibraryChangesNothing) {
  const auto want = all_that_is_written_and_read();
  const CppLocale locale;
  EXPECT_EQ(all_that_is_written_and_read(), want);
}

}  // namespace
}  // namespace trecvit::test
