#include "trecvit/pipeline/output_names.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/errors.h"
#include "support/temp_dir.h"

namespace trecvit::test {
namespace {

namespace fs = std::filesystem;

class OutputNames : public testing::Test {
 protected:
  std::string make(const std::string& name) const {
    std::ofstream(dir_.file(name)) << "x";
    return dir_.file(name);
  }
  void refused(const InputNames& inputs, const std::vector<std::string>& outputs) const {
    expect_error(ErrorKind::kUsage, {"expected an output that is not an input"}, [&] { check_names(inputs, outputs); });
  }

  const TempDir dir_;
};

TEST_F(OutputNames, NoInputIsOverwritten) {
  const std::string video = make("a.mp4"), labels = make("names.txt"), other = make("taps.npz");
  refused({.model = "", .labels = "", .sources = {video}, .others = {}}, {video});
  refused({.model = "", .labels = labels, .sources = {}, .others = {}}, {"", labels});
  refused({.model = "", .labels = "", .sources = {}, .others = {other}}, {dir_.path() + "/./taps.npz"});
  fs::create_symlink(video, dir_.file("link.mp4"));
  refused({.model = "", .labels = "", .sources = {dir_.file("link.mp4")}, .others = {}}, {video});
  EXPECT_NO_THROW(
      check_names({.model = "", .labels = labels, .sources = {video}, .others = {other}}, {dir_.file("new.npz"), ""}));
}

// Every file in the folder of a model counts as an input.
TEST_F(OutputNames, FilesOfAModelAreInputs) {
  for (const char* file : {"config.json", "model.safetensors", "probe.safetensors"}) {
    const std::string path = make(file);
    refused({.model = dir_.path(), .labels = "", .sources = {}, .others = {}}, {path});
    refused({.model = "", .labels = "", .sources = {}, .others = {dir_.path()}}, {path});
  }
}

TEST_F(OutputNames, OneFileCannotBeTwoOutputs) {
  expect_error(ErrorKind::kUsage, {"a different file for each output"},
               [&] { check_names({}, {dir_.file("a"), dir_.file("x/../a")}); });
  EXPECT_NO_THROW(check_names({}, {dir_.file("a"), dir_.file("b"), "", ""}));
}

TEST_F(OutputNames, StdoutIsNotAFile) {
  expect_error(ErrorKind::kUsage, {"stdout", "./-"}, [] { refuse_stdout("-"); });
  EXPECT_NO_THROW(refuse_stdout("./-"));
}

}  // namespace
}  // namespace trecvit::test
