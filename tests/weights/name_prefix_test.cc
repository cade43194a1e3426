// Files of training programs: what they put in front of names, types and entries that NumPy itself does not write.
#include "trecvit/weights/name_prefix.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>

#include "support/errors.h"
#include "support/golden.h"
#include "support/temp_dir.h"
#include "trecvit/io/npz.h"
#include "trecvit/io/safetensors.h"
#include "trecvit/weights/model_files.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit::test {
namespace {

class NamePrefix : public testing::Test {
 protected:
  // The tensors of a model with names made from the published ones.
  using Rename = std::function<std::string(const std::string&)>;
  void add(const ModelConfig& config, uint64_t seed, const Rename& rename) {
    const auto weights = generated_weights(config, seed);
    for (const auto& spec : tensor_table(config)) {
      arrays_.emplace_back(rename(published_name(spec.name)), weights->read(spec.name));
    }
  }
  void add_in_front(const std::string& prefix) {
    add(config_, 5, [&prefix](const std::string& name) { return prefix + name; });
  }
  void add_one(const std::string& name) { arrays_.emplace_back(name, HostTensor({2}, DType::kF32)); }

  std::string npz() const {
    NpzWriter writer(dir_.file("m.npz"), Overwrite::kYes);
    for (const auto& [name, tensor] : arrays_) writer.add(name, tensor.view());
    writer.finish();
    return dir_.file("m.npz");
  }
  std::string safetensors() const {
    std::vector<SafetensorsWriter::Declared> declared;
    for (const auto& [name, tensor] : arrays_) declared.push_back({name, tensor.shape(), tensor.dtype()});
    SafetensorsWriter writer(dir_.file("m.safetensors"), Overwrite::kYes, declared, {});
    for (const auto& [name, tensor] : arrays_) writer.add(name, tensor.view());
    writer.finish();
    return dir_.file("m.safetensors");
  }
  void expect_loaded(const std::string& path) const {
    const ModelFiles files = open_model(path);
    EXPECT_EQ(files.config, config_);
    const auto want = generated_weights(config_, 5);
    ASSERT_EQ(files.weights->tensors().size(), want->tensors().size());
    for (const auto& [name, info] : want->tensors()) {
      const HostTensor a = files.weights->read(name), b = want->read(name);
      ASSERT_EQ(std::memcmp(a.data(), b.data(), a.bytes()), 0) << name;
    }
  }

