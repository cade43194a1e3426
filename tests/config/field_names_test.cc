#include "trecvit/config/field_names.h"

#include <gtest/gtest.h>

#include "trecvit/config/train_config.h"

namespace trecvit {
namespace {

TEST(NearestField, OfTypos) {
  EXPECT_EQ(nearest_field("run.stpes"), "run.steps");
  EXPECT_EQ(nearest_field("stpes"), "run.steps");
  EXPECT_EQ(nearest_field("clip.Frame"), "clip.frames");
  EXPECT_EQ(nearest_field("optimizer.lerning_rate"), "optimizer.learning_rate");
  EXPECT_EQ(nearest_field("data.train.sorce"), "data.train.source");
  EXPECT_EQ(nearest_field("nam"), "name");
}

TEST(NearestField, OfTheWrongTable) {
  EXPECT_EQ(nearest_field("steps"), "run.steps");
  EXPECT_EQ(nearest_field("train.epochs"), "run.epochs");
  EXPECT_EQ(nearest_field("data.source"), "data.train.source");
  EXPECT_EQ(nearest_field("width"), "model.width");
  EXPECT_EQ(nearest_field("optimiser"), "optimizer");
  EXPECT_EQ(nearest_field("data.trian"), "data.train");
}

TEST(NearestField, OfWordsOfOtherPrograms) {
  EXPECT_EQ(nearest_field("optimizer.lr"), "optimizer.learning_rate");
  EXPECT_EQ(nearest_field("lr"), "optimizer.learning_rate");
  EXPECT_EQ(nearest_field("batch_size"), "run.batch");
  EXPECT_EQ(nearest_field("loader.num_workers"), "loader.workers");
  EXPECT_EQ(nearest_field("data"), "data.train.source");
}

TEST(NearestField, IsAbsentForDistantWords) {
  for (const char* key : {"", ".", "frobnicate", "clip.frobnicate", "a.b.c"}) EXPECT_EQ(nearest_field(key), "") << key;
}

TEST(NearestField, OfAFieldIsItself) {
  for (const auto& field : train_config_fields()) EXPECT_EQ(nearest_field(field.key), field.key);
}

}  // namespace
}  // namespace trecvit
