// The verbs that inspect sets of clips.
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/command.h"
#include "support/tiny_model.h"
#include "trecvit/base/tensor.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/io/npz.h"

namespace trecvit::test {
namespace {

class DataVerbs : public testing::Test {
 protected:
  DataVerbs() {
    for (const char* name : {"a.npz", "b.npz"}) {
      NpzWriter writer(dir_.file(name), Overwrite::kNo);
      writer.add("video", HostTensor::from<uint8_t>({6, 16, 20, 3}, std::vector<uint8_t>(6 * 16 * 20 * 3, 90)).view());
      writer.finish();
    }
    write("good.csv", "path,label,group\na.npz,run,p0\nb.npz,walk,p1\n");
    write("bad.csv", "path,label\na.npz,run\nbroken.npz,walk\ngone.npz,walk\n");
    write("broken.npz", "no archive");
  }
  void write(const std::string& name, const std::string& text) {
    AtomicFile file(dir_.file(name), Overwrite::kNo);
    file.write(text);
    file.commit();
  }
  TempDir dir_;
};

TEST_F(DataVerbs, CheckNamesEveryBadFile) {
  const Output good = trecvit(dir_, "data check good.csv");
  EXPECT_EQ(good.code, 0) << good.err;
  constexpr const char* kGood =
      "2 files, 0 bad, 0 partly damaged\n"
      "2 with fewer than the 31 frames that 16 frames at stride 2 span: the last frame is repeated\n";
  EXPECT_EQ(good.out, kGood);
  const Output bad = trecvit(dir_, "data check bad.csv");
  EXPECT_EQ(bad.code, 3);
  EXPECT_NE(bad.out.find("broken.npz"), std::string::npos) << bad.out;
  EXPECT_NE(bad.out.find("gone.npz"), std::string::npos) << bad.out;
  EXPECT_NE(bad.out.find("3 files, 2 bad"), std::string::npos) << bad.out;
  const auto lines = trecvit(dir_, "data check bad.csv --json").json();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0]["frames"], 6);
  EXPECT_EQ(lines[1]["bad"], true);
  // Also for pre-training clips, with labels in some rows or none at all.
  const std::string good_csv = read_text(*open_file(dir_.file("good.csv")), 1000);
  std::string some, none;
  for (size_t at = 0, line = 0; at < good_csv.size(); ++line) {
    const std::string row = good_csv.substr(at, good_csv.find('\n', at) - at);
    at += row.size() + 1;
    const std::string path = row.substr(0, row.find(','));
    some += line == 0 ? "path,label\n" : path + (line == 1 ? ",a\n" : ",\n");
    if (line > 0) none += path + "\n";
  }
  write("some.csv", some);
  write("none.txt", none);
  for (const char* list : {"some.csv", "none.txt"}) {
    const Output out = trecvit(dir_, std::string("data check ") + list);
    EXPECT_EQ(out.out, kGood) << out.err;
    EXPECT_EQ(trecvit(dir_, std::string("data stats ") + list).code, 0);
    EXPECT_EQ(trecvit(dir_, std::string("data preview --force -o s.png ") + list).code, 0);
  }
}

// All verbs that read lists report how they interpreted them in the same words.
TEST_F(DataVerbs, SayWhatTheyUnderstood) {
  write("tabs.tsv", "filename\tclass\na.npz\trun\na.npz\trun\n");
  write("l.txt", "run\n");
  for (const char* command : {"data check tabs.tsv", "data stats tabs.tsv", "data preview tabs.tsv -o sheet.png",
                              "eval --model 'generated:mu?classes=1' --labels l.txt --image-size 16 --data tabs.tsv"}) {
    const std::string err = trecvit(dir_, command).err;
    for (const char* part : {"table with tabs and the columns filename (path), class (label)", "1 classes: run 2",
                             "listed more than once: 1 files, such as ./a.npz", "missing files: none of 2"})
      EXPECT_NE(err.find(part), std::string::npos) << command << ": " << err;
  }
}

TEST_F(DataVerbs, CheckCountsWhatIsTooShort) {
  EXPECT_EQ(trecvit(dir_, "data check good.csv --frames 6 --stride 1").out, "2 files, 0 bad, 0 partly damaged\n");
  EXPECT_NE(trecvit(dir_, "data check good.csv --frames 4 --stride 2").out.find("2 with fewer than the 7 frames"),
            std::string::npos);
  const auto lines = trecvit(dir_, "data check good.csv --frames 7 --stride 1 --json").json();
  EXPECT_EQ(lines.at(0).at("short"), true);
  EXPECT_EQ(lines.at(0).at("frames_lost"), 0);
}

