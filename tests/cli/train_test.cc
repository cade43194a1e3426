// trecvit train as a user runs it: from nothing to a model, stopped, killed, gone on with.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "cli/command.h"
#include "support/tiny_model.h"
#include "trecvit/base/random.h"
#include "trecvit/io/atomic_file.h"

namespace trecvit::test {
namespace {

namespace fs = std::filesystem;

const std::string kConfig = std::string("name = 'tiny'\n") + kTinyModel + R"(
[data.train]
source = "synthetic:camera_moves?classes=directions&objects=0&pool=4"
clips = 40
[data.val]
source = "synthetic:camera_moves?classes=directions&objects=0&pool=4"
clips = 8
[clip]
frames = 4
[optimizer]
learning_rate = 1e-3
warmup = 2
[run]
steps = 10
batch = 4
eval_every = 3
save_every = 1
log_every = 1
threads = 1
)";

class Train : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(fs::path(TRECVIT_COMMAND).parent_path() / "trecvit-train"))
      GTEST_SKIP() << "trecvit-train is not in this build";
    AtomicFile file(dir_.file("tiny.toml"), Overwrite::kNo);
    file.write(kConfig);
    file.commit();
  }
  Output run(const std::string& arguments) const { return trecvit(dir_, arguments); }
  std::string bytes(const std::string& path) const { return read_text(*open_file(dir_.file(path)), 1 << 26); }

  // Starts the command in its own process; kill(2) ends it.
  pid_t start(const std::string& resume, const std::string& log) const {
    const pid_t child = fork();
    if (child != 0) return child;
    if (chdir(dir_.path().c_str()) != 0) _exit(127);
    freopen(dir_.file(log).c_str(), "w", stderr);
    freopen("/dev/null", "w", stdout);
    if (resume.empty()) {
      execl(TRECVIT_COMMAND, "trecvit", "train", "--config=tiny.toml", "--set=run.steps=40", nullptr);
    } else {
      execl(TRECVIT_COMMAND, "trecvit", "train", ("--resume=" + resume).c_str(), nullptr);
    }
    _exit(127);
  }

  std::string newest_run() const {
    for (int number = 1000; number > 0; --number) {
      const std::string name = "runs/train/tiny-" + std::to_string(number);
      if (fs::exists(dir_.file(name))) return name;
    }
    return {};
  }

  TempDir dir_;
};

TEST_F(Train, WritesWhatItPromisesAndTheEngineRunsIt) {
  const Output out = run("train --config tiny.toml --json");
  ASSERT_EQ(out.code, 0) << out.err;
  const Json result = out.json().at(0);
  EXPECT_EQ(result.at("schema"), "trecvit.train/1");
  EXPECT_EQ(result.at("step"), 10);
  EXPECT_EQ(result.at("metrics").at("count"), 8);
  for (const char* name : {"config.toml", "run.json", "log.jsonl", "metrics.csv", "report.html", "model/config.json",
                           "best/model.safetensors", "events.out.tfevents.trecvit", "checkpoints/step-00000010"})
    EXPECT_TRUE(fs::exists(dir_.file("runs/train/tiny-1/") + name)) << name;
  EXPECT_NE(out.err.find("parameters"), std::string::npos);  // the arithmetic before the run
  const Output used = run("classify --model runs/train/tiny-1/model synthetic:shapes?frames=4 --json");
  ASSERT_EQ(used.code, 0) << used.err;
  EXPECT_NE(used.out.find("pan_left"), std::string::npos);
  // A checkpoint is a model too.
  EXPECT_EQ(run("info --model runs/train/tiny-1/checkpoints/step-00000009").code, 0);
}

TEST_F(Train, ModelAndEngineTestAlike) {
  ASSERT_EQ(run("train --config tiny.toml --quiet").code, 0);
  const std::string test = "eval --config runs/train/tiny-1/config.toml --json ";
  const Output engine = run(test), model = run(test + "--execution model");
  ASSERT_EQ(engine.code, 0) << engine.err;
  ASSERT_EQ(model.code, 0) << model.err;
  EXPECT_EQ(engine.json()[0].at("confusion"), model.json()[0].at("confusion"));
  EXPECT_NEAR(engine.json()[0].at("likelihood_loss").get<double>(), model.json()[0].at("likelihood_loss").get<double>(),
              1e-4);
}

