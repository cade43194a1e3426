// Folders as people have them: which file is read, and what is said of folders of other programs.
#include "trecvit/weights/model_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/errors.h"
#include "support/golden.h"
#include "support/temp_dir.h"
#include "trecvit/weights/model_files.h"

namespace trecvit::test {
namespace {

namespace fs = std::filesystem;

class Folder : public testing::Test {
 protected:
  void put(const std::string& name, const std::string& text = "x") {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }
  void put_model(const std::string& name) {
    fs::create_directories(folder_);
    fs::copy_file(golden_path("mu_2d_weights.npz"), folder_ / name);
  }
  void expect_refused(const std::vector<std::string>& words) {
    auto all = words;
    all.push_back("[" + folder_.string() + "] expected model.safetensors or model.npz in the folder, got ");
    expect_error(ErrorKind::kInput, all, [&] { open_model(folder_.string()); });
    EXPECT_FALSE(weights_in(folder_));
    EXPECT_FALSE(weights_in(folder_ / "missing"));
  }

  TempDir dir_;
  fs::path folder_ = dir_.file("folder");
};

TEST_F(Folder, TheUsualNamesComeFirst) {
  put_model("other.npz");
  put_model("model.npz");
  EXPECT_EQ(find_weights(folder_).file, folder_ / "model.npz");
  EXPECT_TRUE(find_weights(folder_).notes.empty());
  put("model.safetensors");
  EXPECT_EQ(find_weights(folder_).file, folder_ / "model.safetensors");
  ASSERT_EQ(find_weights(folder_).notes.size(), 1u);
  EXPECT_NE(find_weights(folder_).notes[0].find("not model.npz"), std::string::npos);
}

TEST_F(Folder, TheOnlyWeightsAreReadUnderAnyName) {
  put_model("trecvit_mu.npz");
  put("probe.safetensors");
  put("reconstruction.safetensors");
  put("._trecvit_mu.npz");
  put("config.json", R"({"readout": "last"})");
  const ModelFiles files = open_model(folder_.string());
  EXPECT_EQ(files.config.readout.kind, Readout::Kind::kLast);
  EXPECT_EQ(files.notes, (std::vector<std::string>{"trecvit_mu.npz is read, the only weights in the folder"}));
}

TEST_F(Folder, SeveralAreNamed) {
  put_model("a.npz");
  put("b.safetensors");
  expect_refused({"several: a.npz, b.safetensors; name one of them"});
}

TEST_F(Folder, ShardsAreRecognised) {
  put("model-00001-of-00002.safetensors");
  expect_refused({"in several files", "load_file"});
  put("model-00002-of-00002.safetensors");
  put("model.safetensors.index.json", "{}");
  expect_refused({"in several files", "load_file"});
}

TEST_F(Folder, FoldersOfOtherProgramsAreNamed) {
  fs::create_directories(folder_);
  expect_refused({"neither among no files"});
  put("readme.md");
  expect_refused({"neither among readme.md"});
  put("pytorch_model.bin", "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.");
  expect_refused({"pytorch_model.bin, a PyTorch archive; in Python"});
  put("config.toml");
  put("checkpoints/step-00000001/state.json");
  expect_refused({"a training run that has not finished", "--resume"});
  put("model/config.json");
  expect_refused({"its model is in model/"});
  put("best/config.json");
  expect_refused({"its best model is in best/"});
  put("checkpoint");
  put("ckpt-1.index");
  expect_refused({"a TensorFlow checkpoint"});
  put("_METADATA");
  expect_refused({"an Orbax checkpoint", "flatten_dict"});
  put("saved_model.pb");
  expect_refused({"a TensorFlow SavedModel"});
}

// A file of another name next to ours belongs to somebody else.
TEST_F(Folder, OnlyTheUsualNamesBringTheirFolderAlong) {
  put_model("other.npz");
  put_model("model.npz");
  EXPECT_EQ(model_folder_of(folder_.string()), folder_.string());
  EXPECT_EQ(model_folder_of((folder_ / "model.npz").string()), folder_.string());
  EXPECT_EQ(model_folder_of((folder_ / "model.safetensors").string()), folder_.string());
  EXPECT_EQ(model_folder_of((folder_ / "other.npz").string()), (folder_ / "other.npz").string());
}

}  // namespace
}  // namespace trecvit::test
