// From a model's name to a model ready to run: accepted names, notes to the user, and errors.
#include "trecvit/pipeline/model_choice.h"

#include <gtest/gtest.h>

#include <fstream>

#include "engine/engine_test.h"
#include "support/errors.h"
#include "support/temp_dir.h"
#include "trecvit/base/stop.h"

namespace trecvit::test {
namespace {

ModelChoice choice_of(const std::string& model) {
  ModelChoice choice;
  choice.model = model;
  return choice;
}

TEST(ModelChoice, GeneratedModels) {
  const ModelFiles files = open_model_files(choice_of("generated:mu?seed=3&classes=7"));
  EXPECT_EQ(files.config.num_classes, 7);
  EXPECT_TRUE(is_generated(choice_of("generated:mu")));
  EXPECT_FALSE(is_generated(choice_of("mu")));
  ModelChoice sized = choice_of("generated:mu");
  sized.image_size = "32x48";
  const ModelConfig config = open_model_files(sized).config;
  EXPECT_EQ(config.image_height, 32);
  EXPECT_EQ(config.image_width, 48);
}

TEST(ModelChoice, TheSeedAppliesToNamesWithoutOne) {
  const auto fingerprint = [](const std::string& name, uint64_t seed) {
    ModelChoice choice = choice_of(name);
    choice.seed = seed;
    return OpenedModel(choice).model->fingerprint();
  };
  EXPECT_EQ(fingerprint("generated:mu", 5), fingerprint("generated:mu?seed=5", 1));
  EXPECT_NE(fingerprint("generated:mu", 5), fingerprint("generated:mu", 6));
}

// Notes come in the order in which they arise, even if a later step fails.
TEST(ModelChoice, PrintsNotesForTheUser) {
  std::vector<std::string> said;
  ModelChoice choice = choice_of("generated:mu");
  choice.say = [&said](const std::string& sentence) { said.push_back(sentence); };
  open_model_files(choice);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_NE(said[0].find("not trained"), std::string::npos);
  choice.labels = "kinetics40";
  expect_error(ErrorKind::kUsage, {"--labels", "did you mean kinetics400?"}, [&] { open_model_files(choice); });
  EXPECT_EQ(said.size(), 2U) << "before the labels are read";
  choice.labels.clear();
  choice.predicts = false;
  open_model_files(choice);
  EXPECT_EQ(said.size(), 2U);
}

TEST(ModelChoice, InvalidValuesAreRefused) {
  const auto refused = [](ErrorKind kind, const std::vector<std::string>& words, auto&& change) {
    ModelChoice choice = choice_of("generated:mu");
    change(choice);
    expect_error(kind, words, [&] { OpenedModel opened(choice); });
  };
  refused(ErrorKind::kUsage, {"--model", "generated:mu"}, [](auto& c) { c.model = "mu"; });
  refused(ErrorKind::kInput, {"download"}, [](auto& c) { c.model = "https://example.org/m.npz"; });
  refused(ErrorKind::kUsage, {"--image-size"}, [](auto& c) { c.image_size = "32xx"; });
  refused(ErrorKind::kUnavailable, {"--precision", "bf16"}, [](auto& c) { c.precision = "bf16"; });
  refused(ErrorKind::kUsage, {"--precision", "f33"}, [](auto& c) { c.precision = "f33"; });
  refused(ErrorKind::kUnavailable, {"--device", "cuda:1"}, [](auto& c) { c.device = "cuda:1"; });
  refused(ErrorKind::kUsage, {"--provider", "sse"}, [](auto& c) { c.provider = "sse"; });
  refused(ErrorKind::kUsage, {"--readout"}, [](auto& c) { c.readout = "median"; });
  refused(ErrorKind::kInput, {"tokens"}, [](auto& c) { c.budget.tokens = 1; });
}

TEST(ModelChoice, ADeviceOfTheTrainableModelIsNotTheEngines) {
  ModelChoice choice = choice_of("generated:mu");
  EXPECT_EQ(provider_of(choice).device, Device::kCpu);
  choice.device = "cuda";
  EXPECT_FALSE(provider_of(choice).device);
  choice.precision = "f32";
  EXPECT_EQ(provider_of(choice).precision, Precision::kF32);
}

TEST(ModelChoice, AStopEndsTheReadingOfWeights) {
  std::stop_source stop;
  ModelChoice choice = choice_of("generated:mu");
  choice.stop = stop.get_token();
  const ModelFiles files = open_model_files(choice);
  stop.request_stop();
  EXPECT_THROW(OpenedModel(files, choice), Stopped);
}

// The config belongs to the model, so a reference to it stays valid after a move.
TEST(ModelChoice, AnOpenedModelCanBeMoved) {
  ModelChoice choice = choice_of("generated:mu");
  choice.readout = "last";
  OpenedModel opened(choice);
  const OpenedModel moved = std::move(opened);
  EXPECT_EQ(&moved.config, &moved.model->config());
  EXPECT_EQ(moved.make_state().readout().rule().kind, Readout::Kind::kLast);
}

TEST(ModelChoice, AnEncoderHasNoClasses) {
  ModelConfig config = small_config();
  EXPECT_NO_THROW(require_head(config, choice_of("m")));
  config.num_classes = config.head_dim = 0;
  expect_error(ErrorKind::kInput, {"head", "embed"}, [&] { require_head(config, choice_of("m")); });
  const TempDir dir;
  std::ofstream(dir.file("probe.safetensors")) << "x";
  std::ofstream(dir.file("config.json")) << "{}";
  expect_error(ErrorKind::kInput, {"probe"}, [&] { require_head(small_config(), choice_of(dir.path())); });
  EXPECT_NO_THROW(require_head(small_config(), choice_of(dir.path()), /*reads_probe=*/true));
}

}  // namespace
}  // namespace trecvit::test