TEST_F(Train, AProbeIsTestedByTheModelAlone) {
  ASSERT_EQ(run("train --config tiny.toml --quiet").code, 0);
  const Output trained =
      run("train --config tiny.toml --set name=probe --set start.from=runs/train/tiny-1/model --set "
          "start.backbone=frozen --set start.probe=attentive --json");
  ASSERT_EQ(trained.code, 0) << trained.err;
  const Output tested = run("eval --config runs/train/probe-1/config.toml --execution model --json");
  ASSERT_EQ(tested.code, 0) << tested.err;
  EXPECT_EQ(tested.json()[0].at("confusion"), trained.json()[0].at("metrics").at("confusion"));
  const Output engine = run("eval --config runs/train/probe-1/config.toml");
  EXPECT_EQ(engine.code, 2);
  EXPECT_NE(engine.err.find("--execution"), std::string::npos) << engine.err;
}

TEST_F(Train, CheckComparesBothExecutions) {
  const Output out = run("check --model generated:mu --execution both --json");
  ASSERT_EQ(out.code, 0) << out.err;
  bool both = false;
  for (const auto& line : out.json())
    both = both || line.at("comparison").get<std::string>().ends_with("against model");
  EXPECT_TRUE(both) << out.out;
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

TEST_F(Train, BadConfigsAreSentences) {
  for (const char* change : {"run.steps=-1", "no.such.key=1", "clip.order=sideways", "model.width=7",
                             "data.train.source=synthetic:nonsense"}) {
    const Output out = run(std::string("train --config tiny.toml --set ") + change);
    EXPECT_EQ(out.code, 2) << change << ": " << out.err;
    EXPECT_NE(out.err.find("expected"), std::string::npos) << out.err;
  }
  EXPECT_EQ(run("train --config missing.toml").code, 3);
  EXPECT_EQ(run("train").code, 2);
  EXPECT_EQ(run("train --resume=missing").code, 3);
  EXPECT_EQ(run("train --help-config").code, 0);
}

TEST_F(Train, WithoutTheTrainerItIsOneSentence) {
  fs::copy_file(TRECVIT_COMMAND, dir_.file("trecvit"));
  const int status =
      std::system(("'" + dir_.file("trecvit") + "' train --config x 2>'" + dir_.file("err") + "'").c_str());
  EXPECT_EQ(WEXITSTATUS(status), 4);
  EXPECT_NE(bytes("err").find("trecvit-train"), std::string::npos);
}

TEST_F(Train, TwoRunsCannotShareAFolder) {
  const pid_t first = start("", "first.err");
  const std::string folder = "runs/train/tiny-1";
  while (!fs::exists(dir_.file(folder + "/checkpoints/step-00000001")))
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const Output second = run("train --resume=" + folder);
  EXPECT_EQ(second.code, 2) << second.err;
  kill(first, SIGKILL);
  waitpid(first, nullptr, 0);
}

TEST_F(Train, SignalsSaveAndSayHowToGoOn) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const std::string number = signal == SIGINT ? "1" : "2", folder = "runs/train/tiny-" + number;
    const pid_t child = start("", "err" + number);
    while (!fs::exists(dir_.file(folder + "/checkpoints/step-00000001")))
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    kill(child, signal);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 128 + signal);
    EXPECT_NE(bytes("err" + number).find("trecvit train --resume=" + folder), std::string::npos)
        << bytes("err" + number);
    EXPECT_EQ(run("train --quiet --resume=" + folder).code, 0);
  }
  EXPECT_EQ(bytes("runs/train/tiny-1/model/model.safetensors"), bytes("runs/train/tiny-2/model/model.safetensors"));
}

// A checkpoint after every step, so that many kills fall into a save; one run after the other until enough were killed.
TEST_F(Train, KilledAtRandomMomentsItEndsTheSame) {
  ASSERT_EQ(run("train --config tiny.toml --set run.steps=40 --quiet").code, 0);
  const RandomStream random(7, "kills");
  const int kills = std::getenv("TRECVIT_KILLS") != nullptr ? std::atoi(std::getenv("TRECVIT_KILLS")) : 20;
  int killed = 0, finished = 0;
  std::string folder;  // of the run at hand, once it can be gone on with
  for (uint64_t i = 0; killed < kills || !folder.empty() || finished == 0; ++i) {
    const pid_t child = start(folder, "err");
    if (killed < kills) {
      std::this_thread::sleep_for(std::chrono::microseconds(random.bits(i) % 1'500'000));
      kill(child, SIGKILL);
    }
    int status = 0;
    waitpid(child, &status, 0);
    const std::string newest = newest_run();
    if (WIFSIGNALED(status)) {
      ++killed;
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
  std::printf("%d kills, %d runs ended, all with the weights of the run never stopped\n", killed, finished);
}

}  // namespace
}  // namespace trecvit::test
