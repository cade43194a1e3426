// Runs that resume with changes, or after a failure.
#include <fstream>
#include <sstream>

#include "data/data_test.h"
#include "train/train_test.h"
#include "trecvit/report/run_facts.h"
#include "trecvit/train/checkpoint.h"
#include "trecvit/train/schedule.h"

namespace trecvit::test {
namespace {

namespace fs = std::filesystem;

struct Going {
  std::set<std::string> changed;
  bool edited = false;
  int64_t most = -1;  // steps; -1: to the end
};

// What the command does for --resume.
train::TrainOutcome go_on(const std::string& folder, const TrainConfig& config, const Going& going = {},
                          std::vector<std::string>* said = nullptr) {
  train::TrainRequest request;
  request.config = config;
  request.folder = folder;
  request.resume = true;
  request.changed = going.changed;
  request.edited = going.edited;
  request.progress = ProgressMode::kNone;
  StopAfter stop(going.most);
  stop.give_to(request);
  request.say = [said](const std::string& line) {
    if (said) said->push_back(line);
  };
  return train::train(request);
}

std::vector<Json> log_lines_of(const std::string& folder) {
  std::vector<Json> lines;
  std::istringstream text(bytes_of(folder + "/log.jsonl"));
  for (std::string line; std::getline(text, line);) lines.push_back(parse_json(line, "log"));
  return lines;
}

std::map<int64_t, double> rates_of(const std::string& folder) {
  std::map<int64_t, double> rates;
  for (const auto& line : log_lines_of(folder)) {
    if (line.contains("learning_rate")) rates[line.at("step")] = line.at("learning_rate");
  }
  return rates;
}

// After the change, the learning rate is that of a run that had these settings from the start.
TEST(ResumeWithChanges, AppliesAnotherLengthAndRate) {
  const TempDir dir;
  const std::string folder = dir.file("run");
  run_in(folder, tiny_config());
  const TrainConfig longer = tiny_config({"run.steps=12", "optimizer.learning_rate=5e-4"});
  std::vector<std::string> said;
  const auto outcome = go_on(folder, longer, {{"run.steps", "optimizer.learning_rate"}}, &said);
  EXPECT_EQ(outcome.step, 12);
  const train::Schedule before{1e-3, 0, 2, 8}, after{5e-4, 0, 2, 12};
  const auto rates = rates_of(folder);
  ASSERT_EQ(rates.size(), 12U);
  for (const auto& [step, rate] : rates) {
    EXPECT_DOUBLE_EQ(rate, step <= 8 ? before.at(step - 1) : after.at(step - 1)) << step;
  }
  const std::string log = bytes_of(folder + "/log.jsonl");
  EXPECT_NE(log.find("run.steps = 12 (8 before)"), std::string::npos) << log;
  EXPECT_NE(log.find("optimizer.learning_rate = 0.0005 (0.001 before)"), std::string::npos) << log;
  EXPECT_TRUE(std::any_of(said.begin(), said.end(),
                          [](const auto& line) { return line.find("continues with") != std::string::npos; }));
}

// A run that is stopped after the change ends like one that is not.
TEST(ResumeWithChanges, ContinuesBitForBit) {
  const TempDir dir;
  const TrainConfig longer = tiny_config({"run.steps=12"});
  for (const char* name : {"whole", "part"}) run_in(dir.file(name), tiny_config(), 5);
  go_on(dir.file("whole"), longer, {{"run.steps"}});
  EXPECT_TRUE(go_on(dir.file("part"), longer, {{"run.steps"}, false, 0}).stopped);
  EXPECT_TRUE(go_on(dir.file("part"), longer, {{}, false, 3}).stopped);
  go_on(dir.file("part"), longer);
  for (const char* file : {"/model/model.safetensors", "/best/model.safetensors", "/log.jsonl"})
    EXPECT_EQ(bytes_of(dir.file("part") + file), bytes_of(dir.file("whole") + file)) << file;
}

TEST(ResumeWithChanges, RefusesFewerStepsThanAreDone) {
  const TempDir dir;
  run_in(dir.file("run"), tiny_config(), 5);
  expect_error(ErrorKind::kUsage, {"[run.steps]", "at least the 5 steps"},
               [&] { go_on(dir.file("run"), tiny_config({"run.steps=4"}), {{"run.steps"}}); });
}

// Such a change is reported and not stored.
TEST(ResumeWithChanges, IgnoresARateIfNoStepIsLeft) {
  const TempDir dir;
  run_in(dir.file("run"), tiny_config());
  const std::string log = bytes_of(dir.file("run/log.jsonl"));
  std::vector<std::string> said;
  go_on(dir.file("run"), tiny_config({"optimizer.learning_rate=0.5"}), {{"optimizer.learning_rate"}}, &said);
  EXPECT_EQ(bytes_of(dir.file("run/log.jsonl")), log);
  EXPECT_TRUE(std::count(said.begin(), said.end(),
                         "no step is left for optimizer.learning_rate = 0.5 (0.001 before): all 8 are done; also "
                         "raise run.steps"));
}

// Storing only one of two changes would be a surprise, so both are refused.
TEST(ResumeWithChanges, RefusesARateWithOtherChangesIfNoStepIsLeft) {
  const TempDir dir;
  run_in(dir.file("run"), tiny_config());
  expect_error(ErrorKind::kUsage, {"[run.steps]", "more than the 8 steps", "leave it out"}, [&] {
    go_on(dir.file("run"), tiny_config({"optimizer.learning_rate=0.5", "loader.workers=2"}),
          {{"optimizer.learning_rate", "loader.workers"}});
  });
}

TEST(ResumeWithChanges, ReportsALengthInEpochsInSteps) {
  const TempDir dir;
  run_in(dir.file("run"), tiny_config({"run.steps=0", "run.epochs=1"}), 3);  // 24 clips, 4 per step
  std::vector<std::string> said;
  go_on(dir.file("run"), tiny_config({"run.steps=7", "run.epochs=1"}), {{"run.steps"}}, &said);
  EXPECT_TRUE(std::count(said.begin(), said.end(), "continues with run.steps = 7 (6 before)"));
}

TEST(ResumeWithChanges, RefusesChangesByHand) {
  const TempDir dir;
  run_in(dir.file("run"), tiny_config(), 5);
  const auto edited = [&](const std::string& change, const std::set<std::string>& changed) {
    return go_on(dir.file("run"), tiny_config({change}), {changed, true, 0});
  };
  expect_error(ErrorKind::kUsage,
               {"run/config.toml]", "optimizer.learning_rate = 0.001 as in the checkpoint, got 0.003",
                "--set optimizer.learning_rate=0.003", "edited by hand"},
               [&] { edited("optimizer.learning_rate=0.003", {}); });
  expect_error(ErrorKind::kUsage, {"optimizer.weight_decay = 0.03 as in the checkpoint, got 0.5"},
               [&] { edited("optimizer.weight_decay=0.5", {}); });
  EXPECT_TRUE(edited("loader.workers=2", {}).stopped);
  EXPECT_TRUE(edited("optimizer.learning_rate=0.003", {"optimizer.learning_rate"}).stopped);
}

TEST(ResumeWithChanges, AcceptsClipsInAnotherPlace) {
  const TempDir dir;
  auto videos = std::make_unique<VideoFolder>();
  for (int i = 0; i < 4; ++i) videos->add_video(std::to_string(i) + ".npz", static_cast<uint8_t>(40 * i), 6);
  videos->write("list.txt", "0.npz a\n1.npz a\n2.npz b\n3.npz b\n");
  const auto config_at = [](const std::string& place) {
    return tiny_config({"data.train.source=" + place + "/list.txt", "data.val.source=" + place + "/list.txt",
                        "data.train.clips=0", "data.val.clips=0", "run.batch=2"});
  };
  const std::string before = fs::path(videos->file("list.txt")).parent_path().string(), after = dir.file("moved");
  run_in(dir.file("whole"), config_at(before));
  run_in(dir.file("run"), config_at(before), 3);
  fs::copy(before, after);
  videos.reset();
  expect_error(ErrorKind::kInput, {"list.txt", "data.train.source=PATH", "root=FOLDER"},
               [&] { go_on(dir.file("run"), config_at(before)); });
  go_on(dir.file("run"), config_at(after), {{"data.train.source", "data.val.source"}});
  EXPECT_EQ(bytes_of(dir.file("run/model/model.safetensors")), bytes_of(dir.file("whole/model/model.safetensors")));
  EXPECT_EQ(bytes_of(dir.file("run/log.jsonl")), bytes_of(dir.file("whole/log.jsonl")));
}

// The message about a relative path says which folder it starts from.
TEST(ResumeWithChanges, SaysWhereAMissingFolderWasExpected) {
  const TempDir dir;
  expect_error(ErrorKind::kInput, {"data.train.source is no/such/place", "relative to the current folder, /"},
               [&] { run_in(dir.file("run"), tiny_config({"data.train.source=no/such/place"})); });
}

TEST(ResumeWithChanges, RefusesAnotherTestSet) {
  const TempDir dir;
  run_in(dir.file("run"), tiny_config(), 3);
  expect_error(ErrorKind::kInput, {"val_data", "test set changed"}, [&] {
    go_on(dir.file("run"), tiny_config({"data.val.source=synthetic:camera_moves?classes=directions&pool=9"}),
          {{"data.val.source"}});
  });
}

// The steps at which the test had a new best result.
std::vector<int64_t> improvements(const std::string& folder) {
  std::vector<int64_t> steps;
  double best = -1;
  for (const auto& line : log_lines_of(folder)) {
    if (!line.contains("val") || line.at("val").at("balanced_accuracy").get<double>() <= best) continue;
    best = line.at("val").at("balanced_accuracy");
    steps.push_back(line.at("step"));
  }
  return steps;
}

TEST(ResumeAfterAFailure, ReplacesAMissingBestModel) {
  const TempDir dir;
  run_in(dir.file("run"), tiny_config(), 5);
  fs::remove_all(dir.file("run/best"));
  EXPECT_TRUE(go_on(dir.file("run"), tiny_config()).best.has_value());
  EXPECT_TRUE(fs::exists(dir.file("run/best/model.safetensors")));
}

// As after a kill between a test and the next checkpoint.
TEST(ResumeAfterAFailure, AcceptsABestModelNewerThanTheCheckpoint) {
  const TempDir dir;
  run_in(dir.file("run"), tiny_config(), 5);
  fs::remove(dir.file("run/best/best.json"));
  report::write_kept_best(dir.file("run/best"), {{7, "balanced accuracy", 0.75}, 0.75});
  go_on(dir.file("run"), tiny_config(), {{}, false, 1});
  EXPECT_EQ(train::load_checkpoint(dir.file("run/checkpoints/step-00000006")).state.at("best").at("step"), 7);
  EXPECT_EQ(go_on(dir.file("run"), tiny_config()).step, 8);
}

// best/ records its own step, because no checkpoint is written after the last step.
TEST(ResumeAfterAFailure, ARestoredBestModelKeepsItsStep) {
  const TempDir dir;
  run_in(dir.file("run"), tiny_config({"run.eval_every=2", "data.val.clips=40"}));
  fs::remove_all(dir.file("run/best"));
  for (int time = 0; time < 2; ++time) {
    const auto outcome = go_on(dir.file("run"), tiny_config({"run.eval_every=2", "data.val.clips=40"}));
    ASSERT_TRUE(outcome.best.has_value());
    EXPECT_EQ(outcome.best->step, 8) << time;
    EXPECT_EQ(bytes_of(dir.file("run/best/model.safetensors")), bytes_of(dir.file("run/model/model.safetensors")));
    EXPECT_EQ(parse_json(bytes_of(dir.file("run/run.json")), "run.json").at("best").at("step"), 8) << time;
  }
}

// A new start would overwrite the models of the run.
TEST(ResumeAfterAFailure, DoesNotRestartAFinishedRunWithoutCheckpoints) {
  const TempDir dir;
  run_in(dir.file("run"), tiny_config());
  const std::string model = bytes_of(dir.file("run/model/model.safetensors")),
                    log = bytes_of(dir.file("run/log.jsonl"));
  fs::remove_all(dir.file("run/checkpoints"));
  expect_error(ErrorKind::kInput, {"run/checkpoints]", "ended after step 8", "put the folder back"},
               [&] { go_on(dir.file("run"), tiny_config()); });
  fs::remove(dir.file("run/run.json"));
  expect_error(ErrorKind::kInput, {"run/checkpoints]", "a run that ended"},
               [&] { go_on(dir.file("run"), tiny_config()); });
  EXPECT_EQ(bytes_of(dir.file("run/model/model.safetensors")), model);
  EXPECT_EQ(bytes_of(dir.file("run/log.jsonl")), log);
}

// The message names the table, not a clip, and without that table the run can be finished.
TEST(ResumeAfterAFailure, NamesABrokenTable) {
  const TempDir dir;
  run_in(dir.file("run"), tiny_config(), 5);
  std::ofstream(dir.file("run/metrics.csv"), std::ios::app) << "5,\"open\n";
  std::string message;
  try {
    go_on(dir.file("run"), tiny_config());
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    message = error.what();
  }
  EXPECT_NE(message.find("metrics.csv"), std::string::npos) << message;
  EXPECT_EQ(message.find("bad_files"), std::string::npos) << message;
  fs::remove(dir.file("run/metrics.csv"));
  EXPECT_FALSE(go_on(dir.file("run"), tiny_config()).stopped);
  EXPECT_TRUE(fs::exists(dir.file("run/report.html")));
}

// Step and score of best/ appear in the outcome, run.json, the report, and the first line of a resumed run.
TEST(BestModel, IsReportedEverywhere) {
  const TempDir dir;
  const TrainConfig config = tiny_config({"run.eval_every=2", "data.val.clips=40"});
  run_in(dir.file("run"), config, 5);
  std::vector<std::string> said;
  const auto outcome = go_on(dir.file("run"), config, {}, &said);
  const auto steps = improvements(dir.file("run"));
  const int64_t step = steps.back();
  int64_t before = 0;  // the best when the run was stopped
  for (const int64_t at : steps) before = at <= 5 ? at : before;
  ASSERT_TRUE(outcome.best.has_value());
  EXPECT_EQ(outcome.best->step, step);
  EXPECT_EQ(outcome.best->measure, "balanced accuracy");
  const Json facts = parse_json(bytes_of(dir.file("run/run.json")), "run.json");
  EXPECT_EQ(facts.at("best").at("step"), step);
  EXPECT_EQ(facts.at("best").at("value"), outcome.best->value);
  EXPECT_TRUE(facts.contains("ended"));
  const std::string report = bytes_of(dir.file("run/report.html")), words = describe(*outcome.best);
  for (const auto& part : {words, std::string("duration"), std::string("clips per second"), std::string("LibTorch ")})
    EXPECT_NE(report.find(part), std::string::npos) << part;
  const std::string resumed = fmt::format("resuming after step 5 of 8; best model so far: step {}", before);
  EXPECT_TRUE(std::any_of(said.begin(), said.end(), [&](const auto& line) { return line.starts_with(resumed); }))
      << resumed;
}

// Pre-training is scored by its loss: lower is better.
TEST(BestModel, OfPretrainingHasTheLowestLoss) {
  const TempDir dir;
  const auto outcome = run_in(dir.file("run"), tiny_config({"task=recall", "recall.back=2", "run.eval_every=2"}));
  double least = 1e9;
  for (const auto& line : log_lines_of(dir.file("run"))) {
    if (line.contains("val")) least = std::min(least, line.at("val").at("loss").get<double>());
  }
  EXPECT_EQ(outcome.best->measure, "loss");
  EXPECT_EQ(outcome.best->value, least);
}

}  // namespace
}  // namespace trecvit::test
