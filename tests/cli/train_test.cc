// trecvit train as a user runs it: from nothing to a model, stopped, killed and resumed.
#include <fstream>

#include "cli/train_fixture.h"

namespace trecvit::test {
namespace {

TEST_F(Train, WritesAllResultsAndTheEngineRunsTheModel) {
  const Output out = run("train --config tiny.toml --json");
  ASSERT_EQ(out.code, 0) << out.err;
  const Json result = out.json().at(0);
  EXPECT_EQ(result.at("schema"), "trecvit.train/1");
  EXPECT_EQ(result.at("step"), 10);
  EXPECT_EQ(result.at("metrics").at("count"), 8);
  EXPECT_EQ(result.at("best").at("measure"), "balanced accuracy");
  for (const char* name : {"config.toml", "run.json", "log.jsonl", "metrics.csv", "report.html", "model/config.json",
                           "best/model.safetensors", "events.out.tfevents.trecvit", "checkpoints/step-00000010"})
    EXPECT_TRUE(fs::exists(dir_.file("runs/train/tiny-1/") + name)) << name;
  for (const char* word : {"parameters", "10 steps, 40 clips, 160 frames", "MFLOP", "needs    about ", " of memory"})
    EXPECT_NE(out.err.find(word), std::string::npos) << out.err;  // the numbers computed before the run
  const Output used = run("classify --model runs/train/tiny-1/model synthetic:shapes?frames=4 --json");
  ASSERT_EQ(used.code, 0) << used.err;
  EXPECT_NE(used.out.find("pan_left"), std::string::npos);
  // A checkpoint is a model too.
  EXPECT_EQ(run("info --model runs/train/tiny-1/checkpoints/step-00000009").code, 0);
}

// Clips from files with several labels each; some files cannot be read.
TEST_F(Train, SeveralLabelsAndBadFiles) {
  std::string list = "path,label\n";
  for (int i = 0; i < 8; ++i) {
    const std::string name = std::to_string(i) + ".npz";
    if (i != 5) write_video(name, static_cast<uint8_t>(30 * i));
    list += name + (i % 3 == 0 ? ",low\n" : i % 3 == 1 ? ",high\n" : ",low;high\n");
  }
  write("list.csv", list);
  const Output out =
      run("train --config tiny.toml --json --set data.train.source=list.csv --set data.val.source=list.csv --set "
          "objective.multi_label=true --set loader.bad_files=skip --set loader.bad_limit=0.5 --set data.train.clips=0 "
          "--set "
          "data.val.clips=0");
  ASSERT_EQ(out.code, 0) << out.err;
  EXPECT_GT(out.json()[0].at("metrics").at("mean_average_precision").get<double>(), 0);
  const std::string log = bytes("runs/train/tiny-1/log.jsonl");
  EXPECT_NE(log.find("bad file: "), std::string::npos) << log;
  EXPECT_NE(out.err.find("bad file: [./5.npz]"), std::string::npos) << out.err;
  EXPECT_EQ(log.find("\"accuracy\":"), std::string::npos) << log;
  const std::string csv = bytes("runs/train/tiny-1/metrics.csv");
  EXPECT_NE(csv.find("3,,,,,,,,,,,"), std::string::npos) << csv;
  const Output tested = run("eval --config runs/train/tiny-1/config.toml --json");
  ASSERT_EQ(tested.code, 0) << tested.err;
  EXPECT_EQ(tested.json()[0].at("bad_files").size(), 1U);
  EXPECT_EQ(tested.json()[0].at("count"), 7);
  const Output table = run("eval --config runs/train/tiny-1/config.toml");
  EXPECT_NE(table.out.find("average precision"), std::string::npos) << table.out;
}

// Settings that prevent a run from resuming may be changed, and so may those of the remaining steps. The change is
// written to config.toml when the run resumes.
TEST_F(Train, ResumeAcceptsOnlySomeChanges) {
  ASSERT_EQ(run("train --config tiny.toml --quiet").code, 0);
  const std::string config = "runs/train/tiny-1/config.toml", before = bytes(config);
  for (const char* change : {"run.epochs=20", "seed=3", "optimizer.weight_decay=1", "run.steps=9"}) {
    EXPECT_EQ(run(std::string("train --resume=runs/train/tiny-1 --set ") + change).code, 2) << change;
  }
  for (const char* change : {"seed=3", "optimizer.weight_decay=1"}) {
    const Output refused = run(std::string("train --resume=runs/train/tiny-1 --set ") + change);
    EXPECT_EQ(refused.code, 2) << change;
    EXPECT_NE(refused.err.find("loader.bad_files"), std::string::npos) << refused.err;
  }
  const Output slip = run("train --resume=runs/train/tiny-1 --set run.stpes=9");
  EXPECT_EQ(slip.code, 2);
  EXPECT_NE(slip.err.find("[--set run.stpes=9] expected a key of a training config, got the unknown run.stpes; did you "
                          "mean run.steps?"),
            std::string::npos)
      << slip.err;
  EXPECT_EQ(bytes(config), before);
  ASSERT_EQ(run("train --resume=runs/train/tiny-1 --quiet --set loader.workers=2 --set run.on_nan=skip").code, 0);
  EXPECT_NE(bytes(config).find("workers = 2"), std::string::npos);
  EXPECT_NE(bytes(config).find("on_nan = \"skip\""), std::string::npos);
  const Output longer = run("train --resume=runs/train/tiny-1 --set run.steps=12 --set optimizer.learning_rate=5e-4");
  ASSERT_EQ(longer.code, 0) << longer.err;
  EXPECT_NE(longer.out.find("step 12"), std::string::npos) << longer.out;
  EXPECT_NE(longer.out.find("best model"), std::string::npos) << longer.out;
  EXPECT_NE(bytes(config).find("learning_rate = 0.0005"), std::string::npos);
  EXPECT_NE(bytes("runs/train/tiny-1/log.jsonl").find("run.steps = 12 (10 before)"), std::string::npos);
}

// A manually edited field of config.toml is named, together with the way to change it.
TEST_F(Train, AConfigEditedByHandIsDetected) {
  ASSERT_EQ(run("train --config tiny.toml --quiet").code, 0);
  const std::string path = dir_.file("runs/train/tiny-1/config.toml");
  std::string text = bytes("runs/train/tiny-1/config.toml");
  const std::string rate = "learning_rate = 0.001\n";
  ASSERT_NE(text.find(rate), std::string::npos) << text;
  text.replace(text.find(rate), rate.size(), "learning_rate = 0.003\n");
  AtomicFile file(path, Overwrite::kYes);
  file.write(text);
  file.commit();
  const Output refused = run("train --resume=runs/train/tiny-1");
  EXPECT_EQ(refused.code, 2);
  for (const char* part : {"optimizer.learning_rate = 0.001", "got 0.003", "--set optimizer.learning_rate=0.003"})
    EXPECT_NE(refused.err.find(part), std::string::npos) << refused.err;
  EXPECT_EQ(run("train --quiet --resume=runs/train/tiny-1 --set optimizer.learning_rate=0.003").code, 0);
}

// Running as a service without stdout must not make a run fail after hours.
TEST_F(Train, AClosedStdoutIsNotAnError) {
  EXPECT_EQ(run("train --config tiny.toml --quiet --set run.steps=1 >&-").code, 0);
  EXPECT_TRUE(fs::exists(dir_.file("runs/train/tiny-1/model/model.safetensors")));
}

TEST_F(Train, CheckComparesBothExecutions) {
  const Output out = run("check --model generated:mu --execution both --json");
  ASSERT_EQ(out.code, 0) << out.err;
  bool both = false;
  for (const auto& line : out.json())
    both = both || line.at("comparison").get<std::string>().ends_with("against model");
  EXPECT_TRUE(both) << out.out;
  for (const char* comparison : {"fused against plain, model", "steps against clip, model"})
    EXPECT_NE(out.out.find(comparison), std::string::npos) << out.out;
  const Output strict = run("check --model generated:mu --execution both --tolerance 1e-12");
  EXPECT_EQ(strict.code, 1);
  EXPECT_NE(strict.out.find("first at "), std::string::npos) << strict.out;
  EXPECT_EQ(run("check --model generated:mu --execution model").code, 0);
}

TEST_F(Train, DumpByTheModelEqualsTheEngine) {
  const std::string dump = "dump --model generated:mu synthetic:noise?frames=4 --taps all ";
  ASSERT_EQ(run(dump + "--provider reference -o engine.npz").code, 0);
  const Output model = run(dump + "--execution model -o model.npz");
  ASSERT_EQ(model.code, 0) << model.err;
  const Output check =
      run("check --model generated:mu synthetic:noise?frames=4 --execution model --against engine.npz");
  EXPECT_EQ(check.code, 0) << check.out;
  EXPECT_EQ(run(dump + "--execution model --mode stream -o stream.npz").code, 0);
  EXPECT_EQ(run("dump --model generated:mu synthetic:noise?frames=4 --taps nonsense --execution model -o x.npz").code,
            2);
}

TEST_F(Train, BadConfigsGiveMessages) {
  for (const char* change : {"run.steps=-1", "no.such.key=1", "clip.order=sideways", "model.width=7",
                             "data.train.source=synthetic:nonsense"}) {
    const Output out = run(std::string("train --config tiny.toml --set ") + change);
    EXPECT_EQ(out.code, 2) << change << ": " << out.err;
    EXPECT_NE(out.err.find("expected"), std::string::npos) << out.err;
  }
  for (const char* device :
       {"train --config tiny.toml --device cuda:99", "check --model generated:mu --execution model --device cuda:99"}) {
    const Output out = run(device);
    EXPECT_EQ(out.code, 4) << out.err;
    EXPECT_NE(out.err.find("[device]"), std::string::npos) << out.err;
  }
  EXPECT_EQ(run("train --config tiny.toml --device cuda:").code, 2);
  EXPECT_EQ(run("train --config tiny.toml --device tpu").code, 2);
  EXPECT_EQ(run("train --config missing.toml").code, 3);
  std::ofstream(dir_.file("empty.toml")) << "";
  const Output empty = run("train --config empty.toml");
  EXPECT_EQ(empty.code, 2);
  EXPECT_NE(empty.err.find("[empty.toml] expected a config that names the model to train"), std::string::npos)
      << empty.err;
  EXPECT_EQ(run("train").code, 2);
  EXPECT_EQ(run("train --resume=missing").code, 3);
  EXPECT_EQ(run("train --help-config").code, 0);
}

TEST_F(Train, WithoutTrecvitTrainThereIsAMessage) {
  fs::copy_file(TRECVIT_COMMAND, dir_.file("trecvit"));
  const int status =
      std::system(("'" + dir_.file("trecvit") + "' train --config x 2>'" + dir_.file("err") + "'").c_str());
  EXPECT_EQ(WEXITSTATUS(status), 4);
  EXPECT_NE(bytes("err").find("trecvit-train"), std::string::npos);
}

TEST_F(Train, TwoRunsCannotShareAFolder) {
  const pid_t first = start("", "first.err");
  const std::string folder = "runs/train/tiny-1";
  ASSERT_TRUE(wait_for(folder + "/checkpoints/step-00000001", first)) << bytes("first.err");
  const Output second = run("train --resume=" + folder);
  EXPECT_EQ(second.code, 2) << second.err;
  kill(first, SIGKILL);
  waitpid(first, nullptr, 0);
}

TEST_F(Train, SignalsSaveAndPrintHowToResume) {
  int runs = 0;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const std::string number = std::to_string(++runs), folder = "runs/train/tiny-" + number;
    const pid_t child = start("", "err" + number);
    ASSERT_TRUE(wait_for(folder + "/checkpoints/step-00000001", child)) << bytes("err" + number);
    kill(child, signal);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 128 + signal);
    EXPECT_NE(bytes("err" + number).find("trecvit train --resume=" + folder), std::string::npos)
        << bytes("err" + number);
    // A run that was stopped has no model yet; its checkpoint can be tested instead.
    fs::create_directory(dir_.file(folder + "/checkpoints/step-99999999.bak"));
    const Output tested = run("eval --config " + folder + "/config.toml");
    EXPECT_EQ(tested.code, 3);
    for (const auto& part : {std::string("expected a finished run"), "trecvit train --resume=" + folder,
                             "--model " + folder + "/checkpoints/step-"})
      EXPECT_NE(tested.err.find(part), std::string::npos) << tested.err;
    EXPECT_EQ(tested.err.find("99999999"), std::string::npos) << tested.err;
    EXPECT_EQ(run("train --quiet --resume=" + folder).code, 0);
  }
  for (const char* other : {"2", "3"})
    EXPECT_EQ(bytes("runs/train/tiny-1/model/model.safetensors"),
              bytes(std::string("runs/train/tiny-") + other + "/model/model.safetensors"));
}

