// Limits on the requirements of a model, and results that are not finite, as the command reports them.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "cli/command.h"
#include "trecvit/io/safetensors.h"

namespace trecvit::test {
namespace {

void expect_words(const Output& output, int code, const std::vector<std::string>& words) {
  EXPECT_EQ(output.code, code) << output.err;
  for (const auto& word : words) EXPECT_NE(output.err.find(word), std::string::npos) << word << " in " << output.err;
}

// A folder model like generated:mu for 16 x 16 images, with every value of one tensor changed.
void write_model(const TempDir& dir, const std::string& name, const std::string& tensor, float value) {
  ASSERT_EQ(trecvit(dir, "convert generated:mu plain --image-size 16 --force --quiet").code, 0);
  const SafetensorsReader plain(open_file(dir.file("plain/model.safetensors")));
  std::filesystem::create_directory(dir.file(name));
  std::filesystem::copy_file(dir.file("plain/config.json"), dir.file(name + "/config.json"));
  std::vector<SafetensorsWriter::Declared> declared;
  for (const auto& each : plain.names()) declared.push_back({each, plain.info(each).shape, plain.info(each).dtype});
  SafetensorsWriter writer(dir.file(name + "/model.safetensors"), Overwrite::kNo, declared, plain.metadata());
  for (const auto& each : plain.names()) {
    HostTensor values = plain.read(each);
    if (each == tensor) std::fill(values.as<float>().begin(), values.as<float>().end(), value);
    writer.add(each, values.view());
  }
  writer.finish();
}

TEST(Budget, TooLargeModelsAreRefusedAtOnce) {
  const TempDir dir;
  const std::string model = " --quiet --model generated:mu --image-size 8192 ";
  for (const std::string verb :
       {"classify synthetic:black", "stream synthetic:black", "bench", "check", "embed synthetic:black -o e.npz",
        "dump synthetic:black -o d.npz", "demo synthetic:black"})
    expect_words(trecvit(dir, verb + model), 3, {"262145 tokens", "limit 16384", "--max-tokens"});
  EXPECT_EQ(trecvit(dir, "info" + model).code, 0) << "which runs nothing";
}

TEST(Budget, EachOptionIsALimit) {
  const TempDir dir;
  const std::string classify = "classify --quiet --model generated:mu --image-size 64 synthetic:black?frames=1 ";
  EXPECT_EQ(trecvit(dir, classify + "--max-tokens 17 --max-gflops 0.01 --max-memory 0.01").code, 0);
  expect_words(trecvit(dir, classify + "--max-tokens 16"), 3, {"17 tokens", "limit 16", "--max-tokens"});
  expect_words(trecvit(dir, classify + "--max-gflops 0.0001"), 3, {"GFLOP", "--max-gflops"});
  expect_words(trecvit(dir, classify + "--max-memory 0.0001"), 3, {"GB of memory", "--max-memory"});
}

TEST(NoNumber, IsNeverAResult) {
  const TempDir dir;
  write_model(dir, "overflowing", "decoder.cls_head.kernel", 3e38f);
  for (const std::string verb : {"classify --json", "classify --json --num-frames 2", "stream --json", "dump -o o.npz",
                                 "demo", "check", "embed -o o.npz"}) {
    const Output output = trecvit(dir, verb + " --quiet --model overflowing 'synthetic:noise?frames=4&size=16'");
    expect_words(output, 3, {"frame 0", "logits"});
    EXPECT_EQ(output.out.find("null"), std::string::npos) << output.out;
    EXPECT_EQ(output.out.find("nan"), std::string::npos) << output.out;
    EXPECT_FALSE(std::filesystem::exists(dir.file("o.npz")));
  }
}

TEST(NoNumber, NamesSourceAndFrame) {
  const TempDir dir;
  write_model(dir, "overflowing", "decoder.cls_head.kernel", 3e38f);
  const std::string sources = " 'synthetic:noise?frames=8&size=16' 'synthetic:shapes?frames=8&size=16'";
  for (const std::string verb : {"classify", "stream"}) {
    expect_words(trecvit(dir, verb + " --quiet --model overflowing" + sources), 3,
                 {"[synthetic:noise?frames=8&size=16, frame 0] expected finite logits",
                  "[synthetic:shapes?frames=8&size=16, frame 0] expected finite logits"});
    // The frame number counts frames of the source, not of the state.
    expect_words(trecvit(dir, verb + " --quiet --start 0.12 --model overflowing" + sources), 3,
                 {"[synthetic:noise?frames=8&size=16, frame 3] expected finite logits"});
  }
  for (const std::string verb : {"dump -o o.npz --mode clip", "dump -o o.npz --mode stream", "check"}) {
    expect_words(trecvit(dir, verb + " --quiet --start 0.12 --model overflowing 'synthetic:noise?frames=8&size=16'"), 3,
                 {"[synthetic:noise?frames=8&size=16, frame 3] expected finite logits"});
  }
}

}  // namespace
}  // namespace trecvit::test
