// trecvit eval on the results of trecvit train: with the engine and with the trainable model, and its options.
#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include "cli/train_fixture.h"
#include "trecvit/io/csv.h"
#include "trecvit/io/safetensors.h"

namespace trecvit::test {
namespace {

TEST_F(Train, ModelAndEngineGiveTheSameTest) {
  ASSERT_EQ(run("train --config tiny.toml --quiet").code, 0);
  const std::string test = "eval --config runs/train/tiny-1/config.toml --json ";
  const Output engine = run(test), model = run(test + "--execution model");
  ASSERT_EQ(engine.code, 0) << engine.err;
  ASSERT_EQ(model.code, 0) << model.err;
  EXPECT_EQ(engine.json()[0].at("confusion"), model.json()[0].at("confusion"));
  EXPECT_NEAR(engine.json()[0].at("likelihood_loss").get<double>(), model.json()[0].at("likelihood_loss").get<double>(),
              1e-4);
}

// Every option of eval, on clips of the same kind as those of the run.
TEST_F(Train, EvalOptions) {
  ASSERT_EQ(run("train --config tiny.toml --quiet --set objective.motion_weight=0.5").code, 0);
  const std::string test = "eval --config runs/train/tiny-1/config.toml --json ";
  const auto json = [&](const std::string& arguments) {
    const Output out = run(arguments);
    EXPECT_EQ(out.code, 0) << arguments << out.err;
    return out.code == 0 ? out.json().at(0) : Json();
  };
  const Json usual = json(test), frozen = json(test + "--order frozen");
  EXPECT_EQ(usual.at("schema"), "trecvit.eval/1");
  EXPECT_EQ(usual.at("order"), "as_is");
  EXPECT_TRUE(usual.at("bad_files").empty());
  EXPECT_EQ(frozen.at("order"), "frozen");
  EXPECT_NE(usual.at("likelihood_loss"), frozen.at("likelihood_loss"));
  EXPECT_NE(json(test + "--frames 6").at("likelihood_loss"), usual.at("likelihood_loss"));
  EXPECT_EQ(json(test + "--baseline mean_frame").at("model"), "mean_frame");
  const std::string data = "--data 'synthetic:camera_moves?classes=directions&pool=2'";
  EXPECT_EQ(json("eval --model runs/train/tiny-1/model --json " + data).at("count"), 1000);
  const Output other = run("eval --model runs/train/tiny-1/model --data 'synthetic:camera_moves?pool=2'");
  EXPECT_EQ(other.code, 2);
  EXPECT_NE(other.err.find("4 classes of the model"), std::string::npos) << other.err;
  const Output table = run("eval --config runs/train/tiny-1/config.toml");
  for (const char* word : {"balanced accuracy", "precision", "pan_left", "true, predicted as", "(4) tilt_down"})
    EXPECT_NE(table.out.find(word), std::string::npos) << table.out;
  EXPECT_EQ(table.out.find("nan"), std::string::npos) << table.out;
  // Reports the step of the model and that of the best model.
  EXPECT_NE(table.err.find("tiny-1/model is from step 10"), std::string::npos) << table.err;
  EXPECT_NE(table.err.find("tiny-1/best is from step "), std::string::npos) << table.err;
}

// Rows are the true classes, columns the predicted ones.
TEST_F(Train, EvalPrintsTheConfusionOfTheJson) {
  ASSERT_EQ(run("train --config tiny.toml --quiet --set run.steps=1").code, 0);
  const std::string test = "eval --config runs/train/tiny-1/config.toml ";
  const Json want = run(test + "--json").json().at(0).at("confusion");
  const Output table = run(test);
  Json got = Json::array(), mirrored = Json::array();
  for (size_t row = 0; row < 4; ++row) {
    const size_t at = table.out.find("\n(" + std::to_string(row + 1) + ") ");
    ASSERT_NE(at, std::string::npos) << table.out;
    std::istringstream line(table.out.substr(at + 25, table.out.find('\n', at + 1) - at - 25));
    got.push_back(std::vector<int64_t>(std::istream_iterator<int64_t>(line), {}));
    mirrored.push_back({want[0][row], want[1][row], want[2][row], want[3][row]});
  }
  EXPECT_EQ(got, want) << table.out;
  EXPECT_NE(mirrored, want) << "so that the test sees which is which";
}

// One row per clip, consistent with the table.
TEST_F(Train, EvalWritesPredictions) {
  ASSERT_EQ(run("train --config tiny.toml --quiet").code, 0);
  const std::string test = "eval --config runs/train/tiny-1/config.toml --predictions p.csv --json ";
  for (const char* execution : {"", "--execution model --force"}) {
    const Output out = run(test + execution);
    ASSERT_EQ(out.code, 0) << out.err;
    const std::string text = bytes("p.csv");
    CsvReader reader(text, "p.csv");
    EXPECT_EQ(reader.header(),
              (std::vector<std::string>{"source", "frames", "label", "predicted", "probability", "top_2",
                                        "probability_2", "top_3", "probability_3", "top_4", "probability_4"}));
    int rows = 0, right = 0;
    while (const auto row = reader.next()) {
      ++rows;
      right += row->fields[2] == row->fields[3] ? 1 : 0;
      EXPECT_EQ(row->fields[1], "4");
      double sum = 0;
      for (const size_t column : {4, 6, 8, 10}) sum += std::stod(row->fields[column]);
      EXPECT_NEAR(sum, 1, 1e-4);
      EXPECT_GE(std::stod(row->fields[4]), std::stod(row->fields[6]));
    }
    EXPECT_EQ(rows, 8);
    EXPECT_NEAR(right / 8.0, out.json()[0].at("accuracy").get<double>(), 1e-9);
  }
  EXPECT_EQ(run(test).code, 2);  // it already exists
  EXPECT_EQ(run("eval --config runs/train/tiny-1/config.toml --baseline mean_frame --predictions q.csv").code, 2);
  EXPECT_FALSE(fs::exists(dir_.file("q.csv")));
}

// With a target for every frame, a clip has one row per frame, with the label of that frame.
TEST_F(Train, EvalWritesPredictionsOfFrames) {
  const std::string source = "synthetic:shape_row?ask=previous";
  ASSERT_EQ(
      run("train --config tiny.toml --quiet --set objective.target=frame --set run.steps=1 --set 'data.train.source=" +
          source + "' --set 'data.val.source=" + source + "'")
          .code,
      0);
  const Output out = run("eval --config runs/train/tiny-1/config.toml --predictions p.csv --json");
  ASSERT_EQ(out.code, 0) << out.err;
  const std::string text = bytes("p.csv");
  CsvReader reader(text, "p.csv");
  const auto& header = reader.header();
  const auto label = std::find(header.begin(), header.end(), "label") - header.begin();
  ASSERT_LT(label, std::ssize(header)) << text;
  ASSERT_EQ(header[0], "source");
  std::map<std::string, std::set<std::string>> labels;  // of the frames of each clip
  while (const auto row = reader.next()) labels[row->fields[0]].insert(row->fields[static_cast<size_t>(label)]);
  EXPECT_TRUE(std::any_of(labels.begin(), labels.end(), [](const auto& clip) { return clip.second.size() > 1; }))
      << text;
}

// The limits of a run apply to its own clips; other clips are all tested.
TEST_F(Train, EvalOfOtherClipsTakesThemAll) {
  for (const char* name : {"a.npz", "b.npz", "c.npz"}) write_video(name, 90);
  write("few.csv", "path,label\na.npz,pan_left\nb.npz,pan_right\nc.npz,tilt_up\na.npz,tilt_down\n");
  ASSERT_EQ(run("train --config tiny.toml --quiet --set run.steps=1 --set data.train.source=few.csv --set "
                "data.train.clips=0 --set data.val.source=few.csv --set data.val.clips=0 --set data.val.limit=2")
                .code,
            0);
  const std::string test = "eval --config runs/train/tiny-1/config.toml --json ";
  EXPECT_EQ(run(test).json().at(0).at("count"), 2);
  EXPECT_EQ(run(test + "--data few.csv").json().at(0).at("count"), 4);
}

// Finite weights that are too large to give finite results: no metrics are printed.
TEST_F(Train, EvalOfPredictionsThatAreNotFiniteIsAnError) {
  ASSERT_EQ(run("train --config tiny.toml --quiet").code, 0);
  const std::string path = dir_.file("runs/train/tiny-1/model/model.safetensors");
  const SafetensorsReader reader(open_file(path));
  std::vector<SafetensorsWriter::Declared> declared;
  for (const auto& name : reader.names()) declared.push_back({name, reader.info(name).shape, reader.info(name).dtype});
  SafetensorsWriter writer(path, Overwrite::kYes, declared, {{"format", "pt"}});
  for (const auto& name : reader.names()) {
    HostTensor tensor = reader.read(name);
    if (name == "decoder.cls_head.kernel")
      tensor = HostTensor::from<float>(tensor.shape(), std::vector<float>(tensor.bytes() / sizeof(float), 3e38F));
    writer.add(name, tensor.view());
  }
  writer.finish();
  for (const char* execution : {"engine", "model"}) {
    const Output out = run(std::string("eval --config runs/train/tiny-1/config.toml --execution ") + execution);
    EXPECT_NE(out.code, 0) << execution;
    EXPECT_EQ(out.out.find("accuracy"), std::string::npos) << out.out;
    EXPECT_NE(out.err.find("finite"), std::string::npos) << out.err;
    // The error names the clip, whose name is its number.
    const char* clip = std::string_view(execution) == "engine" ? "[0, frame 0] expected finite logits" : "[0] expected";
    EXPECT_NE(out.err.find(clip), std::string::npos) << out.err;
  }
}

// A video whose content changes over time and from left to right, so that its views and crops differ.
TEST_F(Train, EvalViewsCropsAndSplit) {
  constexpr int64_t kFrames = 12, kHeight = 16, kWidth = 40;
  std::vector<uint8_t> pixels;
  for (int64_t t = 0; t < kFrames; ++t)
    for (int64_t y = 0; y < kHeight; ++y)
      for (int64_t x = 0; x < kWidth; ++x) pixels.insert(pixels.end(), 3, static_cast<uint8_t>(15 * t + 2 * x));
  NpzWriter writer(dir_.file("wide.npz"), Overwrite::kNo);
  writer.add("video", HostTensor::from<uint8_t>({kFrames, kHeight, kWidth, 3}, pixels).view());
  writer.finish();
  write_video("a.npz", 40);
  write_video("b.npz", 200);
  write("list.csv",
        "path,label,split\na.npz,low,train\nb.npz,high,train\nwide.npz,low,val\nwide.npz,high,val\na.npz,low,test\n");
  ASSERT_EQ(run("train --config tiny.toml --quiet --set data.train.source=list.csv --set data.train.split=train --set "
                "data.train.clips=0 --set data.val.source=list.csv --set data.val.split=val --set data.val.clips=0")
                .code,
            0);
  const auto json = [&](const std::string& arguments) {
    const Output out = run("eval --config runs/train/tiny-1/config.toml --json " + arguments);
    EXPECT_EQ(out.code, 0) << arguments << out.err;
    return out.code == 0 ? out.json().at(0) : Json();
  };
  const Json usual = json("");
  EXPECT_EQ(usual.at("count"), 2);
  EXPECT_EQ(json("--split test").at("count"), 1);
  EXPECT_EQ(run("eval --config runs/train/tiny-1/config.toml --split none").code, 3);
  const Json views = json("--views 3"), crops = json("--crops 3");
  EXPECT_EQ(views.at("count"), 2);
  EXPECT_EQ(crops.at("count"), 2);
  EXPECT_NE(views.at("likelihood_loss"), usual.at("likelihood_loss"));
  EXPECT_NE(crops.at("likelihood_loss"), usual.at("likelihood_loss"));
  // One view and one crop give the clip itself.
  EXPECT_EQ(json("--views 1 --crops 1").at("likelihood_loss"), usual.at("likelihood_loss"));
  // Engine and trainable model see the same pixels.
  EXPECT_NEAR(json("--views 3 --crops 3").at("likelihood_loss").get<double>(),
              json("--views 3 --crops 3 --execution model").at("likelihood_loss").get<double>(), 1e-4);
}

// Existing output files are noticed before any clip is read, and inputs are never replaced.
TEST_F(Train, EvalOverwritesNothing) {
  ASSERT_EQ(run("train --config tiny.toml --quiet").code, 0);
  const std::string test = "eval --config runs/train/tiny-1/config.toml ",
                    config = bytes("runs/train/tiny-1/config.toml");
  ASSERT_EQ(run(test + "--json=out.json").code, 0);
  EXPECT_EQ(run(test + "--json=out.json").code, 2);
  EXPECT_EQ(run(test + "--json=out.json --force").code, 0);
  EXPECT_EQ(run(test + "--json=runs/train/tiny-1/config.toml --force").code, 2);
  EXPECT_EQ(bytes("runs/train/tiny-1/config.toml"), config);
  EXPECT_EQ(run("train --config tiny.toml --json=out.json").code, 2);
  EXPECT_EQ(run("train --config tiny.toml --json=tiny.toml --force").code, 2);
  EXPECT_FALSE(fs::exists(dir_.file("runs/train/tiny-2")));
}

TEST_F(Train, AProbeIsTestedOnlyByTheModel) {
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

// --device on the command line overrides the config, even if its value is the default of other verbs.
TEST_F(Train, EvalRunsOnTheGivenDevice) {
  ASSERT_EQ(run("train --config tiny.toml --quiet").code, 0);
  const std::string eval = "eval --config runs/train/tiny-1/config.toml --execution model --set run.device=cuda:99 ";
  EXPECT_EQ(run(eval).code, 4);
  EXPECT_EQ(run(eval + "--device cpu").code, 0);
}

}  // namespace
}  // namespace trecvit::test