// Saves a checkpoint after every step. Every other kill comes at a random moment, the others as soon as a save is seen
// to have begun; runs follow one another until enough were killed.
TEST_F(Train, KilledAtRandomMomentsTheResultIsTheSame) {
  ASSERT_EQ(run("train --config tiny.toml --set run.steps=40 --quiet").code, 0);
  const RandomStream random(7, "kills");
  const int kills = std::getenv("TRECVIT_KILLS") != nullptr ? std::atoi(std::getenv("TRECVIT_KILLS")) : 20;
  int killed = 0, finished = 0, in_save = 0, after_save = 0;
  std::string folder;  // of the current run, once it can be resumed
  for (uint64_t i = 0; killed < kills || !folder.empty() || finished == 0; ++i) {
    const pid_t child = start(folder, "err");
    if (killed < kills) {
      std::this_thread::sleep_for(std::chrono::microseconds(random.bits(i) % 1'500'000));
      // However slow the machine is, some kills are inside a save and some after one.
      if (i % 4 == 1) wait_for(child, [this](const std::string& run) { return is_saving(run); });
      if (i % 4 == 3)
        wait_for(child, [this](const std::string& run) { return run != "runs/train/tiny-1" && has_checkpoint(run); });
      kill(child, SIGKILL);
    }
    int status = 0;
    waitpid(child, &status, 0);
    const std::string newest = newest_run();
    if (WIFSIGNALED(status)) {
      ++killed;
      const bool own = newest != "runs/train/tiny-1";
      in_save += own && is_saving(newest) ? 1 : 0;
      after_save += own && has_checkpoint(newest) ? 1 : 0;
      folder = fs::exists(dir_.file(newest + "/config.toml")) && newest != "runs/train/tiny-1" ? newest : "";
      continue;
    }
    ASSERT_EQ(WEXITSTATUS(status), 0) << bytes("err");
    ++finished;
    for (const char* file : {"/model/model.safetensors", "/best/model.safetensors", "/log.jsonl"})
      EXPECT_EQ(bytes(newest + file), bytes(std::string("runs/train/tiny-1") + file)) << newest << file;
    folder.clear();
  }
  EXPECT_GE(finished, 1);
  EXPECT_GE(in_save, 1);
  EXPECT_GE(after_save, 1);
  std::printf(
      "%d kills, %d of them inside a save, %d after the first; %d runs ended, all with the weights of the run "
      "never stopped\n",
      killed, in_save, after_save, finished);
}

}  // namespace
}  // namespace trecvit::test
