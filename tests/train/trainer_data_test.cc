// Runs whose clips changed, cannot be read, or have too few classes.
#include <algorithm>

#include "data/data_test.h"
#include "train/train_test.h"
#include "trecvit/train/checkpoint.h"
#include "trecvit/train/trainer.h"

namespace trecvit::test {
namespace {

// The batches would differ from those of the earlier steps.
TEST(TrainerData, RefusesDataThatDifferFromTheCheckpoint) {
  const TempDir dir;
  run_in(dir.file("run"), tiny_config(), 2);
  for (const char* change : {"data.train.clips=28", "run.batch=2", "optimizer.accumulate=2"}) {
    expect_error(ErrorKind::kInput, {"as in the checkpoint"},
                 [&] { run_in(dir.file("run"), tiny_config({change}), -1, /*resume=*/true); });
  }
}

// A list with as many clips and the same classes, but in another order or with two labels exchanged.
TEST(TrainerData, RefusesAnotherListOfTheSameLength) {
  const TempDir dir;
  VideoFolder videos;
  for (int i = 0; i < 4; ++i) videos.add_video(std::to_string(i) + ".npz", static_cast<uint8_t>(40 * i), 6);
  const TrainConfig config = tiny_config(
      {"data.train.source=" + videos.file("list.txt"), "data.val.source=''", "data.train.clips=0", "run.batch=2"});
  videos.write("list.txt", "0.npz a\n1.npz a\n2.npz b\n3.npz b\n");
  run_in(dir.file("run"), config, 2);
  for (const char* other : {"1.npz a\n0.npz a\n2.npz b\n3.npz b\n", "0.npz b\n1.npz a\n2.npz b\n3.npz a\n"}) {
    videos.write("list.txt", other);
    expect_error(ErrorKind::kInput, {"expected data =", "has the training set changed"},
                 [&] { run_in(dir.file("run"), config, -1, /*resume=*/true); });
  }
  videos.write("list.txt", "0.npz a\n1.npz a\n2.npz b\n3.npz b\n");
  EXPECT_FALSE(run_in(dir.file("run"), config, -1, /*resume=*/true).stopped);
}

// The samples of a wrapper have their own names, but depend on the list too.
TEST(TrainerData, RefusesAnotherListUnderAWrapper) {
  const TempDir dir;
  VideoFolder videos;
  for (int i = 0; i < 4; ++i) videos.add_video(std::to_string(i) + ".npz", static_cast<uint8_t>(40 * i), 6);
  for (const char* wrap : {"pairs", "reversed"}) {
    const TrainConfig config =
        tiny_config({"data.train.source=" + videos.file("list.txt"), "data.val.source=''", "data.train.clips=8",
                     "run.batch=2", std::string("data.train.wrap=") + wrap});
    const std::string folder = dir.file(wrap);
    videos.write("list.txt", "0.npz a\n1.npz a\n2.npz b\n3.npz b\n");
    run_in(folder, config, 2);
    videos.write("list.txt", "0.npz b\n1.npz a\n2.npz b\n3.npz a\n");
    expect_error(ErrorKind::kInput, {"expected data ="}, [&] { run_in(folder, config, -1, /*resume=*/true); });
  }
}

TEST(TrainerData, RefusesASingleClass) {
  const TempDir dir;
  VideoFolder videos;
  videos.add_video("0.npz", 3, 6);
  videos.write("list.txt", "0.npz a\n");
  const std::vector<std::string> changes = {"data.train.source=" + videos.file("list.txt"), "data.val.source=''",
                                            "data.train.clips=0"};
  expect_error(ErrorKind::kUsage, {"[data.train]", "two classes", "pretrain"},
               [&] { run_in(dir.file("run"), tiny_config(changes)); });
}

TEST(TrainerData, SavesWhatWasLearntBeforeABadFile) {
  const TempDir dir;
  VideoFolder videos;
  std::string list;
  for (int i = 0; i < 8; ++i) {
    const std::string name = std::to_string(i) + ".npz";
    if (i != 5) videos.add_video(name, static_cast<uint8_t>(20 * i), 6);
    list += name + (i % 2 == 0 ? " a\n" : " b\n");
  }
  videos.write("5.npz", "no archive");
  videos.write("list.txt", list);
  // The first epoch of four steps reads the file, but with this seed not in its first step.
  const std::vector<std::string> changes = {"data.train.source=" + videos.file("list.txt"),
                                            "data.val.source=''",
                                            "data.train.clips=0",
                                            "run.batch=2",
                                            "run.save_every=100",
                                            "loader.workers=0"};
  expect_error(ErrorKind::kInput, {"5.npz", "saved after step", "loader.bad_files=skip"},
               [&] { run_in(dir.file("run"), tiny_config(changes)); });
  ASSERT_EQ(train::list_checkpoints(dir.file("run/checkpoints")).size(), 1U);
  auto skipping = changes;
  skipping.emplace_back("loader.bad_files=skip");
  skipping.emplace_back("loader.bad_limit=0.5");
  EXPECT_FALSE(run_in(dir.file("run"), tiny_config(skipping), -1, /*resume=*/true).stopped);
}

// The same for a file that only a test reads.
TEST(TrainerData, SavesWhatWasLearntBeforeABadFileOfATest) {
  const TempDir dir;
  VideoFolder videos;
  videos.write("bad.npz", "no archive");
  videos.write("list.txt", "bad.npz pan_left\n");
  const std::vector<std::string> changes = {"data.val.source=" + videos.file("list.txt"), "data.val.clips=0",
                                            "run.eval_every=4", "run.save_every=100"};
  expect_error(ErrorKind::kInput, {"bad.npz", "saved after step 4"},
               [&] { run_in(dir.file("run"), tiny_config(changes)); });
  EXPECT_EQ(train::list_checkpoints(dir.file("run/checkpoints")).size(), 1U);
}

// Pre-training ignores labels, so a list may have some.
TEST(TrainerData, PretrainingAcceptsRowsWithoutALabel) {
  const TempDir dir;
  VideoFolder videos;
  std::string list = "path,label\n";
  for (int i = 0; i < 4; ++i) {
    const std::string name = std::to_string(i) + ".npz";
    videos.add_video(name, static_cast<uint8_t>(20 * i), 6);
    list += name + (i == 0 ? ",a\n" : ",\n");
  }
  videos.write("some.csv", list);
  const auto run = [&](const char* task) {
    return run_in(dir.file(task), tiny_config({task, "recall.back=2", "reconstruction.width=16",
                                               "reconstruction.depth=1", "reconstruction.heads=2", "run.steps=1",
                                               "data.train.source=" + videos.file("some.csv"), "data.train.clips=0",
                                               "data.val.source=" + videos.file("some.csv"), "data.val.clips=0"}));
  };
  for (const char* task : {"task=reconstruct", "task=recall"}) EXPECT_EQ(run(task).test->count, 4) << task;
  expect_error(ErrorKind::kInput, {"some.csv:3", "a label for '1.npz'"}, [&] { run("task=classify"); });
}

// Also remarks on the test set, which is read last.
TEST(TrainerData, ReportsRemarksOnClipsAtTheEnd) {
  const TempDir dir;
  VideoFolder videos;
  videos.add_video("short.npz", 90, 2);
  videos.write("list.txt", "short.npz pan_left\n");
  std::vector<std::string> said;
  train::TrainRequest request;
  request.config = tiny_config({"run.steps=1", "data.val.source=" + videos.file("list.txt"), "data.val.clips=0"});
  std::filesystem::create_directory(dir.file("run"));
  request.folder = dir.file("run");
  request.progress = ProgressMode::kNone;
  request.say = [&said](const std::string& line) { said.push_back(line); };
  train::train(request);
  const auto is_remark = [](const std::string& line) { return line.starts_with("val: 1 files have fewer frames"); };
  EXPECT_EQ(std::count_if(said.begin(), said.end(), is_remark), 1);
}

// The log and the report name a file that was skipped; a test without any clip gives no best model.
TEST(TrainerData, NamesBadFilesOfATest) {
  for (const char* task : {"task=classify", "task=reconstruct", "task=recall"}) {
    const TempDir dir;
    VideoFolder videos;
    videos.add_video("good.npz", 90, 6);
    videos.write("bad.npz", "no archive");
    videos.write("list.txt", "bad.npz pan_left\ngood.npz pan_right\n");
    videos.write("none.txt", "bad.npz pan_left\n");
    const auto run = [&](const std::string& name, const std::string& list) {
      return run_in(dir.file(name),
                    tiny_config({task, "recall.back=2", "reconstruction.width=16", "reconstruction.depth=1",
                                 "reconstruction.heads=2", "run.steps=1", "data.val.source=" + videos.file(list),
                                 "data.val.clips=0", "loader.bad_files=skip", "loader.bad_limit=1"}));
    };
    const auto outcome = run("run", "list.txt");
    EXPECT_EQ(outcome.test->count, 1) << task;
    ASSERT_EQ(outcome.test->bad_files.size(), 1U) << task;
    EXPECT_NE(bytes_of(dir.file("run/log.jsonl")).find("bad_files"), std::string::npos) << task;
    const std::string report = bytes_of(dir.file("run/report.html"));
    EXPECT_NE(report.find("not read: "), std::string::npos) << task;
    EXPECT_NE(report.find("bad.npz"), std::string::npos) << task;
    EXPECT_EQ(run("none", "none.txt").test->count, 0) << task;
    EXPECT_FALSE(std::filesystem::exists(dir.file("none/best"))) << task;
  }
}

}  // namespace
}  // namespace trecvit::test