  ModelConfig config_ = golden_case("mu_2d").config;
  TempDir dir_;
  std::vector<std::pair<std::string, HostTensor>> arrays_;
};

TEST_F(NamePrefix, AnyCommonPrefixIsRemoved) {
  for (const std::string prefix :
       {"params/", "opt/target/", "model/params/", "module._orig_mod.", "state_dict.", "any_1-x/y/", "encoder/"}) {
    SCOPED_TRACE(prefix);
    arrays_.clear();
    add_in_front(prefix);
    expect_loaded(npz());
    const auto notes = open_model(npz()).notes;
    ASSERT_EQ(notes.size(), 1u);
    EXPECT_EQ(notes[0], "names are read without the prefix '" + prefix + "'");
  }
}

TEST_F(NamePrefix, DotsAndSlashesInSafetensors) {
  add(config_, 5, [](const std::string& name) { return "module._orig_mod.model." + canonical_name(name); });
  expect_loaded(safetensors());
  EXPECT_EQ(open_model(safetensors()).notes[0], "names are read without the prefix 'module._orig_mod.model.'");
}

TEST_F(NamePrefix, PlainNamesHaveNoPrefix) {
  add_in_front("");
  expect_loaded(npz());
  EXPECT_TRUE(open_model(npz()).notes.empty());
}

TEST_F(NamePrefix, OtherTensorsAreNamedAndIgnored) {
  add_in_front("params/");
  for (const char* name : {"step", "opt_state/0/count", "opt/state/tokenizer/embedding/kernel/grad_ema"}) add_one(name);
  expect_loaded(npz());
  EXPECT_EQ(describe_ignored(open_model(npz()).ignored),
            "3 tensors are not part of the model and ignored: opt/state/tokenizer/embedding/kernel/grad_ema, "
            "opt_state/0/count, step");
}

TEST_F(NamePrefix, WithinThePrefixEveryDifferenceIsListed) {
  add_in_front("params/");
  arrays_.erase(arrays_.begin());
  add_one("params/encoder/surplus");
  expect_error(ErrorKind::kInput,
               {"2 differences", "tokenizer/embedding/kernel: expected", "encoder/surplus: not a tensor"},
               [&] { open_model(npz()); });
}

TEST_F(NamePrefix, SeveralModelsInOneFileAreRefused) {
  add_in_front("params/");
  add_in_front("ema_params/");
  expect_error(ErrorKind::kInput,
               {"one model", "70 with 'ema_params/' in front, 70 with 'params/' in front", "keep one"},
               [&] { open_model(npz()); });
}

// An encoder in one place and the head in another is not taken for an encoder alone.
TEST_F(NamePrefix, AHeadUnderAnotherPrefixIsFound) {
  add(config_, 5, [](const std::string& name) { return (name.starts_with("decoder") ? "" : "backbone/") + name; });
  expect_error(ErrorKind::kInput, {"4 with nothing in front", "66 with 'backbone/' in front"},
               [&] { open_model(npz()); });
}

TEST_F(NamePrefix, FurtherSetsNextToPlainNamesAreIgnored) {
  add_in_front("");
  add_in_front("ema/");
  expect_error(ErrorKind::kInput, {"70 differ", "ema/tokenizer/cls: not a tensor"}, [&] { open_model(npz()); });
}

TEST_F(NamePrefix, AnEncoderWithItsDecoder) {
  config_.num_classes = config_.head_dim = 0;
  add_in_front("params/");
  add_one("params/decoder/encoder/encoder_norm/scale");
  add_one("params/mask_token");
  add_one("step");
  expect_loaded(npz());
  EXPECT_EQ(open_model(npz()).ignored,
            (std::vector<std::string>{"step", "decoder.encoder.encoder_norm.scale", "mask_token"}));
}

// Files as others made them: NumPy's form of JAX's bfloat16, names with params/ in front, zipped again by hand.
TEST(ReportedFiles, LoadCorrectly) {
  const ModelFiles zipped = open_model(golden_path("weights/zipped_again.npz"));
  const ModelFiles params = open_model(golden_path("weights/params_prefix.npz"));
  const ModelFiles bfloat16 = open_model(golden_path("weights/bfloat16.npz"));
  EXPECT_TRUE(zipped.notes.empty());
  EXPECT_EQ(params.notes, (std::vector<std::string>{"names are read without the prefix 'params/'"}));
  ASSERT_EQ(bfloat16.notes.size(), 1u);
  EXPECT_NE(bfloat16.notes[0].find("70 of 70 arrays"), std::string::npos) << bfloat16.notes[0];
  EXPECT_NE(bfloat16.notes[0].find("bfloat16"), std::string::npos);
  ASSERT_EQ(zipped.weights->tensors().size(), 70u);
  for (const auto& [name, info] : zipped.weights->tensors()) {
    const HostTensor a = zipped.weights->read(name), b = params.weights->read(name), c = bfloat16.weights->read(name);
    ASSERT_EQ(std::memcmp(a.data(), b.data(), a.bytes()), 0) << name;
    constexpr float kRounding =
        0x1p-7f;  // a unit of the last of bfloat16's eight digits: the file was cut off, not rounded
    for (size_t i = 0; i < a.as<float>().size(); ++i) {
      const float half = a.as<float>()[i];
      ASSERT_LE(std::abs(c.as<float>()[i] - half), kRounding * std::abs(half) + 1e-6f) << name << " " << i;
    }
  }
}

}  // namespace
}  // namespace trecvit::test
