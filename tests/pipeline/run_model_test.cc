// The model of a training run: of a finished one, and what is said of one that has not ended.
#include "trecvit/pipeline/run_model.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/errors.h"
#include "support/files.h"
#include "support/temp_dir.h"
#include "support/working_folder.h"
#include "trecvit/io/run_record.h"

namespace trecvit::test {
namespace {

namespace fs = std::filesystem;

Json best_of_run() { return to_json(BestModel{400, "balanced accuracy", 0.995}); }

class RunModel : public testing::Test {
 protected:
  std::string in_run(const std::string& name) const { return folder_ + "/" + name; }
  void make(const std::string& folder) const { fs::create_directories(in_run(folder)); }
  void record(const Json& object) const {
    make("");
    write_file(in_run("run.json"), object.dump());
  }
  // The message for a run that has not ended.
  std::string refusal(TaskKind task = TaskKind::kClassify) const {
    std::string message;
    expect_error(ErrorKind::kInput, {"[" + folder_ + "] expected a finished run, got one without model/"}, [&] {
      try {
        model_of_run(in_run("config.toml"), task);
      } catch (const Error& error) {
        message = error.what();
        throw;
      }
    });
    return message;
  }

  const TempDir dir_;
  std::string folder_ = dir_.file("run-1");
};

TEST_F(RunModel, OfAFinishedRunIsItsModelFolder) {
  make("model");
  make("best");
  make("checkpoints/step-00000400");
  EXPECT_EQ(model_of_run(in_run("config.toml"), TaskKind::kClassify), in_run("model"));
}

TEST_F(RunModel, AConfigThatBelongsToNoRunIsRefused) {
  make("");
  make("checkpoints/step-400");  // no name of a checkpoint
  const std::string config = in_run("config.toml");
  expect_error(ErrorKind::kUsage, {"[eval] expected --model, or the config.toml of a run", config},
               [&] { model_of_run(config, TaskKind::kClassify); });
  expect_error(ErrorKind::kUsage, {"[eval]"},
               [&] { model_of_run(dir_.file("none/config.toml"), TaskKind::kClassify); });
}

TEST_F(RunModel, ARunWithoutCheckpointsCanOnlyBeContinued) {
  make("");
  write_file(in_run("log.jsonl"), "");
  const std::string message = refusal();
  EXPECT_TRUE(message.ends_with("; trecvit train --resume=" + folder_ + " continues it")) << message;
}

TEST_F(RunModel, TheVerbThatContinuesIsThatOfTheTask) {
  make("checkpoints/step-00000001");
  EXPECT_NE(refusal(TaskKind::kReconstruct).find("trecvit pretrain --resume="), std::string::npos);
  EXPECT_NE(refusal(TaskKind::kRecall).find("trecvit pretrain --resume="), std::string::npos);
  EXPECT_NE(refusal(TaskKind::kClassify).find("trecvit train --resume="), std::string::npos);
}

// By number, although the longer name comes first in the alphabet; other files do not count.
TEST_F(RunModel, TheNewestCheckpointIsOffered) {
  for (const char* name : {"step-00000007", "step-99999999", "step-123456789", "step-999999999.bak", "step-9999999999x",
                           "broken-step-999999999"})
    make(std::string("checkpoints/") + name);
  const std::string message = refusal();
  EXPECT_TRUE(
      message.ends_with("; what it has so far can be tested with --model " + in_run("checkpoints/step-123456789")))
      << message;
}

TEST_F(RunModel, TheBestModelIsOfferedFirst) {
  make("best");
  make("checkpoints/step-00000500");
  const std::string checkpoint = " or --model " + in_run("checkpoints/step-00000500");
  EXPECT_TRUE(refusal().ends_with("tested with --model " + in_run("best") + checkpoint)) << refusal();
  record({{"best", best_of_run()}});
  const std::string best = "--model " + in_run("best") + " (step 400, balanced accuracy 0.995)";
  EXPECT_TRUE(refusal().ends_with("tested with " + best + checkpoint)) << refusal();
}

TEST_F(RunModel, NamesAreQuotedForAShell) {
  folder_ = dir_.file("my run");
  make("best");
  make("checkpoints/step-00000500");
  const std::string message = refusal();
  for (const std::string& part : {"--resume='" + folder_ + "' continues", "--model '" + in_run("best") + "'",
                                  "--model '" + in_run("checkpoints/step-00000500") + "'"})
    EXPECT_NE(message.find(part), std::string::npos) << message;
}

// A config named without a folder lies in the working folder.
TEST_F(RunModel, OfTheWorkingFolder) {
  make("checkpoints/step-00000500");
  record({{"ended", "today"}, {"step", 10}});
  const WorkingFolder here(folder_);
  EXPECT_EQ(about_model_of_run("config.toml"), "model is from step 10");
  expect_error(ErrorKind::kInput, {"[.]", "--resume=. continues it", "--model checkpoints/step-00000500"},
               [] { model_of_run("config.toml", TaskKind::kClassify); });
  make("model");
  EXPECT_EQ(model_of_run("config.toml", TaskKind::kClassify), "model");
}

TEST_F(RunModel, StepsAndScoreAreTold) {
  record({{"started", "yesterday"}, {"ended", "today"}, {"step", 500}});
  EXPECT_EQ(about_model_of_run(in_run("config.toml")), in_run("model") + " is from step 500");
  record({{"started", "yesterday"}, {"ended", "today"}, {"step", 500}, {"best", best_of_run()}});
  EXPECT_EQ(about_model_of_run(in_run("config.toml")),
            in_run("model") + " is from step 500; " + in_run("best") + " is from step 400, balanced accuracy 0.995");
}

TEST_F(RunModel, OfAResumedRunItsAgeIsTold) {
  record({{"started", "yesterday"}, {"step", 500}, {"best", best_of_run()}});
  EXPECT_EQ(about_model_of_run(in_run("config.toml")), in_run("model") + " is from before the run was resumed; " +
                                                           in_run("best") +
                                                           " is from step 400, balanced accuracy 0.995");
}

TEST_F(RunModel, NothingIsToldIfTheFolderDoesNotSay) {
  EXPECT_EQ(about_model_of_run(in_run("config.toml")), "") << "no folder";
  record({{"step", 500}, {"best", best_of_run()}});
  EXPECT_EQ(about_model_of_run(in_run("config.toml")), "") << "neither started nor ended";
  write_file(in_run("run.json"), "{\"started\": \"yester");
  EXPECT_EQ(about_model_of_run(in_run("config.toml")), "") << "cut off";
}

}  // namespace
}  // namespace trecvit::test
