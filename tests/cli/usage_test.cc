// Typing mistakes, misplaced arguments and options of other programs: each message says what to write instead.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "cli/command.h"

namespace trecvit::test {
namespace {

struct MistypedCommand {
  const char* name;
  const char* arguments;
  int code;
  std::vector<const char*> words;  // that stderr must contain
};

class Usage : public testing::TestWithParam<MistypedCommand> {};

TEST_P(Usage, ExitCodeAndMessage) {
  const TempDir dir;
  const Output output = trecvit(dir, GetParam().arguments);
  EXPECT_EQ(output.code, GetParam().code) << output.err;
  for (const char* word : GetParam().words)
    EXPECT_NE(output.err.find(word), std::string::npos) << word << "\n" << output.err;
  EXPECT_EQ(output.out, "");
}

const MistypedCommand kMistypedCommands[] = {
    {"Verb", "clasify a.mp4", 2, {"got 'clasify'; did you mean classify?"}},
    {"VerbInCapitals", "STREAM a.mp4", 2, {"did you mean stream?"}},
    {"PartOfAVerb", "data chek list.csv", 2, {"got 'chek'; did you mean check?"}},
    {"NoPartOfAVerb", "data", 2, {"[data] expected one of check, stats, preview, got none"}},
    {"HelpOfNothing", "help frobnicate", 2, {"got 'frobnicate'"}},
    // Reported before the --model that is missing because of it.
    {"Option", "classify --modle generated:mu a.mp4", 2, {"[--modle]", "did you mean --model?"}},
    {"OptionWithValue", "stream --top-k=3 -m generated:mu a.mp4", 2, {"[--top-k]", "did you mean --topk?"}},
    {"OptionOfAllVerbs", "info --env --quite", 2, {"[--quite]", "did you mean --quiet?"}},
    {"OptionOfTheProgram", "info --env --loglevel=off", 2, {"did you mean --log-level?"}},
    {"OptionBesideTwoSources", "embed --modle generated:mu a.mp4 b.mp4 -o x.npz", 2, {"[--modle]"}},
    {"Labels", "classify --labels kinetics40 -m generated:mu synthetic:shapes", 2, {"did you mean kinetics400?"}},
    {"LabelsOfNothing",
     "classify --labels mine.txt -m generated:mu synthetic:shapes",
     3,
     {"kinetics400, ssv2 or a file"}},
    {"LabelsOfConvert", "convert --labels kinetics40 generated:mu m", 2, {"did you mean kinetics400?"}},
    {"Size", "info -m generated:Tii", 2, {"did you mean Ti?"}},
    {"SizeAlone", "info -m Ti", 2, {"did you mean generated:Ti?"}},
    {"Generated", "info -m 'genrated:Ti?seed=3'", 2, {"did you mean generated:Ti?"}},
    {"Readout", "stream --readout men -m generated:mu synthetic:shapes", 2, {"did you mean mean?"}},
    {"ReadoutWithValue", "stream --readout widow=2 -m generated:mu synthetic:shapes", 2, {"did you mean window?"}},
    {"Provider", "stream --provider axv2 -m generated:mu synthetic:shapes", 2, {"did you mean avx2?"}},
    {"Synthetic", "stream -m generated:mu synthetic:shape", 2, {"did you mean shapes?"}},
    {"SyntheticItself", "stream -m generated:mu 'sythetic:shapes?frames=3'", 2, {"did you mean synthetic?"}},
    {"SyntheticParameter", "stream -m generated:mu 'synthetic:shapes?frame=3'", 2, {"did you mean frames?"}},
    {"SyntheticValue", "stream -m generated:mu 'synthetic:camera_moves?class=panleft'", 2, {"did you mean pan_left?"}},
    {"Word", "bench --progress plian", 2, {"did you mean plain?"}},
    {"Execution", "check --execution engin -m generated:mu", 2, {"did you mean engine?"}},
    {"LogLevel", "--log-level wran info --env", 2, {"did you mean warn?"}},
    {"JsonFile", "classify -m generated:mu --json out.json synthetic:shapes", 2, {"write --json=out.json"}},
    {"JsonFileOfInfo", "info --env --json out.jsonl", 2, {"write --json=out.jsonl"}},
    {"JsonFileThatIsPacked",
     "classify -m generated:mu --json out.json.gz synthetic:shapes",
     2,
     {"write --json=out.json.gz"}},
    {"JsonAndStdin", "classify -m generated:mu --json - </dev/null", 3, {"[stdin]", "got nothing"}},
    {"FlagWithAValue", "info --env --quiet=maybe", 2, {"[--quiet] expected no value, true or false, got 'maybe'"}},
    {"WindowOfNoLength",
     "stream --readout window -m generated:mu synthetic:shapes",
     2,
     {"[--readout] expected window=SECONDS, got 'window' without a value; write window=10"}},
    {"ModelOfStdin", "info -m -", 2, {"[--model] expected a model file or folder, got stdin"}},
    {"GeneratedOfNoSize",
     "info -m generated",
     2,
     {"expected generated:SIZE, got 'generated' without a size; SIZE is one of mu, Ti"}},
    {"FieldForAnOption",
     "eval --lr 1e-3",
     2,
     {"[--lr] expected an option of trecvit eval", "did you mean --set optimizer.learning_rate=1e-3?"}},
    {"FieldWithEquals", "eval --batch-size=4 --quiet", 2, {"did you mean --set run.batch=4?"}},
    {"FieldWithoutAValue", "data preview --workers --quiet", 2, {"did you mean --set loader.workers=VALUE?"}},
    {"OptionOfNoField", "eval --frobnicate 3", 2, {"[--frobnicate]", "got an unknown one; see"}},
    {"FieldWhereThereIsNoConfig", "info --env --lr 1e-3", 2, {"[--lr]", "got an unknown one; see"}},
    {"ConfigWithoutItsOption", "eval base.toml", 2, {"got 'base.toml' as well; write --config base.toml"}},
    {"ChangeWithoutItsOption", "eval run.batch=4", 2, {"got 'run.batch=4' as well; write --set run.batch=4"}},
    {"ResumeFolder", "train --resume runs/train/a-1", 2, {"write --resume=runs/train/a-1"}},
    {"NoValueOfJson",
     "stream -m generated:mu --force --json= a.npy b.npy",
     2,
     {"[--json] expected a value after the equals sign, got none"}},
    {"NoValueOfSaveState",
     "stream -m generated:mu --force --save-state= a.npy b.npy",
     2,
     {"[--save-state]", "got none"}},
    {"NoValueOfModel", "classify --model= clip", 2, {"[--model] expected a value after the equals sign, got none"}},
    {"NoValueOfAnOptionOfTheProgram", "--log-level= info --env", 2, {"[--log-level]", "got none"}},
    {"NoValueOfSet", "eval --config c.toml --set= run.batch=1", 2, {"[--set]", "got none"}},
    {"NoValueOfAPart", "data preview list.csv --output= s.png", 2, {"[--output]", "got none"}},
    {"NoValueOfAShortOption",
     "embed -m generated:mu synthetic:shapes -o=",
     2,
     {"[-o]", "after the equals sign, got none"}},
    {"ShortOptionWithEquals", "embed -m generated:mu synthetic:shapes -o=x.npz", 2, {"got '-o=x.npz'; write -o x.npz"}},
    {"EmptyValue",
     "classify -m generated:mu --labels \"\" synthetic:shapes",
     2,
     {"[--labels] expected a value, got none; is a shell variable empty?"}},
    {"EmptyValueOfAFile", "embed -m generated:mu synthetic:shapes -o \"\"", 2, {"[-o] expected a value, got none"}},
    {"OptionForAValue",
     "eval --config c.toml --predictions --quiet",
     2,
     {"[--predictions] expected a value, got the option --quiet"}},
    {"OptionForAShortOnesValue",
     "embed -m generated:mu synthetic:shapes -o --force",
     2,
     {"[-o] expected a value, got the option --force"}},
    {"OptionWithAValueForAValue",
     "stream -m generated:mu --save-state --topk=3 synthetic:shapes",
     2,
     {"[--save-state] expected a value, got the option --topk=3"}},
    {"ShortOptionForAValue",
     "embed synthetic:shapes -o -m generated:mu",
     2,
     {"[-o] expected a value, got the option -m"}},
    {"EndOfOptionsForAValue",
     "stream -m generated:mu --save-state -- synthetic:shapes",
     2,
     {"[--save-state]", "got '--'"}},
    {"OneDash", "stream -model m.npz a.mp4", 2, {"[-model] expected two dashes", "got one; write --model"}},
    {"OneDashOfAnOutput", "data preview list.csv -output s.png", 2, {"write --output"}},
    {"OptionOfTheProgramAlone", "--verison", 2, {"expected an option of trecvit, got", "did you mean --version?"}},
    {"TwoSources",
     "embed -m generated:mu a.mp4 b.mp4 -o x.npz",
     2,
     {"[SOURCE] expected one source, got 2; run embed once per source"}},
    {"ThreeSources",
     "dump -m generated:mu a b c -o x.npz",
     2,
     {"[SOURCE] expected one source, got 3; run dump once per source"}},
    {"OptionTwice", "info -m a -m b", 2, {"[--model] expected this option once, got it 2 times"}},
    {"TooMuch", "info --env extra", 2, {"[info] expected no arguments, got 'extra'"}},
    {"ModelAndSourceSwapped", "classify -m a.mp4 generated:mu", 3, {"a.mp4"}},
    {"SourceIsAModel", "stream -m generated:mu generated:mu", 2, {"got a model; give it with --model"}},
    {"Camera", "stream -m generated:mu 977", 3, {"[977] expected a camera", "/dev/video977"}},
    {"CameraByName", "stream -m generated:mu camera:None", 3, {"[camera:None] expected a camera", "got none"}},
    {"CameraDevice", "stream -m generated:mu /dev/video977", 3, {"expected a camera"}},
    {"CameraSetting", "stream -m generated:mu 'camera:0?zoom=2'", 2, {"zoom", "size"}},
    {"Address", "classify -m generated:mu http://127.0.0.1:1/a.mp4", 3, {"got no connection", "refused"}},
    {"AddressOfACamera", "embed -m generated:mu rtsp://me:secret@127.0.0.1:1/ -o x.npz", 3, {"[rtsp://***@127.0.0.1"}},
    {"OtherProtocol", "classify -m generated:mu ftp://host/a.mp4", 4, {"got an address of another protocol"}},
    {"Policy", "stream -m generated:mu --policy newest a.mp4", 2, {"[--policy] expected all, latest or fps=X"}},
    {"PolicyRate",
     "stream -m generated:mu --policy fps=0 a.mp4",
     2,
     {"[--policy] expected fps=X with a number over 0"}},
    {"PolicyAndStep", "stream -m generated:mu --policy fps=1 --step 2 a.mp4", 2, {"fps=X or --step, got both"}},
    {"AddressOfAFile",
     "classify -m generated:mu file:///videos/a.mp4",
     3,
     {"got a file URL", "without file://: /videos/a.mp4"}},
    {"AddressOfAModel", "info -m https://example.org/m.npz", 3, {"got a URL", "download"}},
    {"Stdin", "check -m generated:mu - </dev/null", 3, {"[stdin]", "got nothing"}},
    {"Pattern", "classify -m generated:mu '*.mp4'", 3, {"match this pattern", "got none"}},
    {"List", "classify -m generated:mu @list.txt", 3, {"list.txt"}},
    {"Folder", "classify -m generated:mu .", 3, {"a folder with videos or numbered pictures"}},
    {"Gpu",
     "stream --device cuda -m generated:mu synthetic:shapes",
     4,
     {"[--device] expected cpu, got 'cuda'", "only on cpu"}},
    {"DeviceOfNothing",
     "stream --device gpu -m generated:mu synthetic:shapes",
     2,
     {"[--device] expected cpu, got 'gpu'"}},
};
INSTANTIATE_TEST_SUITE_P(All, Usage, testing::ValuesIn(kMistypedCommands),
                         [](const auto& test) { return test.param.name; });

TEST(Words, OfOtherPrograms) {
  const TempDir dir;
  const std::string version = trecvit(dir, "--version").out, help = trecvit(dir, "--help").out;
  for (const std::string word : {"version", "-v", "-V"}) EXPECT_EQ(trecvit(dir, word).out, version) << word;
  EXPECT_EQ(trecvit(dir, "help").out, help);
  EXPECT_EQ(trecvit(dir, "help stream").out, trecvit(dir, "stream --help").out);
  EXPECT_EQ(trecvit(dir, "help data stats").out, trecvit(dir, "data stats --help").out);
  EXPECT_EQ(trecvit(dir, "help help").out, help);
  EXPECT_EQ(trecvit(dir, "stream help").out, trecvit(dir, "stream --help").out);
  EXPECT_EQ(trecvit(dir, "data help").out, trecvit(dir, "data --help").out);
  EXPECT_EQ(trecvit(dir, "data help stats").out, trecvit(dir, "data stats --help").out);
  EXPECT_NE(trecvit(dir, "help data stats").out.find("Example: trecvit data stats"), std::string::npos);
}

TEST(Words, AfterTheEndOfOptionsAreSources) {
  const TempDir dir;
  const Output output = trecvit(dir, "classify -m generated:mu -- --json= -model");
  EXPECT_EQ(output.code, 3);
  EXPECT_NE(output.err.find("[--json=] expected a video file"), std::string::npos) << output.err;
  EXPECT_NE(output.err.find("[-model] expected a video file"), std::string::npos) << output.err;
}

TEST(Words, AnEmptyValueOfAFieldIsAValue) {
  const TempDir dir;
  std::ofstream(dir.file("c.toml")) << "[data.val]\nsplit = 'val'\n";
  // This is parsed; the error is that there are no clips.
  for (const std::string set : {"--set data.val.split=", "--set=data.val.split="}) {
    const Output output = trecvit(dir, "eval -m generated:mu --config c.toml " + set);
    EXPECT_NE(output.err.find("data.val.source"), std::string::npos) << output.err;
  }
}

TEST(Words, ASourceMayBeNamedHelp) {
  const TempDir dir;
  std::ofstream(dir.file("help")) << "no video";
  const Output output = trecvit(dir, "data check help");
  EXPECT_EQ(output.code, 3) << output.err;
  EXPECT_NE(trecvit(dir, "stream help").code, 0);
}

TEST(Words, AConfigWithoutContentIsNamed) {
  const TempDir dir;
  std::ofstream(dir.file("empty.toml")) << "";
  const Output output = trecvit(dir, "data preview --config empty.toml -o s.png");
  EXPECT_EQ(output.code, 2);
  EXPECT_NE(
      output.err.find("[empty.toml] expected a config that names the model to train, got none; set size = \"Ti\""),
      std::string::npos)
      << output.err;
}

TEST(Words, FilesWithSuchNamesAreRead) {
  const TempDir dir;
  ASSERT_EQ(trecvit(dir, "convert --image-size 32 generated:mu m.npz --drop-config").code, 0);
  ASSERT_EQ(trecvit(dir, "convert --image-size 32 generated:mu Ti").code, 0);
  EXPECT_EQ(trecvit(dir, "info -m Ti").code, 0);
  // A model where a video is expected, and a list named like an output.
  const Output swapped = trecvit(dir, "stream -m Ti m.npz");
  EXPECT_EQ(swapped.code, 3);
  EXPECT_NE(swapped.err.find("--model names the model"), std::string::npos) << swapped.err;
  EXPECT_NE(trecvit(dir, "stream -m Ti Ti").err.find("a folder with a model"), std::string::npos);
  EXPECT_NE(trecvit(dir, "stream -m Ti Ti/model.safetensors").err.find("--model"), std::string::npos);
}

TEST(Words, UntrainedWeightsGiveAWarning) {
  const TempDir dir;
  for (const std::string line :
       {"classify --labels kinetics400 -m generated:mu 'synthetic:shapes?frames=1'",
        "stream -m generated:mu 'synthetic:shapes?frames=1'",
        "embed -m generated:mu 'synthetic:shapes?frames=1' -o e.npz", "info -m generated:mu",
        "demo -m generated:mu 'synthetic:shapes?frames=1'", "convert --labels kinetics400 generated:mu c"}) {
    const Output output = trecvit(dir, line);
    EXPECT_EQ(output.code, 0) << output.err;
    const size_t at = output.err.find("not trained");
    EXPECT_NE(at, std::string::npos) << line << output.err;
    EXPECT_EQ(output.err.find("not trained", at + 1), std::string::npos) << line << output.err;
    EXPECT_EQ(output.out.find("not trained"), std::string::npos) << line << output.out;
    const std::string force = line.starts_with("demo") || line.starts_with("info") ? "" : " --force";
    const Output quiet = trecvit(dir, line + force + " --quiet");
    EXPECT_EQ(quiet.code, 0) << quiet.err;
    EXPECT_EQ(quiet.err.find("not trained"), std::string::npos) << line;
  }
  // These verbs make no predictions.
  for (const std::string line : {"bench -m generated:mu --frames 1 --warmup 0", "convert generated:mu d"}) {
    const Output output = trecvit(dir, line);
    EXPECT_EQ(output.code, 0) << output.err;
    EXPECT_EQ(output.err.find("not trained"), std::string::npos) << line << output.err;
  }
}

TEST(Words, TheDefaultReadoutIsThatOfTheVerb) {
  const TempDir dir;
  const auto names_window = [&dir](const std::string& verb) {
    std::string line;  // the words of the help, regardless of line breaks
    std::istringstream help(trecvit(dir, verb + " --help").out);
    for (std::string word; help >> word;) line += word + " ";
    return line.find("the model's; if that is mean, a window") != std::string::npos;
  };
  EXPECT_TRUE(names_window("stream"));
  EXPECT_TRUE(names_window("demo"));
  EXPECT_FALSE(names_window("classify"));
}

TEST(Words, LinesOfSeveralSources) {
  const TempDir dir;
  const std::string a = "'synthetic:shapes?frames=1'", b = "'synthetic:noise?frames=1'";
  const Output both = trecvit(dir, "stream -m generated:mu " + a + " " + b);
  EXPECT_EQ(both.out.find("==> synthetic:shapes?frames=1 <==\n"), 0u) << both.out;
  EXPECT_NE(both.out.find("\n==> synthetic:noise?frames=1 <==\n"), std::string::npos) << both.out;
  EXPECT_EQ(trecvit(dir, "stream -m generated:mu " + a).out.find("==>"), std::string::npos);
  EXPECT_EQ(trecvit(dir, "stream --json -m generated:mu " + a + " " + b).out.find("==>"), std::string::npos);
}

// The text after each occurrence of a key, exactly as printed: parsing and printing it again may give more digits.
std::vector<std::string> numbers_printed(const std::string& json, const std::string& key) {
  std::vector<std::string> numbers;
  const std::string begin = "\"" + key + "\":";
  for (size_t at = json.find(begin); at != std::string::npos; at = json.find(begin, at + 1)) {
    const size_t from = at + begin.size();
    numbers.push_back(json.substr(from, json.find_first_of(",}", from) - from));
  }
  return numbers;
}

TEST(Words, NumbersAreReadable) {
  const TempDir dir;
  const Output frames = trecvit(dir, "stream --json -m generated:mu 'synthetic:shapes?frames=20&fps=30'");
  for (const auto& [key, most] : {std::pair{"latency_ms", 11U}, {"prob", 14U}}) {
    const auto numbers = numbers_printed(frames.out, key);
    EXPECT_EQ(numbers.size(), 20U);
    for (const auto& number : numbers) EXPECT_LE(number.size(), most) << key << ' ' << number;
  }
  // Times are not rounded.
  EXPECT_EQ(frames.json().at(7)["time_s"].get<double>(), 7 / 30.0);
  const Output bench = trecvit(dir, "bench --model generated:mu --frames 3 --json");
  for (const char* key : {"load_s", "median_ms", "p99_ms", "frames_per_second", "gflops"}) {
    const auto numbers = numbers_printed(bench.out, key);
    ASSERT_EQ(numbers.size(), 1U) << key;
    EXPECT_LE(numbers[0].size(), 12U) << key << ' ' << numbers[0];
  }
}

TEST(Words, HelpFitsTheTerminal) {
  const TempDir dir;
  for (const std::string verb : {"", "classify", "stream", "embed", "dump", "check", "eval", "info", "convert", "bench",
                                 "demo", "data", "data check", "data stats", "data preview"}) {
    const Output help = trecvit(dir, verb + " --help");
    ASSERT_EQ(help.code, 0) << help.err;
    for (size_t at = 0; at < help.out.size();) {
      const std::string line = help.out.substr(at, help.out.find('\n', at) - at);
      EXPECT_LE(line.size(), 100u) << verb << ": " << line;
      at += line.size() + 1;
    }
  }
  EXPECT_EQ(trecvit(dir, "stream --help").out.find("--device"), std::string::npos);
  EXPECT_NE(trecvit(dir, "check --help").out.find("--device"), std::string::npos);
}

TEST(Words, TheListOfUncomparedTapsIsShort) {
  const TempDir dir;
  const std::string source = " -m generated:mu 'synthetic:noise?frames=2'";
  ASSERT_EQ(trecvit(dir, "dump --provider reference --taps all -o t.npz" + source).code, 0);
  const Output check = trecvit(dir, "check --against t.npz" + source);
  EXPECT_EQ(check.code, 0) << check.err;
  for (size_t at = 0; at < check.out.size(); at = check.out.find('\n', at) + 1)
    EXPECT_LE(check.out.find('\n', at) - at, 120u) << check.out;
}

}  // namespace
}  // namespace trecvit::test
