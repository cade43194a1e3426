#include "trecvit/train/run_settings.h"

#include "train/train_test.h"
#include "trecvit/base/hash.h"
#include "trecvit/weights/starting_point.h"

namespace trecvit::test {
namespace {

TEST(RunSettings, DetectsChangesByHand) {
  const std::string text = train::stamped_config(tiny_config());
  EXPECT_TRUE(train::is_as_written(text));
  EXPECT_EQ(print_train_config(parse_train_config(text, "config.toml")), print_train_config(tiny_config()));
  std::string edited = text;
  edited.replace(edited.find("batch = 4"), 9, "batch = 5");
  EXPECT_FALSE(train::is_as_written(edited));
  EXPECT_FALSE(train::is_as_written(text + "# more\n"));
  EXPECT_FALSE(train::is_as_written(print_train_config(tiny_config())));
  EXPECT_FALSE(train::is_as_written(""));
}

TEST(RunSettings, ConfigsOfEarlierVersionsAreAccepted) {
  const std::string earlier =
      "name = \"run\"\n"
      "# As it was written; a run that goes on takes changes by --resume=DIR --set KEY=VALUE. HASH\n";
  const auto with = [&](const std::string& hash) {
    std::string text = earlier;
    return text.replace(text.find("HASH"), 4, hash);
  };
  EXPECT_TRUE(train::is_as_written(with(fmt::format("{:016x}", hash_text("name = \"run\"\n")))));
  EXPECT_FALSE(train::is_as_written(with(fmt::format("{:016x}", hash_text("name = \"other\"\n")))));
}

TEST(RunSettings, ListsTheFieldsThatDiffer) {
  const Json before = train::settings_of(tiny_config());
  EXPECT_TRUE(train::differences(before, tiny_config()).empty());
  EXPECT_TRUE(train::differences(parse_json(before.dump(), "kept"), tiny_config()).empty());
  const auto found = train::differences(before, tiny_config({"run.steps=9", "model.depth=3"}));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].key, "run.steps");
  EXPECT_EQ(found[0].before, "8");
  EXPECT_EQ(found[0].now, "9");
  EXPECT_EQ(found[1].key, "model");
  EXPECT_TRUE(train::differences(Json::object(), tiny_config()).empty());  // of a version that stored no settings
}

TEST(RunSettings, WarnsOfFieldsWithoutEffect) {
  EXPECT_TRUE(train::cautions(tiny_config(), 8).empty());
  const auto one = [](const std::vector<std::string>& changes, int64_t steps) {
    const auto all = train::cautions(tiny_config(changes), steps);
    return all.size() == 1 ? all[0] : "";
  };
  EXPECT_EQ(one({"mask.ratio=0.5"}, 8), "mask.ratio does nothing if task is classify");
  EXPECT_EQ(one({"mask.ratio=0.5", "recall.back=2", "task=reconstruct"}, 8),
            "recall.back does nothing if task is reconstruct");
  EXPECT_EQ(one({"mask.ratio=0.5", "reconstruction.depth=2", "recall.back=2", "task=recall"}, 8),
            "mask.ratio, reconstruction.depth do nothing if task is recall");
  EXPECT_NE(one({"optimizer.warmup=8"}, 8).find("reduced to 7"), std::string::npos);
}

TEST(RunSettings, DescribesAnotherModelByWhatDiffers) {
  ModelConfig kept = model_sizes(tiny_config().wanted_model()), asked;
  kept.num_classes = 2;
  kept.id2label = {{0, "jump"}, {1, "walk"}};
  asked = kept;
  asked.id2label[1] = "run";
  EXPECT_EQ(train::model_change(kept, asked), "expected the 2 classes of the checkpoint, got 2: walk missing, run new");
  asked.id2label = {{0, "walk"}, {1, "jump"}};
  EXPECT_NE(train::model_change(kept, asked).find("another order"), std::string::npos);
  asked = kept;
  asked.depth = 3;
  EXPECT_EQ(train::model_change(kept, asked), "expected depth = 2 as in the checkpoint, got depth = 3");
}

// Settings that affected earlier steps may not change.
TEST(RunSettings, ClassifiesFieldsByTheStepsTheyAffect) {
  for (const char* key : {"seed", "run.batch", "optimizer.weight_decay", "data.train.limit", "run.threads", "model",
                          "clip.frames", "objective.mixup", "loader.balanced", "run.eval_every"})
    EXPECT_EQ(train::effect_of(key), train::Effect::kBefore) << key;
  for (const char* key : {"run.steps", "run.epochs", "optimizer.learning_rate", "optimizer.floor", "optimizer.warmup"})
    EXPECT_EQ(train::effect_of(key), train::Effect::kLater) << key;
  for (const char* key : {"data.train.source", "data.val.root", "loader.workers", "run.save_every"})
    EXPECT_EQ(train::effect_of(key), train::Effect::kNone) << key;
  for (const auto& key : train::changeable_fields()) EXPECT_NE(train::effect_of(key), train::Effect::kBefore) << key;
}

}  // namespace
}  // namespace trecvit::test