TEST_F(DataVerbs, SeveralLabels) {
  write("several.txt", "a.npz 0 1\nb.npz\n");
  for (const char* verb : {"data check", "data stats", "data preview -o several.png", "data stats --multi-label"})
    EXPECT_NE(trecvit(dir_, std::string(verb) + " several.txt").err.find("2 classes: 0 1, 1 1"), std::string::npos)
        << verb;
}

// A list of class numbers can test a model with more classes, with names or without.
TEST_F(DataVerbs, EvalOnSomeOfTheClasses) {
  write("numbers.txt", "a.npz 17\nb.npz 231\n");
  const std::string eval = "eval --model generated:mu --image-size 16 --frames 2 --stride 1 --json --data ";
  for (const char* labels : {"", " --labels kinetics400"}) {
    const Output out = trecvit(dir_, eval + "numbers.txt" + labels);
    ASSERT_EQ(out.code, 0) << out.err;
    const Json result = out.json().at(0);
    EXPECT_EQ(result.at("count"), 2);
    EXPECT_EQ(result.at("classes").size(), 400u);
    EXPECT_EQ(result.at("classes").at(17).at("count"), 1);
    EXPECT_EQ(result.at("classes").at(231).at("count"), 1);
  }
  write("beyond.txt", "a.npz 17\nb.npz 400\n");
  const Output beyond = trecvit(dir_, eval + "beyond.txt");
  EXPECT_EQ(beyond.code, 3);
  for (const char* part : {"beyond.txt:2]", "0 to 399", "'400'"})
    EXPECT_NE(beyond.err.find(part), std::string::npos) << beyond.err;
  write("capitals.txt", "a.npz Zumba\n");
  const Output slip = trecvit(dir_, eval + "capitals.txt --labels kinetics400");
  EXPECT_EQ(slip.code, 3);
  EXPECT_NE(slip.err.find("capitals.txt:1] expected one of the 400 classes of the model, got 'Zumba'; did you mean "
                          "zumba?"),
            std::string::npos)
      << slip.err;
  const Output names = trecvit(dir_, eval + "good.csv");
  EXPECT_EQ(names.code, 2);
  for (const char* part : {"good.csv:2]", "'run'", "--labels"})
    EXPECT_NE(names.err.find(part), std::string::npos) << names.err;
}

TEST_F(DataVerbs, EvalWritesPredictionsAsCsvAlone) {
  write("own.txt", "run\nwalk\n");
  ASSERT_EQ(trecvit(dir_, "convert --image-size 16 --labels own.txt 'generated:mu?classes=2' m").code, 0);
  const std::string eval = "eval --model m --frames 2 --stride 1 --data good.csv --predictions ";
  for (const std::string name : {"p.json", "p.npz", "p.npy", "p.parquet", "p.xlsx", "p.csv.gz", "p.tsv", "p.yml"}) {
    const Output out = trecvit(dir_, eval + name);
    EXPECT_EQ(out.code, 2) << name;
    EXPECT_NE(out.err.find("[--predictions] expected a name ending in .csv, got '" + name + "'"), std::string::npos)
        << out.err;
    EXPECT_FALSE(std::filesystem::exists(dir_.file(name)));
  }
  for (const std::string name : {"p", "p.csv", "p.CSV", "p.txt", "p.predictions"}) {
    EXPECT_EQ(trecvit(dir_, eval + name).code, 0) << name;
    EXPECT_TRUE(std::filesystem::exists(dir_.file(name)));
  }
}

TEST_F(DataVerbs, StatsCount) {
  const Output json = trecvit(dir_, "data stats good.csv --json");
  ASSERT_EQ(json.code, 0) << json.err;
  const Json stats = json.json().at(0);
  EXPECT_EQ(stats["schema"], "trecvit.data_stats/1");
  EXPECT_EQ(stats["classes"]["run"], 1);
  EXPECT_EQ(stats["width_x_height"]["20x16"], 2);
  EXPECT_EQ(stats["frames"]["median"], 6);
  EXPECT_NE(trecvit(dir_, "data stats good.csv").out.find("6 to 6, median 6"), std::string::npos);
  const Output none = trecvit(dir_, "data stats good.csv --group p7");
  EXPECT_EQ(none.code, 3);
  EXPECT_NE(none.err.find("p0 1, p1 1"), std::string::npos) << none.err;
}

