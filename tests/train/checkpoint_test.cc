#include "trecvit/train/checkpoint.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/errors.h"
#include "support/temp_dir.h"
#include "trecvit/base/random.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/io/safetensors.h"

namespace trecvit::test {
namespace {

namespace fs = std::filesystem;
using train::Checkpoint;

Checkpoint small_checkpoint(int64_t step, float value = 1) {
  Checkpoint checkpoint;
  checkpoint.step = step;
  checkpoint.config = named_model_config("mu");
  checkpoint.model = {{"a.kernel", at::full({3, 2}, value)}, {"b", at::arange(4, at::kFloat)}};
  checkpoint.training = {{"m.b", at::ones({4}, at::kDouble)}, {"steps.b", at::full({}, static_cast<float>(step))}};
  checkpoint.state = {{"seed", 7}, {"best_score", 0.25}};
  return checkpoint;
}

std::vector<std::string> reports;
void report(const std::string& sentence) { reports.push_back(sentence); }

TEST(Checkpoint, LoadsWhatWasSaved) {
  const TempDir dir;
  train::save_checkpoint(dir.path(), small_checkpoint(12));
  const Checkpoint got = train::load_checkpoint(dir.file("step-00000012"));
  const Checkpoint want = small_checkpoint(12);
  EXPECT_EQ(got.step, 12);
  EXPECT_EQ(got.config, want.config);
  EXPECT_EQ(got.state, want.state);
  ASSERT_EQ(got.model.size(), 2U);
  for (const auto& [name, tensor] : want.model) EXPECT_TRUE(at::equal(got.model.at(name), tensor)) << name;
  for (const auto& [name, tensor] : want.training) EXPECT_TRUE(at::equal(got.training.at(name), tensor)) << name;
  EXPECT_EQ(got.training.at("m.b").scalar_type(), at::kDouble);
}

TEST(Checkpoint, ReplacesOneOfTheSameStep) {
  const TempDir dir;
  train::save_checkpoint(dir.path(), small_checkpoint(1, 1));
  train::save_checkpoint(dir.path(), small_checkpoint(1, 2));
  EXPECT_EQ(train::load_checkpoint(dir.file("step-00000001")).model.at("a.kernel")[0][0].item<float>(), 2);
}

// A folder that may be written but not read cannot be synced. As for files, this is not an error.
TEST(Checkpoint, IsSavedInAFolderThatCannotBeSynced) {
  constexpr uid_t kNobody = 65534;
  const TempDir dir;
  const bool is_root = geteuid() == 0;  // who may read every folder
  ASSERT_EQ(chmod(dir.path().c_str(), 0300), 0);
  if (is_root && (chown(dir.path().c_str(), kNobody, kNobody) != 0 || seteuid(kNobody) != 0))
    GTEST_SKIP() << "this process cannot change its user";
  std::error_code none;
  const bool can_be_entered = fs::exists(dir.file("."), none);
  std::string problem;
  try {
    if (can_be_entered) train::save_checkpoint(dir.path(), small_checkpoint(1));
  } catch (const std::exception& error) {
    problem = error.what();
  }
  const bool is_back = !is_root || seteuid(0) == 0;
  ASSERT_TRUE(is_back);
  EXPECT_EQ(problem, "");
  ASSERT_EQ(chmod(dir.path().c_str(), 0700), 0);
  if (!can_be_entered) GTEST_SKIP() << "other users cannot enter the folder of temporary files";
  EXPECT_EQ(train::load_checkpoint(dir.file("step-00000001")).step, 1);
}

TEST(Checkpoint, IsNotSavedWithNumbersThatAreNotFinite) {
  const TempDir dir;
  for (const bool in_model : {true, false}) {
    Checkpoint bad = small_checkpoint(5);
    (in_model ? bad.model["a.kernel"] : bad.training["m.b"])[1] = in_model ? NAN : INFINITY;
    expect_error(ErrorKind::kCheckFailed, {in_model ? "a.kernel" : "m.b"},
                 [&] { train::save_checkpoint(dir.path(), bad); });
  }
  EXPECT_TRUE(fs::is_empty(dir.path()));
}

TEST(Checkpoint, RefusesAFlippedBitAnywhere) {
  const TempDir dir;
  const RandomStream random(1, "bits");
  uint64_t draw = 0;
  for (const char* name : {"model.safetensors", "training.safetensors", "state.json", "config.json"}) {
    for (int i = 0; i < 50; ++i) {
      train::save_checkpoint(dir.path(), small_checkpoint(3));
      const std::string path = dir.file("step-00000003/") + name;
      std::string bytes = read_text(*open_file(path), 1 << 20);
      const uint64_t bit = random.bits(draw++) % (bytes.size() * 8);
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
      std::ofstream(path, std::ios::binary) << bytes;
      // A flip that turns one blank between JSON values into another changes nothing.
      try {
        const Checkpoint got = train::load_checkpoint(dir.file("step-00000003"));
        EXPECT_TRUE(at::equal(got.model.at("a.kernel"), small_checkpoint(3).model.at("a.kernel")))
            << name << " " << bit;
        EXPECT_EQ(got.state, small_checkpoint(3).state) << name << " " << bit;
        EXPECT_NE(std::string(name), "config.json");
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kInput) << error.what();
      }
    }
  }
}

TEST(Checkpoint, NewestIntactOneIsLoaded) {
  const TempDir dir;
  for (const int64_t step : {1, 2, 30}) train::save_checkpoint(dir.path(), small_checkpoint(step));
  fs::resize_file(dir.file("step-00000030/model.safetensors"), 100);
  fs::remove(dir.file("step-00000002/state.json"));
  fs::create_directory(dir.file(".part-step-00000040"));
  fs::create_directory(dir.file("step-99"));
  reports.clear();
  const auto newest = train::newest_checkpoint(dir.path(), report);
  ASSERT_TRUE(newest.has_value());
  EXPECT_EQ(newest->step, 1);
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_NE(reports[0].find("step-00000030"), std::string::npos) << reports[0];
}

// A file without one of its tensors, in which all others are intact.
TEST(Checkpoint, RefusesAMissingTensor) {
  const TempDir dir;
  for (const int64_t step : {1, 2}) train::save_checkpoint(dir.path(), small_checkpoint(step));
  const std::string path = dir.file("step-00000002/training.safetensors");
  const HostTensor kept = SafetensorsReader(open_file(path)).read("m.b");
  SafetensorsWriter writer(path, Overwrite::kYes, {{"m.b", kept.shape(), kept.dtype()}}, {{"format", "pt"}});
  writer.add("m.b", kept.view());
  writer.finish();
  expect_error(ErrorKind::kInput, {"expected 2 tensors, got 1"},
               [&] { train::load_checkpoint(dir.file("step-00000002")); });
  EXPECT_EQ(train::newest_checkpoint(dir.path(), report)->step, 1);
}

// Otherwise a checkpoint that was renamed could pass for the newest.
TEST(Checkpoint, RefusesAFolderNamedAfterAnotherStep) {
  const TempDir dir;
  train::save_checkpoint(dir.path(), small_checkpoint(3));
  fs::copy(dir.file("step-00000003"), dir.file("step-00000009"));
  expect_error(ErrorKind::kInput, {"of step 9, got that of step 3"},
               [&] { train::load_checkpoint(dir.file("step-00000009")); });
  EXPECT_EQ(train::newest_checkpoint(dir.path(), report)->step, 3);
}

// Values of a wrong type or out of range under a valid checksum: the checkpoint before it is loaded.
TEST(Checkpoint, ForgedValuesMakeItBroken) {
  const TempDir dir;
  train::save_checkpoint(dir.path(), small_checkpoint(1));
  for (const Json& forged : {Json{{"best_score", "high"}}, Json{{"skipped", -1}}, Json{{"evaluated", 1e300}},
                             Json{{"bad", "all"}}, Json{{"steps", 1}}}) {
    Checkpoint checkpoint = small_checkpoint(2);
    checkpoint.state = forged;
    train::save_checkpoint(dir.path(), checkpoint);
    EXPECT_EQ(train::newest_checkpoint(dir.path(), report)->step, 1) << forged;
  }
}

// Its checksums may be of another kind, so it looks broken, but an older checkpoint must not be loaded instead.
TEST(Checkpoint, OfAnotherVersionIsNotBroken) {
  const TempDir dir;
  for (const int64_t step : {1, 2}) train::save_checkpoint(dir.path(), small_checkpoint(step));
  const std::string path = dir.file("step-00000002/state.json");
  std::string text = read_text(*open_file(path), 1 << 20);
  const size_t at = text.find("trecvit.checkpoint/2");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 20, "trecvit.checkpoint/1");
  std::ofstream(path) << text;
  reports.clear();
  expect_error(ErrorKind::kInput, {"trecvit.checkpoint/1", "start.from"},
               [&] { train::newest_checkpoint(dir.path(), report); });
  EXPECT_TRUE(reports.empty());
}

