// Models on disk: opened, compared with the table, converted there and back.
#include "trecvit/weights/model_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>
#include <filesystem>

#include "support/errors.h"
#include "support/files.h"
#include "support/golden.h"
#include "support/python.h"
#include "trecvit/io/safetensors.h"
#include "trecvit/weights/model_folder.h"
#include "weights/weights_test.h"

namespace trecvit::test {
namespace {

namespace fs = std::filesystem;

std::string file_bytes(const std::string& path) { return read_text(*open_file(path), 1 << 24); }

void expect_same_tensors(const WeightSource& got, const WeightSource& want) {
  ASSERT_EQ(got.tensors().size(), want.tensors().size());
  for (const auto& [name, info] : want.tensors()) {
    const HostTensor a = got.read(name), b = want.read(name);
    ASSERT_EQ(a.shape(), b.shape()) << name;
    EXPECT_EQ(std::memcmp(a.data(), b.data(), a.bytes()), 0) << name;
  }
}

TEST(CheckTensors, ListsEveryDifferenceAtOnce) {
  const ModelConfig config = golden_case("mu_2d").config;
  FakeWeights weights(config);
  EXPECT_NO_THROW(check_tensors(config, weights));
  weights.erase("tokenizer.cls");
  weights.erase("encoder.encoderblock_1.LayerNorm_0.bias");
  weights.set("decoder.pre_logits.bias", {3071});
  weights.set("decoder.extra", {2, 2});
  weights.set("mask\n\x1b[31m", {1});
  expect_error(ErrorKind::kInput,
               {"fake.npz", "5 differ", "tokenizer/cls: expected [1, 1, 32], missing",
                "encoder/encoderblock_1/LayerNorm_0/bias: expected [32], missing",
                "decoder/pre_logits/bias: expected [3072], got [3071]",
                "decoder/extra: not a tensor of this model, [2, 2]", "mask??[31m"},
               [&] { check_tensors(config, weights); });
}

TEST(CheckTensors, ListsTypesThatAreNotFloats) {
  const ModelConfig config = golden_case("mu_2d").config;
  FakeWeights weights(config);
  for (const DType fine : {DType::kF32, DType::kF64, DType::kF16, DType::kBF16}) {
    weights.set("tokenizer.cls", {1, 1, 32}, fine);
    EXPECT_NO_THROW(check_tensors(config, weights));
  }
  weights.set("tokenizer.cls", {1, 1, 32}, DType::kI8);
  expect_error(ErrorKind::kInput, {"1 differ", "tokenizer/cls: expected floating point, got int8"},
               [&] { check_tensors(config, weights); });
}

TEST(CheckTensors, LongListsAreCounted) {
  ModelConfig config = golden_case("mu_2d").config;
  const FakeWeights weights(config);
  config.depth = 60;
  expect_error(ErrorKind::kInput, {"1740 differ", "... and 740 more"}, [&] { check_tensors(config, weights); });
}

class ModelFolder : public testing::Test {
 protected:
  GoldenCase golden_ = golden_case("mu_1d");
  TempDir dir_;
  std::string published_ = golden_path(golden_.weights_file);
  std::string folder_ = dir_.file("model");
};

TEST_F(ModelFolder, PublishedArchiveOpens) {
  const ModelFiles model = open_model(published_);
  EXPECT_EQ(model.config, golden_.config);
  const ModelFiles deflated = open_model(golden_path("mu_2d_weights_deflate.npz"));
  expect_same_tensors(*deflated.weights, *open_model(golden_path("mu_2d_weights.npz")).weights);
}

TEST_F(ModelFolder, ArchiveToFolderToArchiveIsBitEqual) {
  const ModelFiles original = open_model(published_);
  ModelConfig config = original.config;
  config.readout = {Readout::Kind::kWindow, 2.5};
  config.id2label[3] = "three";
  save_model_folder(folder_, config, *original.weights, Overwrite::kNo);
  for (const std::string& path : {folder_, folder_ + "/", folder_ + "/model.safetensors"}) {
    const ModelFiles read = open_model(path);
    EXPECT_EQ(read.config, config) << path;
    expect_same_tensors(*read.weights, *original.weights);
  }
  const ModelFiles folder = open_model(folder_);
  save_published_npz(dir_.file("again.npz"), folder.config, *folder.weights, Overwrite::kNo);
  const ModelFiles again = open_model(dir_.file("again.npz"));
  EXPECT_EQ(again.config, original.config) << "an archive by itself has no config";
  expect_same_tensors(*again.weights, *original.weights);
  const NpzReader keys(open_file(dir_.file("again.npz")));
  EXPECT_EQ(keys.names(), golden_arrays(golden_.weights_file).names()) << "the published names";
}

TEST_F(ModelFolder, FolderMayHoldAnArchive) {
  fs::create_directories(folder_);
  fs::copy_file(published_, folder_ + "/model.npz");
  write_file(folder_ + "/config.json", R"({"readout": "last"})");
  EXPECT_EQ(open_model(folder_).config.readout.kind, Readout::Kind::kLast);
  EXPECT_EQ(open_model(folder_ + "/model.npz").config.readout.kind, Readout::Kind::kLast);
  fs::rename(folder_ + "/model.npz", folder_ + "/other.npz");
  EXPECT_EQ(open_model(folder_ + "/other.npz").config.readout.kind, Readout::Kind::kMean)
      << "a file by another name does not take the folder's config";
}

TEST_F(ModelFolder, ConfigThatDisagreesOrIsUnknownIsRefused) {
  fs::create_directories(folder_);
  fs::copy_file(published_, folder_ + "/model.npz");
  write_file(folder_ + "/config.json", R"({"lru_width": 64})");
  expect_error(ErrorKind::kInput, {"lru_width", "32", "64", "config.json"}, [&] { open_model(folder_); });
  write_file(folder_ + "/config.json", R"({"lru_widht": 32})");
  expect_error(ErrorKind::kInput, {"config.json", "lru_widht", "lru_width"}, [&] { open_model(folder_); });
  write_file(folder_ + "/config.json", "{");
  expect_error(ErrorKind::kInput, {"config.json"}, [&] { open_model(folder_); });
  write_file(folder_ + "/config.json", std::string(5 << 20, ' '));
  expect_error(ErrorKind::kInput, {"config.json"}, [&] { open_model(folder_); });
  write_file(folder_ + "/config.json", R"({"image_size": 128})");
  expect_error(ErrorKind::kInput, {"tokenizer/pos_embedding", "[1, 64, 32]", "[1, 16, 32]"},
               [&] { open_model(folder_); });
}

TEST_F(ModelFolder, NothingIsOverwrittenUnasked) {
  const ModelFiles model = open_model(published_);
  save_model_folder(folder_, model.config, *model.weights, Overwrite::kNo);
  const auto weights = generated_weights(model.config, 99);
  const std::string before = file_bytes(folder_ + "/model.safetensors");
  expect_error(ErrorKind::kUsage, {"model.safetensors", "--force"},
               [&] { save_model_folder(folder_, model.config, *weights, Overwrite::kNo); });
  EXPECT_EQ(file_bytes(folder_ + "/model.safetensors"), before);
  save_model_folder(folder_, model.config, *weights, Overwrite::kYes);
  EXPECT_NE(file_bytes(folder_ + "/model.safetensors"), before);
  write_file(dir_.file("file"), "");
  expect_error(ErrorKind::kUsage, {"folder"},
               [&] { save_model_folder(dir_.file("file"), model.config, *weights, Overwrite::kYes); });
  expect_error(ErrorKind::kUsage, {"file"},
               [&] { save_published_npz(dir_.file("file"), model.config, *weights, Overwrite::kNo); });
  EXPECT_EQ(file_bytes(dir_.file("file")), "");
}

// Files that training put next to the old weights fit no others.
TEST_F(ModelFolder, CompanionsGoWithTheModelThatIsReplaced) {
  const ModelFiles model = open_model(published_);
  for (const bool kept : {false, true}) {
    save_model_folder(folder_, model.config, *model.weights, Overwrite::kYes);
    for (const auto name : kCompanions) write_file((fs::path(folder_) / name).string(), "of the old model");
    for (const char* name : {"/README.md", "/labels.txt"}) write_file(folder_ + name, "mine");
    save_model_folder(folder_, model.config, *model.weights, {.overwrite = Overwrite::kYes, .keep_companions = kept});
    for (const auto name : kCompanions) EXPECT_EQ(fs::exists(fs::path(folder_) / name), kept) << name;
    for (const char* name : {"/README.md", "/labels.txt"}) EXPECT_EQ(file_bytes(folder_ + name), "mine");
  }
}

TEST_F(ModelFolder, AReplacedModelKeepsItsPermissions) {
  const ModelFiles model = open_model(published_);
  save_model_folder(folder_, model.config, *model.weights, Overwrite::kNo);
  for (const char* name : {"/model.safetensors", "/config.json"}) ASSERT_EQ(chmod((folder_ + name).c_str(), 0600), 0);
  save_model_folder(folder_, model.config, *model.weights, Overwrite::kYes);
  for (const char* name : {"/model.safetensors", "/config.json"}) {
    struct stat info{};
    ASSERT_EQ(stat((folder_ + name).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u) << name;
  }
}

// A folder that has a config already but no weights: the config belongs to somebody.
TEST_F(ModelFolder, ConfigIsNotOverwrittenUnasked) {
  const ModelFiles model = open_model(published_);
  fs::create_directories(folder_);
  write_file(folder_ + "/config.json", "mine");
  expect_error(ErrorKind::kUsage, {"config.json"},
               [&] { save_model_folder(folder_, model.config, *model.weights, Overwrite::kNo); });
  EXPECT_EQ(file_bytes(folder_ + "/config.json"), "mine");
  EXPECT_FALSE(fs::exists(folder_ + "/model.safetensors"));
}

TEST_F(ModelFolder, OtherFilesAreRefused) {
  expect_error(ErrorKind::kInput, {dir_.file("nothing")}, [&] { open_model(dir_.file("nothing")); });
  fs::create_directories(folder_);
  expect_error(ErrorKind::kInput, {"model.safetensors", "model.npz"}, [&] { open_model(folder_); });
  write_file(dir_.file("text"), "no model");
  expect_error(ErrorKind::kInput, {"text"}, [&] { open_model(dir_.file("text")); });
  expect_error(ErrorKind::kInput, {"TRecViT checkpoint?", "tensors without them: ", " more"},
               [&] { open_model(golden_path("layers.npz")); });
  write_file(dir_.file("m.npz"), "version https://git-lfs.github.com/spec/v1\noid sha256:1\n");
  expect_error(ErrorKind::kInput, {"m.npz", "Git LFS pointer", "git lfs pull"},
               [&] { open_model(dir_.file("m.npz")); });
  write_file(folder_ + "/model.npz", "version https://git-lfs.github.com/spec/v1\noid sha256:1\n");
  expect_error(ErrorKind::kInput, {"model.npz", "Git LFS pointer"}, [&] { open_model(folder_); });
  fs::remove(folder_ + "/model.npz");
  fs::copy_file(published_, folder_ + "/model.npz");
  write_file(folder_ + "/config.json", "<!DOCTYPE html><html></html>");
  expect_error(ErrorKind::kInput, {"config.json", "expected text", "a web page"}, [&] { open_model(folder_); });
}

TEST_F(ModelFolder, TwoSpellingsOfOneNameAreRefused) {
  SafetensorsWriter writer(dir_.file("twice.safetensors"), Overwrite::kNo,
                           {{"a.b", {1}, DType::kF32}, {"a/b", {1}, DType::kF32}}, {});
  const HostTensor one({1}, DType::kF32);
  writer.add("a.b", one.view());
  writer.add("a/b", one.view());
  writer.finish();
  expect_error(ErrorKind::kInput, {"once", "a.b", "a/b"},
               [&] { open_weights(open_file(dir_.file("twice.safetensors"))); });
}

TEST_F(ModelFolder, HalfTypesAreWidened) {
  const uint16_t ones[] = {0x3f80};
  SafetensorsWriter writer(dir_.file("half.safetensors"), Overwrite::kNo,
                           {{"bf16", {1}, DType::kBF16}, {"f16", {1}, DType::kF16}}, {});
  writer.add("bf16", {ones, {1}, DType::kBF16});
  writer.add("f16", {ones, {1}, DType::kF16});
  writer.finish();
  const auto weights = open_weights(open_file(dir_.file("half.safetensors")));
  EXPECT_EQ(weights->read("bf16").as<float>()[0], 1.0f);
  EXPECT_EQ(weights->read("f16").as<float>()[0], 1.875f);
}

TEST_F(ModelFolder, PythonReadsIt) {
  if (!has_module(dir_, "numpy")) GTEST_SKIP() << "python3 with numpy is not installed";
  const bool safetensors = has_module(dir_, "safetensors.numpy");
  const ModelFiles model = open_model(published_);
  save_model_folder(folder_, model.config, *model.weights, Overwrite::kNo);
  save_published_npz(dir_.file("again.npz"), model.config, *model.weights, Overwrite::kNo);
  // Where the package is not installed, the program reads the format by its definition.
  EXPECT_TRUE(
      python(dir_, std::string("package = ") + (safetensors ? "True" : "False") + "\npublished = '" + published_ + R"('
import json, numpy
if package:
    import safetensors.numpy
    tensors = safetensors.numpy.load_file("model/model.safetensors")
else:
    data = open("model/model.safetensors", "rb").read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    assert header.pop("__metadata__")["format"] == "pt"
    tensors = {}
    for name, info in header.items():
        begin, end = (8 + length + at for at in info["data_offsets"])
        assert info["dtype"] == "F32"
        tensors[name] = numpy.frombuffer(data[begin:end], "<f4").reshape(info["shape"])
want = numpy.load(published)
again = numpy.load("again.npz")
assert sorted(want.files) == sorted(again.files) == sorted(name.replace(".", "/") for name in tensors)
for name in want.files:
    assert again[name].dtype == numpy.float32
    assert (again[name] == want[name]).all(), name
    assert (tensors[name.replace("/", ".")] == want[name]).all(), name
    assert tensors[name.replace("/", ".")].shape == want[name].shape
config = json.load(open("model/config.json"))
assert config["width"] == 32 and config["architecture"] == "trecvit"
)")) << log_of(dir_);
  if (!safetensors) GTEST_SKIP() << "safetensors is not installed for python3; its format was read by definition";
}

}  // namespace
}  // namespace trecvit::test
