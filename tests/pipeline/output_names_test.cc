#include "trecvit/pipeline/output_names.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/errors.h"
#include "support/temp_dir.h"
#include "support/working_folder.h"

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

TEST_F(OutputNames, AnInputMayBeSpelledInAnyWay) {
  const std::string video = make("a.mp4");
  fs::create_directory(dir_.file("sub"));
  fs::create_hard_link(video, dir_.file("hard.mp4"));
  fs::create_symlink(video, dir_.file("link.mp4"));
  fs::create_directory_symlink(dir_.path(), dir_.file("sub/up"));
  const WorkingFolder here(dir_.path());
  for (const std::string output : {"a.mp4", "./a.mp4", "sub/../a.mp4", "sub/up/a.mp4", "hard.mp4", "link.mp4"}) {
    SCOPED_TRACE(output);
    refused({.model = "", .labels = "", .sources = {video}, .others = {}}, {output});
    refused({.model = "", .labels = "", .sources = {output}, .others = {}}, {"new.npz", video});
  }
}

TEST_F(OutputNames, SourcesThatAreNoFilesAreIgnored) {
  EXPECT_NO_THROW(
      check_names({.model = "generated:mu", .labels = "ssv2", .sources = {"synthetic:black", ""}, .others = {}},
                  {dir_.file("a.npz")}));
}

TEST_F(OutputNames, NamesInAMessageAreSafeForATerminal) {
  const std::string video = make("\x1b[31m.mp4");
  expect_error(ErrorKind::kUsage,
               {"?[31m.mp4] expected an output that is not an input", "got " + dir_.file("?[31m.mp4")},
               [&] { check_names({.model = "", .labels = "", .sources = {video}, .others = {}}, {video}); });
}

// Every file in the folder of a model counts as an input.
TEST_F(OutputNames, FilesOfAModelAreInputs) {
  for (const char* file : {"config.json", "model.safetensors", "probe.safetensors", "reconstruction.safetensors",
                           "recall.safetensors", "model.npz", "model.safetensors.index.json"}) {
    const std::string path = make(file);
    refused({.model = dir_.path(), .labels = "", .sources = {}, .others = {}}, {path});
    refused({.model = "", .labels = "", .sources = {}, .others = {dir_.path()}}, {path});
  }
}

TEST_F(OutputNames, WeightsOfAnyNameAreInputs) {
  const std::string path = make("downloaded.npz");
  refused({.model = dir_.path(), .labels = "", .sources = {}, .others = {}}, {path});
  refused({.model = path, .labels = "", .sources = {}, .others = {}}, {path});
  const std::string notes = make("notes.txt");
  EXPECT_NO_THROW(check_names({.model = dir_.path(), .labels = "", .sources = {}, .others = {}}, {notes}));
}

TEST_F(OutputNames, OneFileCannotBeTwoOutputs) {
  expect_error(ErrorKind::kUsage, {"a different file for each output"},
               [&] { check_names({}, {dir_.file("a"), dir_.file("x/../a")}); });
  fs::create_directory_symlink(dir_.path(), dir_.file("same"));
  expect_error(ErrorKind::kUsage, {"a different file for each output"},
               [&] { check_names({}, {dir_.file("a"), dir_.file("b"), dir_.file("same/a")}); });
  EXPECT_NO_THROW(check_names({}, {dir_.file("a"), dir_.file("b"), "", ""}));
}

// A link is replaced itself, so it and its target are two files.
TEST_F(OutputNames, ALinkAndItsTargetAreTwoOutputs) {
  const std::string target = make("target.npz");
  fs::create_symlink(target, dir_.file("link.npz"));
  EXPECT_NO_THROW(check_names({}, {target, dir_.file("link.npz")}));
}

TEST_F(OutputNames, StdoutIsNotAFile) {
  expect_error(ErrorKind::kUsage, {"stdout", "./-"}, [] { refuse_stdout("-"); });
  EXPECT_NO_THROW(refuse_stdout("./-"));
}

}  // namespace
}  // namespace trecvit::test
