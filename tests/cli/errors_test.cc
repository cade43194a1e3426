// Errors, and the exit code and message that each gives.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cli/command.h"

namespace trecvit::test {
namespace {

struct FailingCommand {
  const char* name;
  const char* arguments;
  int code;
  const char* words;  // that stderr must contain
};

class Errors : public testing::TestWithParam<FailingCommand> {};

TEST_P(Errors, ExitCodeAndMessage) {
  const TempDir dir;
  const Output output = trecvit(dir, GetParam().arguments);
  EXPECT_EQ(output.code, GetParam().code) << output.err;
  EXPECT_NE(output.err.find(GetParam().words), std::string::npos) << output.err;
}

constexpr FailingCommand kFailingCommands[] = {
    {"NoVerb", "", 2, "expected one of the verbs classify"},
    {"UnknownVerb", "frobnicate", 2, "frobnicate"},
    {"UnknownOption", "stream --frob --model generated:mu synthetic:shapes", 2, "--frob"},
    {"NoNumber", "stream --topk two --model generated:mu synthetic:shapes", 2, "[--topk] expected a whole number"},
    {"NotFinite", "stream --start nan --model generated:mu synthetic:shapes", 2, "[--start] expected a number"},
    {"NoValue", "stream synthetic:shapes --model", 2, "[--model] expected a value, got none"},
    {"UnknownProgress", "bench --progress loud", 2, "[--progress] expected auto or plain or none or json"},
    {"LabelsOfOtherClasses", "classify --labels ssv2 --model generated:mu synthetic:shapes", 2, "expected 400 labels"},
    {"NoModel", "stream synthetic:shapes", 2, "--model"},
    {"NoSource", "stream --model generated:mu", 2, "SOURCE"},
    {"MissingModelFile", "stream --model nothing.npz synthetic:shapes", 3, "nothing.npz"},
    {"MissingSource", "stream --model generated:mu nothing.mp4", 3, "nothing.mp4"},
    {"UnknownSize", "stream --model generated:XXL synthetic:shapes", 2, "XXL"},
    {"UnknownGenerator", "stream --model generated:mu synthetic:frob", 2, "frob"},
    {"UnknownProvider", "stream --provider sse9 --model generated:mu synthetic:shapes", 2, "sse9"},
    {"PrecisionNotInThisBuild", "stream --precision int8 --model generated:mu synthetic:shapes", 4, "int8"},
    {"DeviceNotInThisBuild", "stream --device cuda:0 --model generated:mu synthetic:shapes", 4, "cuda:0"},
    {"UnknownPrecision", "stream --precision f8 --model generated:mu synthetic:shapes", 2, "f8"},
    {"BadReadout", "stream --readout window=-1 --model generated:mu synthetic:shapes", 2, "positive number of seconds"},
    {"BadThreads", "stream --threads 0 --model generated:mu synthetic:shapes", 2, "--threads"},
    {"EmptyRange", "classify --model generated:mu --start 100 synthetic:shapes", 3,
     "at least one frame at or after 100 s, got a video that ends at"},
    {"EmptyRangeOfStream", "stream --model generated:mu --start 100 synthetic:shapes", 3, "--start"},
    {"EmptyRangeOfEmbed", "embed --model generated:mu --start 100 synthetic:shapes -o e.npz", 3, "--start"},
    {"EmptyRangeOfDump", "dump --model generated:mu --start 100 synthetic:shapes -o e.npz", 3, "--start"},
    {"LabelsMissing", "classify --model generated:mu --labels no.txt synthetic:shapes", 3, "no.txt"},
    {"OddImageSize", "info --model generated:mu --image-size 100", 2, "image_size"},
    {"SourceKept", "embed --model generated:mu synthetic:shapes -o /no/such/folder/x.npz", 5, "/no/such/folder/x.npz"},
    {"ConvertToOnnx", "convert generated:mu m.onnx", 2,
     "NAME.npz or a folder to write, got 'm.onnx', whose extension means ONNX"},
    {"ConvertToPyTorch", "convert generated:mu m.PT", 2, "whose extension means PyTorch"},
    {"ConvertToOneFile", "convert generated:mu m.safetensors", 2, "whose extension means safetensors"},
    {"EmbedToTable", "embed --model generated:mu synthetic:shapes -o e.csv", 2, "ending in .npz, got 'e.csv'"},
    {"DumpToHdf5", "dump --model generated:mu synthetic:shapes -o taps.h5", 2, "ending in .npz, got 'taps.h5'"},
    {"PreviewToJpeg", "data preview synthetic:shapes -o p.jpg", 2, "ending in .png, got 'p.jpg'"},
    {"StateInNoFolder", "stream --model no.npz synthetic:shapes --save-state no/such/s", 5, "no/such/s"},
    {"StateOntoFolder", "stream --model no.npz synthetic:shapes --save-state .", 2, "regular file, got a folder"},
    {"EmbedOntoFolder", "embed --model no.npz synthetic:shapes -o ..", 2, "regular file, got a folder"},
    {"JsonIntoDevice", "stream --model no.npz synthetic:shapes --json=/dev/null", 2,
     "got a pipe or device; --json without a name writes to stdout"},
    {"EmbedIntoDevice", "embed --model no.npz synthetic:shapes -o /dev/null", 2, "regular file, got a pipe or device"},
    {"EmbedToStdout", "embed --model no.npz synthetic:shapes -o -", 2, "[-] expected a file to write, got stdout"},
    {"DumpToStdout", "dump --model no.npz synthetic:shapes -o -", 2, "got stdout"},
    {"StateToStdout", "stream --model no.npz synthetic:shapes --save-state -", 2, "got stdout"},
    {"ConvertToDevices", "convert generated:mu /dev", 2,
     "[/dev/model.safetensors] expected the name of a regular file"},
    {"ConvertToStdout", "convert no.npz -", 2, "got stdout"},
    {"PreviewToPdf", "data preview synthetic:shapes -o p.pdf", 2,
     "ending in .png, got 'p.pdf', whose extension means PDF"},
    {"JsonToNpz", "stream --model generated:mu --json=j.npz synthetic:shapes", 2,
     "[--json] expected a name ending in .json or .jsonl, got 'j.npz', whose extension means NumPy"},
    {"JsonToGzip", "info --model generated:mu --json=j.jsonl.gz", 2, "got 'j.jsonl.gz', whose extension means gzip"},
    {"StateToJson", "stream --model generated:mu --save-state s.json synthetic:shapes", 2,
     "[--save-state] expected a name ending in .state, got 's.json', whose extension means JSON"},
    {"InfoOfNothing", "info", 2, "--env"},
};
INSTANTIATE_TEST_SUITE_P(All, Errors, testing::ValuesIn(kFailingCommands),
                         [](const auto& test) { return test.param.name; });

TEST(Errors, ABadSourceDoesNotStopTheOthers) {
  const TempDir dir;
  const Output output = trecvit(dir, "classify --model generated:mu --json nothing.mp4 'synthetic:shapes?frames=2'");
  EXPECT_EQ(output.code, 3);
  ASSERT_EQ(output.json().size(), 1u);
  EXPECT_EQ(output.json()[0]["frames"], 2);
}

// Folders may have any name that does not suggest a file format, and file extensions are case-insensitive.
TEST(Errors, NamesWithoutOrWithTheRightExtensionAreWritten) {
  const TempDir dir;
  EXPECT_EQ(trecvit(dir, "convert generated:mu trecvit_mu-v1.2").code, 0);
  EXPECT_EQ(trecvit(dir, "info --model trecvit_mu-v1.2").code, 0);
  EXPECT_EQ(trecvit(dir, "convert generated:mu m.NPZ").code, 0);
  EXPECT_FALSE(std::filesystem::is_directory(dir.file("m.NPZ")));
  EXPECT_EQ(trecvit(dir, "embed --model m.NPZ 'synthetic:shapes?frames=1' -o features").code, 0);
  EXPECT_FALSE(std::filesystem::exists(dir.file("m.onnx")));
  for (const std::string name : {"j", "j.json", "j.JSONL", "j.ndjson", "j.log", "j.txt"}) {
    EXPECT_EQ(trecvit(dir, "info --model m.NPZ --json=" + name).code, 0) << name;
    EXPECT_TRUE(std::filesystem::exists(dir.file(name)));
  }
  for (const std::string name : {"s", "s.state", "s.safetensors"})
    EXPECT_EQ(trecvit(dir, "stream --model m.NPZ 'synthetic:shapes?frames=1' --save-state " + name).code, 0) << name;
}

// Files of other kinds are refused as a model, labels or a state.
TEST(Errors, FilesOfOtherKindsAreNamed) {
  const TempDir dir;
  std::ofstream(dir.file("pointer")) << "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 12\n";
  std::ofstream(dir.file("video.mp4")) << std::string(
      "\0\0\0\x18"
      "ftypisom",
      12);
  const std::string source = " 'synthetic:shapes?frames=1'";
  ASSERT_EQ(trecvit(dir, "convert generated:mu m.npz").code, 0);
  for (const std::string& line :
       {"stream --model pointer" + source, "stream --model generated:mu --labels pointer" + source,
        "stream --model generated:mu --load-state pointer" + source, "check --model pointer" + source}) {
    const Output output = trecvit(dir, line);
    EXPECT_EQ(output.code, 3) << line << "\n" << output.err;
    EXPECT_NE(output.err.find("Git LFS pointer"), std::string::npos) << line << "\n" << output.err;
  }
  const std::pair<std::string, std::string> swapped[] = {
      {"stream --model video.mp4 m.npz", "an MP4 or QuickTime video"},
      {"stream --model generated:mu m.npz", "decoder/cls_head/bias"}};
  for (const auto& [line, words] : swapped) {
    const Output output = trecvit(dir, line);
    EXPECT_EQ(output.code, 3) << line << "\n" << output.err;
    EXPECT_NE(output.err.find("are source and model swapped?"), std::string::npos) << line << "\n" << output.err;
    EXPECT_NE(output.err.find(words), std::string::npos) << line << "\n" << output.err;
  }
}

TEST(Errors, TheExitCodeIsThatOfTheFirstBadSource) {
  const TempDir dir;
  const std::string line = "classify --model generated:mu ";
  EXPECT_EQ(trecvit(dir, line + "nothing.mp4 ftp://host/a 'synthetic:shapes?frames=1'").code, 3);
  EXPECT_EQ(trecvit(dir, line + "ftp://host/a nothing.mp4 'synthetic:shapes?frames=1'").code, 4);
}

TEST(Errors, LabelsAndTapsAreInputsToo) {
  const TempDir dir;
  const std::string model = " --force --model 'generated:mu?classes=1' 'synthetic:shapes?frames=1'";
  ASSERT_EQ(std::system(("echo one >'" + dir.file("l.txt") + "'").c_str()), 0);
  ASSERT_EQ(trecvit(dir, "dump -o t.npz" + model).code, 0);
  for (const std::string line : {"classify --labels l.txt --json=l.txt", "stream --labels l.txt --save-state l.txt",
                                 "check --against t.npz --json=t.npz"}) {
    const Output output = trecvit(dir, line + model);
    EXPECT_EQ(output.code, 2) << line << output.err;
    EXPECT_NE(output.err.find("an output that is not an input"), std::string::npos) << output.err;
  }
}

TEST(Errors, NoFileIsOverwritten) {
  const TempDir dir;
  ASSERT_EQ(trecvit(dir, "convert generated:mu m.npz").code, 0);
  EXPECT_EQ(trecvit(dir, "convert generated:mu m.npz").code, 2);
  EXPECT_EQ(trecvit(dir, "convert generated:mu m.npz --force").code, 0);
}

// Inputs are kept even with --force, and the check comes before any work is done.
TEST(Errors, AnInputIsNeverOverwritten) {
  const TempDir dir;
  ASSERT_EQ(trecvit(dir, "convert generated:mu m.npz").code, 0);
  ASSERT_EQ(trecvit(dir, "embed --model m.npz 'synthetic:shapes?frames=1' -o e.npz").code, 0);
  const std::string before = read_text(*open_file(dir.file("m.npz")), 1 << 24);
  for (const std::string line :
       {"embed --model m.npz synthetic:shapes -o m.npz", "embed --model generated:mu ./e.npz -o e.npz",
        "dump --model m.npz synthetic:shapes -o ./m.npz", "check --model m.npz --json=m.npz",
        "stream --model m.npz --save-state m.npz synthetic:shapes", "convert m.npz m.npz",
        "info --model m.npz --json=m.npz", "bench --model m.npz --json=m.npz",
        "classify --model generated:mu --json=e.npz e.npz"}) {
    const Output output = trecvit(dir, line + " --force");
    EXPECT_EQ(output.code, 2) << line << "\n" << output.err;
    EXPECT_NE(output.err.find("an output that is not an input"), std::string::npos) << line << "\n" << output.err;
  }
  EXPECT_EQ(read_text(*open_file(dir.file("m.npz")), 1 << 24), before);
  EXPECT_EQ(trecvit(dir, "stream --model generated:mu --json=x --save-state x synthetic:shapes").code, 2);
}

TEST(Errors, OneFileCannotBeTwoOutputs) {
  const TempDir dir;
  std::filesystem::create_directory(dir.file("d"));
  std::filesystem::create_directory_symlink("d", dir.file("linked"));
  for (const std::string outputs :
       {"--json=x --save-state x", "--json=./x --save-state x", "--json=d/x --save-state linked/x",
        "--json=d/../d/x --save-state d//x", "--json=x --save-state \"$PWD/x\""}) {
    const Output output = trecvit(dir, "stream --model generated:mu --force synthetic:shapes " + outputs);
    EXPECT_EQ(output.code, 2) << outputs;
    EXPECT_NE(output.err.find("a different file for each output"), std::string::npos) << outputs << output.err;
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir.file("d")));
}

TEST(Errors, AStateIsReplacedOnlyByAState) {
  const TempDir dir;
  const std::string stream = "stream --model generated:mu --quiet --force 'synthetic:shapes?frames=2' --readout mean ";
  ASSERT_EQ(trecvit(dir, stream + "--save-state s").code, 0);
  EXPECT_EQ(trecvit(dir, stream + "--load-state s --json=s").code, 2);
  EXPECT_EQ(trecvit(dir, stream + "--load-state s --save-state s").code, 0);
}

TEST(Errors, AnOldResultStaysIfNothingWasComputed) {
  const TempDir dir;
  std::ofstream(dir.file("o.json")) << "precious";
  for (const std::string verb : {"stream", "classify"}) {
    EXPECT_EQ(trecvit(dir, verb + " --model generated:mu --force --json=o.json nothing.mp4").code, 3);
    EXPECT_EQ(read_text(*open_file(dir.file("o.json")), 100), "precious");
    EXPECT_EQ(trecvit(dir, verb + " --model generated:mu --json=new.json nothing.mp4").code, 3);
    EXPECT_FALSE(std::filesystem::exists(dir.file("new.json")));
  }
  const std::string line =
      "classify --model generated:mu --force --json=o.json nothing.mp4 'synthetic:shapes?frames=1'";
  EXPECT_EQ(trecvit(dir, line).code, 3);
  EXPECT_NE(read_text(*open_file(dir.file("o.json")), 10'000).find("trecvit.classify/1"), std::string::npos);
}

TEST(Errors, ALinkToStdoutIsNotAFile) {
  const TempDir dir;
  std::filesystem::create_symlink("/proc/self/fd/1", dir.file("out"));
  for (const std::string force : {"", " --force"}) {
    const Output output = trecvit(dir, "info --env --json=out" + force);
    EXPECT_EQ(output.code, 2);
    EXPECT_NE(output.err.find("--json without a name writes to stdout"), std::string::npos) << output.err;
    EXPECT_EQ(trecvit(dir, "embed --model generated:mu synthetic:shapes -o out" + force).code, 2);
    EXPECT_TRUE(std::filesystem::is_symlink(dir.file("out")));
  }
}

TEST(Errors, AStateWithTooLongANameIsRefusedAtOnce) {
  const TempDir dir;
  const std::string name(256, 's');
  const Output output = trecvit(dir, "stream --model no.npz synthetic:shapes --save-state " + name);
  EXPECT_EQ(output.code, 2);
  EXPECT_NE(output.err.find("255 bytes"), std::string::npos) << output.err;
}

TEST(Errors, OutputsThatCannotBeWritten) {
  const TempDir dir;
  EXPECT_EQ(trecvit(dir, "classify --model generated:mu --json synthetic:shapes >/dev/full").code, 5);
  const Output closed = trecvit(dir, "stream --model generated:mu --quiet --json 'synthetic:shapes?frames=2' >&-");
  EXPECT_EQ(closed.code, 5);
  EXPECT_NE(closed.err.find("[stdout] expected to write the results"), std::string::npos) << closed.err;
  EXPECT_EQ(trecvit(dir, "info --env >&-").code, 5);
  // Without stderr, or without stdout if the results go to a file, the work is still done and no output ends up in
  // another file.
  EXPECT_EQ(trecvit(dir, "embed --model generated:mu 'synthetic:shapes?frames=2' -o a.npz 2>&-").code, 0);
  EXPECT_EQ(trecvit(dir, "stream --model generated:mu --json=c.json 'synthetic:shapes?frames=2' >&-").code, 0);
  EXPECT_EQ(read_text(*open_file(dir.file("c.json")), 1 << 20).find("{\"schema\""), 0u);
}

TEST(Errors, ConfigThatAnNpzCannotHoldIsNotDroppedSilently) {
  const TempDir dir;
  ASSERT_EQ(trecvit(dir, "convert generated:mu folder").code, 0);
  ASSERT_EQ(std::system(("sed -i 's/\"sqrt\"/\"convex\"/' '" + dir.file("folder/config.json") + "'").c_str()), 0);
  const Output refused = trecvit(dir, "convert folder m.npz");
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("input_scale"), std::string::npos) << refused.err;
  EXPECT_EQ(trecvit(dir, "convert folder m.npz --drop-config").code, 0);
}

TEST(Errors, ABareJsonDoesNotSwallowTheSource) {
  const TempDir dir;
  EXPECT_EQ(trecvit(dir, "classify --model generated:mu --json 'synthetic:shapes?frames=2'").code, 0);
  EXPECT_EQ(trecvit(dir, "classify --model generated:mu --json=out.json 'synthetic:shapes?frames=2'").code, 0);
  EXPECT_NE(read_text(*open_file(dir.file("out.json")), 1 << 20).find("trecvit.classify/1"), std::string::npos);
}

}  // namespace
}  // namespace trecvit::test
