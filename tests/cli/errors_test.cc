// What goes wrong, and the exit code and sentence it gives.
#include <gtest/gtest.h>

#include "cli/command.h"

namespace trecvit::test {
namespace {

struct Case {
  const char* name;
  const char* arguments;
  int code;
  const char* words;  // that stderr must contain
};

class Errors : public testing::TestWithParam<Case> {};

TEST_P(Errors, CodeAndSentence) {
  const TempDir dir;
  const Output output = trecvit(dir, GetParam().arguments);
  EXPECT_EQ(output.code, GetParam().code) << output.err;
  EXPECT_NE(output.err.find(GetParam().words), std::string::npos) << output.err;
}

constexpr Case kCases[] = {
    {"NoVerb", "", 2, "subcommand"},
    {"UnknownVerb", "frobnicate", 2, "frobnicate"},
    {"UnknownOption", "stream --frob --model generated:mu synthetic:shapes", 2, "--frob"},
    {"NoModel", "stream synthetic:shapes", 2, "--model"},
    {"NoSource", "stream --model generated:mu", 2, "SOURCE"},
    {"MissingModelFile", "stream --model nothing.npz synthetic:shapes", 3, "nothing.npz"},
    {"MissingSource", "stream --model generated:mu nothing.mp4", 3, "nothing.mp4"},
    {"UnknownSize", "stream --model generated:XXL synthetic:shapes", 2, "XXL"},
    {"UnknownGenerator", "stream --model generated:mu synthetic:frob", 2, "frob"},
    {"UnknownProvider", "stream --provider sse9 --model generated:mu synthetic:shapes", 2, "sse9"},
    {"BadReadout", "stream --readout window=-1 --model generated:mu synthetic:shapes", 2, "positive number of seconds"},
    {"BadThreads", "stream --threads 0 --model generated:mu synthetic:shapes", 2, "--threads"},
    {"EmptyRange", "classify --model generated:mu --start 100 synthetic:shapes", 3, "at least one frame"},
    {"LabelsMissing", "classify --model generated:mu --labels no.txt synthetic:shapes", 3, "no.txt"},
    {"OddImageSize", "info --model generated:mu --image-size 100", 3, "image_size"},
    {"SourceKept", "embed --model generated:mu synthetic:shapes -o /no/such/folder/x.npz", 5, "/no/such/folder/x.npz"},
    {"InfoOfNothing", "info", 2, "--env"},
};
INSTANTIATE_TEST_SUITE_P(All, Errors, testing::ValuesIn(kCases), [](const auto& test) { return test.param.name; });

TEST(Errors, ABadSourceDoesNotStopTheRest) {
  const TempDir dir;
  const Output output = trecvit(dir, "classify --model generated:mu --json nothing.mp4 'synthetic:shapes?frames=2'");
  EXPECT_EQ(output.code, 3);
  ASSERT_EQ(output.json().size(), 1u);
  EXPECT_EQ(output.json()[0]["frames"], 2);
}

TEST(Errors, NothingIsWrittenOver) {
  const TempDir dir;
  ASSERT_EQ(trecvit(dir, "convert generated:mu m.npz").code, 0);
  EXPECT_EQ(trecvit(dir, "convert generated:mu m.npz").code, 2);
  EXPECT_EQ(trecvit(dir, "convert generated:mu m.npz --force").code, 0);
}

TEST(Errors, ABareJsonDoesNotSwallowTheSource) {
  const TempDir dir;
  EXPECT_EQ(trecvit(dir, "classify --model generated:mu --json 'synthetic:shapes?frames=2'").code, 0);
  EXPECT_EQ(trecvit(dir, "classify --model generated:mu --json=out.json 'synthetic:shapes?frames=2'").code, 0);
  EXPECT_NE(read_text(*open_file(dir.file("out.json")), 1 << 20).find("trecvit.classify/1"), std::string::npos);
}

}  // namespace
}  // namespace trecvit::test
