// Every read of a file fails in turn, as on a broken disk. The result must be an error that gives the reason, never a
// shorter video, a smaller list or other weights.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/faults.h"

namespace trecvit::test {
namespace {

namespace fs = std::filesystem;

struct Reading {
  const char* name;
  const char* arguments;
};

class FailedReads : public testing::TestWithParam<Reading> {
 protected:
  static std::string command(const std::string& arguments) { return "'" TRECVIT_COMMAND "' " + arguments; }

  // A model folder, a video, a state, a list and its labels.
  static void prepare(const TempDir& dir) {
    for (const char* arguments :
         {"convert 'generated:mu?classes=4' model", "convert 'generated:mu?classes=4' model.npz --drop-config",
          "stream --model 'generated:mu?classes=4' 'synthetic:noise?frames=4' --save-state s.state"}) {
      const FaultyRun run = run_with_fault(dir, command(arguments) + " --quiet", {});
      ASSERT_EQ(run.code, 0) << run.err;
    }
    for (const char* video : {"mpeg4.avi", "vp9_odd_size.webm", "mpeg2.ts", "bt601_bframes.mp4"})
      fs::copy_file(std::string(TRECVIT_GOLDEN_DIR "/video/") + video, dir.file(video));
    std::ofstream(dir.file("list.csv")) << "path,label\nmpeg4.avi,a\nvp9_odd_size.webm,b\n";
    std::ofstream(dir.file("labels.txt")) << "a\nb\nc\nd\n";
  }
};

TEST_P(FailedReads, GiveErrorsAndNeverADifferentResult) {
  const TempDir dir;
  prepare(dir);
  const std::string arguments = GetParam().arguments;
  const FaultyRun whole = run_with_fault(dir, command(arguments), {});
  if (whole.code == 4) GTEST_SKIP() << "this build has no FFmpeg";
  ASSERT_EQ(whole.code, 0) << whole.err;
  int reads = 0;
  for (const bool lasting : {false, true}) {
    for (int at = 1;; ++at, ++reads) {
      const FaultyRun run = run_with_fault(dir, command(arguments), {.at = at, .calls = "read", .lasting = lasting});
      if (!run.reached) break;
      SCOPED_TRACE((lasting ? "from " : "at ") + run.call.substr(0, run.call.find('\n')));
      EXPECT_EQ(run.code, 5) << run.out << run.err;
      EXPECT_NE(run.err.find("Input/output error"), std::string::npos) << run.err;
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(reads, 2);
}

constexpr Reading kReadings[] = {
    {"Avi", "stream --model 'generated:mu?classes=4' mpeg4.avi"},
    {"Webm", "classify --model 'generated:mu?classes=4' vp9_odd_size.webm"},
    {"Mp4", "classify --model 'generated:mu?classes=4' bt601_bframes.mp4"},
    {"TransportStream", "stream --model 'generated:mu?classes=4' mpeg2.ts"},
    {"ModelFolder", "stream --model model --labels labels.txt 'synthetic:noise?frames=4'"},
    {"Npz", "convert model.npz 'out.npz' --drop-config --force"},
    {"State", "stream --model 'generated:mu?classes=4' --load-state s.state 'synthetic:noise?frames=4'"},
    {"List", "data check list.csv"},
    {"ListOfATest", "eval --model 'generated:mu?classes=4' --labels labels.txt --data list.csv --frames 4 --stride 1"},
};
INSTANTIATE_TEST_SUITE_P(Verbs, FailedReads, testing::ValuesIn(kReadings),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace trecvit::test
