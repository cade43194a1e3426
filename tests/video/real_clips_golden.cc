// Clips from many cameras and programs, which are not part of the repository. TRECVIT_DATA names the folder that holds
// clips/ with its manifest.csv (file, number of frames that decode, size, rotation, expected failure); default:
// shared/data next to the repository.
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>

#include "video/video_test.h"

namespace trecvit {
namespace {

using Row = std::map<std::string, std::string>;

std::filesystem::path clips_folder() {
  const char* data = std::getenv("TRECVIT_DATA");
  return std::filesystem::path(data != nullptr ? data : TRECVIT_SOURCE_DIR "/../shared/data") / "clips";
}

// Fields in double quotes may contain commas.
std::vector<std::string> split_csv(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else if (c != '\r') {
      fields.back() += c;
    }
  }
  return fields;
}

std::vector<Row> read_manifest(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  const auto keys = split_csv(line);
  std::vector<Row> rows;
  while (std::getline(file, line)) {
    const auto fields = split_csv(line);
    Row row;
    for (size_t i = 0; i < std::min(keys.size(), fields.size()); ++i) row[keys[i]] = fields[i];
    rows.push_back(row);
  }
  return rows;
}

void play(const Row& row) {
  const auto source = open_video_file(clips_folder() / row.at("file"), {.decoder_threads = 0});
  // For a file with several tracks, the manifest describes the first one, which need not be the one that is read.
  const bool several = row.at("video_streams") != "1";
  EXPECT_EQ(source->faults().choice.empty(), !several);
  const bool turned = row.at("rotation") == "90" || row.at("rotation") == "-90";
  if (!several) {
    EXPECT_EQ(source->info().width, std::stoi(row.at(turned ? "height" : "width")));
    EXPECT_EQ(source->info().height, std::stoi(row.at(turned ? "width" : "height")));
  }
  int64_t frames = 0;
  double time = 0;
  while (const auto frame = source->next()) {
    EXPECT_GE(frame->pts_seconds, time);
    EXPECT_GE(frame->duration_seconds, 0);
    time = frame->pts_seconds;
    ++frames;
  }
  if (!several) {
    EXPECT_EQ(frames, std::stoll(row.at("frames_decoded")));
  }
  EXPECT_EQ(source->faults().damaged_packets > 0, row.at("strict_decode") != "ok");
}

class RealClipsTest : public test::VideoTest {};

TEST_F(RealClipsTest, DecodeAsTheManifestStates) {
  const auto manifest = clips_folder() / "manifest.csv";
  if (!std::filesystem::exists(manifest)) GTEST_SKIP() << "no clips at " << manifest << "; set TRECVIT_DATA";
  for (const Row& row : read_manifest(manifest)) {
    SCOPED_TRACE(row.at("file"));
    try {
      play(row);
      EXPECT_NE(row.at("strict_decode"), "fail");
    } catch (const Error& error) {
      EXPECT_EQ(row.at("strict_decode"), "fail") << error.what();
      EXPECT_EQ(error.kind(), ErrorKind::kInput) << error.what();
    }
  }
}

}  // namespace
}  // namespace trecvit