TEST_F(DataVerbs, PreviewWritesASheet) {
  const Output output = trecvit(dir_, "data preview good.csv --frames 3 --size 16 --augment -o sheet.png");
  ASSERT_EQ(output.code, 0) << output.err;
  EXPECT_NE(output.err.find("2 classes: run 1, walk 1"), std::string::npos) << output.err;
  EXPECT_EQ(read_text(*open_file(dir_.file("sheet.png")), 1 << 20).substr(1, 3), "PNG");
  EXPECT_EQ(trecvit(dir_, "data preview good.csv --frames 3 --size 16 -o sheet.png").code, 2);
  EXPECT_EQ(trecvit(dir_, "data preview good.csv --wrap pairs --testing --frames 4 --size 16 -o pairs.png").code, 0);
  EXPECT_EQ(trecvit(dir_, "data preview good.csv --wrap pairs --frames 3 --size 16 -o odd.png").code, 2);
}

// If classes alternate and there are four of them, every tenth clip would come from only two.
TEST_F(DataVerbs, PreviewOfMadeClipsTakesTurns) {
  write("made.toml", std::string(kTinyModel) + R"(
[data.train]
source = "synthetic:camera_moves?classes=directions&pool=2"
clips = 40
[clip]
frames = 3
)");
  const Output output = trecvit(dir_, "data preview --config made.toml --samples 4 -o made.png");
  ASSERT_EQ(output.code, 0) << output.err;
  EXPECT_NE(output.err.find("4 samples of 4 classes"), std::string::npos) << output.err;
}

TEST_F(DataVerbs, PreviewPaintsWhatATrainingRunSees) {
  write("run.toml", std::string(kTinyModel) + R"(
[data.train]
source = "good.csv"
[clip]
frames = 3
[augment]
operations = 2
magnitude = 0.9
)");
  const Output output = trecvit(dir_, "data preview --config run.toml --set model.image_size=[16,24] -o run.png");
  ASSERT_EQ(output.code, 0) << output.err;
  EXPECT_NE(output.err.find("2 classes: run 1, walk 1"), std::string::npos) << output.err;
  ASSERT_EQ(
      trecvit(dir_,
              "data preview --config run.toml --set model.image_size=[16,24] --set augment.operations=0 -o plain.png")
          .code,
      0);
  const auto bytes = [this](const char* name) { return read_text(*open_file(dir_.file(name)), 1 << 20); };
  EXPECT_NE(bytes("run.png"), bytes("plain.png"));
  const Output none = trecvit(dir_, "data preview --config run.toml --part val -o val.png");
  EXPECT_EQ(none.code, 2);
  EXPECT_NE(none.err.find("data.val.source"), std::string::npos) << none.err;
  ASSERT_EQ(
      trecvit(dir_, "data preview --config run.toml --set model.image_size=[16,24] --set seed=5 -o other.png").code, 0);
  EXPECT_NE(bytes("run.png"), bytes("other.png"));
  EXPECT_EQ(trecvit(dir_, "data preview good.csv --config run.toml -o both.png").code, 2);
  EXPECT_EQ(trecvit(dir_, "data preview --config run.toml --frames 4 -o both.png").code, 2);
  EXPECT_EQ(trecvit(dir_, "data preview good.csv --part val -o both.png").code, 2);
  EXPECT_EQ(trecvit(dir_, "data preview -o neither.png").code, 2);
}

TEST_F(DataVerbs, HelpHasAnExampleAndDefaults) {
  for (const std::string verb : {"check", "stats", "preview"}) {
    const Output help = trecvit(dir_, "data " + verb + " --help");
    EXPECT_EQ(help.code, 0);
    for (const std::string& text : {"Example: trecvit data " + verb, std::string("--quiet"), std::string("--format")}) {
      EXPECT_NE(help.out.find(text), std::string::npos) << verb << " " << text;
    }
  }
  const Output missing = trecvit(dir_, "data");
  EXPECT_EQ(missing.code, 2);
  EXPECT_NE(trecvit(dir_, "data stats synthetic:shapes").err.find("a list or a folder"), std::string::npos);
}

}  // namespace
}  // namespace trecvit::test