TEST(Checkpoint, NoCheckpointIsNoError) {
  const TempDir dir;
  EXPECT_FALSE(train::newest_checkpoint(dir.path(), report).has_value());
  EXPECT_FALSE(train::newest_checkpoint(dir.file("missing"), report).has_value());
}

TEST(Checkpoint, OnlyBrokenOnesAreAnError) {
  const TempDir dir;
  for (const int64_t step : {1, 2}) {
    train::save_checkpoint(dir.path(), small_checkpoint(step));
    fs::remove(dir.file("step-0000000" + std::to_string(step) + "/state.json"));
  }
  expect_error(ErrorKind::kInput, {"one of 2 checkpoints"}, [&] { train::newest_checkpoint(dir.path(), report); });
}

// A broken checkpoint is moved out of the way, and removed only after the run has passed its step.
TEST(Checkpoint, BrokenOnesAreKeptUntilTheRunHasPassedThem) {
  const TempDir dir;
  for (const int64_t step : {1, 5, 7}) train::save_checkpoint(dir.path(), small_checkpoint(step));
  train::set_aside_checkpoints_after(dir.path(), 1);
  EXPECT_EQ(train::list_checkpoints(dir.path()), (std::vector{dir.file("step-00000001")}));
  EXPECT_EQ(train::load_checkpoint(dir.file("broken-step-00000007")).step, 7);
  train::save_checkpoint(dir.path(), small_checkpoint(6));
  train::prune_checkpoints(dir.path(), 1);
  EXPECT_FALSE(fs::exists(dir.file("broken-step-00000005")));
  EXPECT_TRUE(fs::exists(dir.file("broken-step-00000007")));
  EXPECT_TRUE(fs::exists(dir.file("step-00000006")));
}

TEST(Checkpoint, PruningKeepsTheNewestAndRemovesLeftovers) {
  const TempDir dir;
  for (const int64_t step : {1, 2, 3, 4}) train::save_checkpoint(dir.path(), small_checkpoint(step));
  fs::create_directory(dir.file(".part-step-00000009"));
  fs::create_directory(dir.file(".old-step-00000001"));
  train::prune_checkpoints(dir.path(), 2);
  const auto left = train::list_checkpoints(dir.path());
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[0], dir.file("step-00000004"));
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), {}), 2);
}

}  // namespace
}  // namespace trecvit::test
