#include "support/golden.h"

#include "trecvit/base/random.h"
#include "trecvit/io/json.h"

namespace trecvit::test {
namespace {

const Json& cases() {
  static const Json all = parse_json(read_text(*open_file(golden_path("cases.json")), 1 << 20), "cases.json");
  return all;
}

}  // namespace

std::string golden_path(const std::string& file) { return std::string(TRECVIT_GOLDEN_DIR) + "/" + file; }

std::vector<std::string> golden_case_names() {
  std::vector<std::string> names;
  for (const auto& [name, value] : cases().items()) names.push_back(name);
  return names;
}

GoldenCase golden_case(const std::string& name) {
  const Json& c = cases().at(name);
  GoldenCase golden;
  golden.name = name;
  golden.content = c.at("content");
  golden.seed = c.at("seed");
  golden.batch = c.at("B");
  golden.frames = c.at("T");
  golden.clips = c.at("clips");
  golden.num_frames = c.at("num_frames");
  if (c.at("weights_file").is_string()) golden.weights_file = c.at("weights_file");
  ModelConfig& config = golden.config;
  config.width = c.at("D");
  config.depth = c.at("L");
  config.mlp_dim = c.at("F");
  config.num_heads = c.at("H");
  config.lru_width = c.at("R");
  config.conv1d_width = c.at("K");
  config.head_dim = c.at("rep");
  config.num_classes = c.at("C");
  config.patch_size = c.at("patch");
  config.image_height = c.at("H_img");
  config.image_width = c.at("W_img");
  config.pool = c.at("pool_type") == "gap" ? Pool::kGap : Pool::kCls;
  config.position = c.at("posemb") == "sincos2d" ? Position::kSincos2d : Position::kLearned;
  return golden;
}

NpzReader golden_arrays(const std::string& file) { return NpzReader(open_file(golden_path(file))); }

std::vector<float> golden_video(const GoldenCase& golden, int64_t index) {
  const RandomStream random(golden.seed, "input");
  const auto floats = static_cast<uint64_t>(golden.frames * golden.config.image_height * golden.config.image_width * 3);
  std::vector<float> video(floats);
  for (uint64_t i = 0; i < floats; ++i) {
    video[i] = static_cast<float>(random.byte(static_cast<uint64_t>(index) * floats + i)) / 255.0f;
  }
  return video;
}

}  // namespace trecvit::test
