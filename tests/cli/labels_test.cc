// Labels from a file in the results of the command; tests/pipeline/class_names_test.cc has the rules for such files.
#include <gtest/gtest.h>

#include "cli/command.h"
#include "support/files.h"

namespace trecvit::test {
namespace {

TEST(Labels, ComeFromAFile) {
  const TempDir dir;
  std::string labels;
  for (int i = 0; i < 400; ++i) labels += "label " + std::to_string(i) + "\r\n";
  write_file(dir.file("labels.txt"), labels);
  const Output output = trecvit(dir, "classify --model generated:mu --labels labels.txt --json synthetic:shapes");
  ASSERT_EQ(output.code, 0) << output.err;
  const Json best = output.json().at(0)["top"][0];
  EXPECT_EQ(best["label"], "label " + std::to_string(best["index"].get<int>()));
}

TEST(Labels, ThatReplaceOthersAreNoted) {
  const TempDir dir;
  write_file(dir.file("own.txt"), "jump\nrun\nwalk\n");
  write_file(dir.file("other.txt"), "jump\nrun\nstroll\n");
  ASSERT_EQ(trecvit(dir, "convert --image-size 32 --labels own.txt 'generated:mu?classes=3' m").code, 0);
  const auto classify = [&dir](const std::string& labels) {
    return trecvit(dir, "classify -m m --labels " + labels + " 'synthetic:shapes?frames=1'");
  };
  const Output other = classify("other.txt");
  EXPECT_EQ(other.code, 0) << other.err;
  EXPECT_NE(other.err.find("such as 'walk' by 'stroll'"), std::string::npos) << other.err;
  EXPECT_NE(other.out.find("stroll"), std::string::npos) << other.out;
  EXPECT_EQ(classify("other.txt --quiet").err, "");
  EXPECT_EQ(classify("own.txt").code, 0);
  EXPECT_EQ(classify("own.txt").err.find("replaced"), std::string::npos);
}

}  // namespace
}  // namespace trecvit::test
