// Sources of the command that are not single files: stdin, raw bytes, lists, patterns and folders.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cli/command.h"

namespace trecvit::test {
namespace {

namespace fs = std::filesystem;

const std::string kStream = "stream --model generated:mu --json ";

class Sources : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"late_stamp.mkv", "mpeg4.avi", "bt601_bframes.mp4", "mpeg2.ts"})
      fs::copy_file(std::string(TRECVIT_GOLDEN_DIR "/video/") + name, dir_.file(name));
    const Output tried = trecvit(dir_, kStream + "--max-frames 1 mpeg4.avi");
    if (tried.code == 4) GTEST_SKIP() << "this build has no FFmpeg";
  }
  Output run(const std::string& arguments) const { return trecvit(dir_, arguments); }
  // The file comes through a pipe on stdin.
  Output piped(const std::string& arguments, const std::string& file) const {
    const std::string fifo = "'" + dir_.file("fifo") + "'";
    return run(arguments + " <" + fifo + " & id=$!; cat '" + dir_.file(file) + "' >" + fifo + "; wait $id");
  }
  static std::string without_latency(const Output& output) {
    std::string all;
    for (Json line : output.json()) {
      line.erase("latency_ms");
      line.erase("source");
      all += line.dump() + "\n";
    }
    return all;
  }
  TempDir dir_;
};

TEST_F(Sources, StdinGivesWhatTheFileGives) {
  ASSERT_EQ(std::system(("mkfifo '" + dir_.file("fifo") + "'").c_str()), 0);
  for (const std::string file : {"late_stamp.mkv", "mpeg4.avi", "mpeg2.ts"}) {
    const Output of_file = run(kStream + file), of_pipe = piped(kStream + "-", file);
    EXPECT_EQ(of_pipe.code, 0) << of_pipe.err;
    EXPECT_GE(of_pipe.json().size(), 12U);
    EXPECT_EQ(of_pipe.json()[0]["source"], "-");
    EXPECT_EQ(without_latency(of_pipe), without_latency(of_file)) << file;
  }
}

TEST_F(Sources, StdinThatCannotBeReadIsRefused) {
  ASSERT_EQ(std::system(("mkfifo '" + dir_.file("fifo") + "'").c_str()), 0);
  const auto refused = [](const Output& output, int code, const std::vector<std::string>& words) {
    EXPECT_EQ(output.code, code) << output.err;
    for (const auto& word : words) EXPECT_NE(output.err.find(word), std::string::npos) << word << "\n" << output.err;
  };
  // Three megabytes between pictures and index, so that the pictures have left the buffer.
  std::string movie = read_text(*open_file(dir_.file("bt601_bframes.mp4")), 1 << 20);
  const size_t index = movie.rfind("moov") - 4;
  movie.insert(index, std::string("\0\x30\0\0"
                                  "free",
                                  8) +
                          std::string(0x300000 - 8, '\0'));
  std::ofstream(dir_.file("late_index.mp4"), std::ios::binary) << movie;
  EXPECT_EQ(run(kStream + "late_index.mp4").json().size(), 24U);
  refused(piped(kStream + "-", "late_index.mp4"), 3, {"[stdin]", "index at the end", "faststart"});
  refused(run(kStream + "- </dev/null"), 3, {"[stdin]", "got nothing"});
  refused(run(kStream + "- <&-"), 3, {"[stdin]"});
  refused(run(kStream + "- - <mpeg4.avi"), 2, {"stdin once"});
}

TEST_F(Sources, RawBytesAreFramesOfTheGivenSize) {
  std::ofstream(dir_.file("a.rgb"), std::ios::binary) << std::string(3 * 32 * 32 * 3, '\x40');
  const Output file = run(kStream + "--raw 32x32@10 a.rgb"), pipe = run(kStream + "--raw 32x32@10 - <a.rgb");
  ASSERT_EQ(file.json().size(), 3U) << file.err;
  EXPECT_NEAR(file.json()[2]["time_s"].get<double>(), 0.2, 1e-9);
  EXPECT_EQ(without_latency(pipe), without_latency(file));
  EXPECT_EQ(run(kStream + "--raw 32 a.rgb").code, 2);
  EXPECT_NE(run(kStream + "--raw 32x33 a.rgb").err.find("1 damaged packets"), std::string::npos);
}

TEST_F(Sources, ListsPatternsAndFolders) {
  fs::create_directory(dir_.file("clips"));
  for (const char* name : {"mpeg4.avi", "mpeg2.ts"}) fs::copy_file(dir_.file(name), dir_.file("clips/") + name);
  std::ofstream(dir_.file("clips/notes.txt")) << "about";
  std::ofstream(dir_.file("all.txt")) << "# two\nclips/mpeg2.ts\nmpeg4.avi\n";
  const auto sources = [this](const std::string& arguments) {
    const Output output = run("classify --model generated:mu --json " + arguments);
    EXPECT_EQ(output.code, 0) << output.err;
    std::vector<std::string> names;
    for (const Json& line : output.json()) names.push_back(line.at("source"));
    return names;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(sources("@all.txt"), (Names{"clips/mpeg2.ts", "mpeg4.avi"}));
  EXPECT_EQ(sources("'clips/*.ts' mpeg4.avi"), (Names{"clips/mpeg2.ts", "mpeg4.avi"}));
  EXPECT_EQ(sources("clips"), (Names{"clips/mpeg2.ts", "clips/mpeg4.avi"}));
  EXPECT_NE(run("classify --model generated:mu clips").err.find("1 other files"), std::string::npos);
  const Output over = run("classify --model generated:mu --force --json=all.txt @all.txt");
  EXPECT_EQ(over.code, 2);
  EXPECT_NE(over.err.find("all.txt"), std::string::npos) << over.err;
  const Output single = run("embed --model generated:mu clips -o a.npz");
  EXPECT_EQ(single.code, 2);
  EXPECT_NE(single.err.find("expected one source, got 2"), std::string::npos) << single.err;
  EXPECT_EQ(run("embed --model generated:mu 'clips/*.ts' -o a.npz").code, 0);
}

}  // namespace
}  // namespace trecvit::test
