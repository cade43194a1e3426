// What a model is: the sizes of its network, how it reads a frame and how it answers. Plain values; the file form is
// config.json, whose fields, defaults and help all come from one list (model_config_fields).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trecvit/base/words.h"
#include "trecvit/config/event_rule.h"
#include "trecvit/config/misfit.h"
#include "trecvit/config/preprocess_config.h"

namespace trecvit {

enum class Pool {
  kCls,  // the head reads the class token
  kGap,  // there is no class token; the head reads the mean of all tokens
};
constexpr auto enum_words(Pool) { return make_words<Pool>({{"cls", Pool::kCls}, {"gap", Pool::kGap}}); }
enum class Position {
  kLearned,   // a table [1, patches, D] in the weights
  kSincos2d,  // fixed sines and cosines of row and column
};
constexpr auto enum_words(Position) {
  return make_words<Position>({{"learned", Position::kLearned}, {"sincos2d", Position::kSincos2d}});
}
enum class InputScale {
  kSqrt,    // h = a h + sqrt(1 - a^2) (i x), the published form
  kConvex,  // h = a h + (1 - a) (i x)
};
constexpr auto enum_words(InputScale) {
  return make_words<InputScale>({{"sqrt", InputScale::kSqrt}, {"convex", InputScale::kConvex}});
}

// How an endless stream of frame features becomes one prediction. All are exact at any length.
struct Readout {
  enum class Kind {
    kMean,    // mean over all frames since reset, the published rule
    kWindow,  // mean over the frames of the last `seconds`
    kEma,     // exponential mean with time constant `seconds`
    kLast,    // the newest frame alone
  };
  Kind kind = Kind::kMean;
  double seconds = 0;

  // Frames that a window has room for: kWindowFps per second, so that the memory size of a state never changes.
  static constexpr double kWindowFps = 120;
  double window_frames() const;
  // Whether the window's features take at most 1 GB.
  bool fits_memory(int64_t head_dim) const;
  bool operator==(const Readout&) const = default;
};
constexpr auto enum_words(Readout::Kind) {
  return make_words<Readout::Kind>({{"mean", Readout::Kind::kMean},
                                    {"last", Readout::Kind::kLast},
                                    {"window", Readout::Kind::kWindow},
                                    {"ema", Readout::Kind::kEma}});
}
// "mean", "last", "window=2.5", "ema=1". Returns what is wrong with anything else.
std::optional<Misfit> read_readout(std::string_view text, Readout& out);
// The same; throws Error(kUsage) naming `where`.
Readout parse_readout(const std::string& text, const std::string& where);
std::string to_string(const Readout& readout);

struct ModelConfig {
  std::string architecture = "trecvit";
  int64_t width = 0;         // D
  int64_t depth = 0;         // blocks
  int64_t mlp_dim = 0;       // F
  int64_t num_heads = 0;     // H, of attention and of the block-diagonal gates
  int64_t lru_width = 0;     // R
  int64_t conv1d_width = 4;  // K
  int64_t patch_size = 16;   // P
  int64_t image_height = 224, image_width = 224;
  int64_t num_classes = 0;  // C; 0, and then head_dim 0 too: an encoder without a head
  int64_t head_dim = 3072;
  Pool pool = Pool::kCls;
  Position position = Position::kLearned;
  InputScale input_scale = InputScale::kSqrt;
  Readout readout;
  int64_t frame_stride = 1;
  int64_t clip_frames = 0;   // length trained on; 0 = unknown
  bool multi_label = false;  // a clip may have several labels: probabilities by sigmoid instead of softmax
  EventRule events;
  PreprocessConfig preprocess;
  std::map<int64_t, std::string> id2label;

  int64_t patch_rows() const { return image_height / patch_size; }
  int64_t patch_columns() const { return image_width / patch_size; }
  int64_t patches() const { return patch_rows() * patch_columns(); }
  bool has_cls() const { return pool == Pool::kCls; }
  bool has_head() const { return num_classes > 0; }
  int64_t tokens() const { return patches() + (has_cls() ? 1 : 0); }  // N
  int64_t patch_values() const { return patch_size * patch_size * 3; }
  int64_t gate_width() const { return lru_width / num_heads; }   // R/H
  int64_t attention_width() const { return width / num_heads; }  // D/H
  std::string label(int64_t index) const;

  int64_t parameter_count() const;
  // Multiply-adds of one frame, head included, times two.
  double flops_per_frame() const;
  // Of the encoder alone for `seen_tokens` of its tokens, class token included.
  double encoder_flops_per_frame(int64_t seen_tokens) const;
  // The same if the temporal blocks run over more tokens, `through_time` per frame.
  double encoder_flops_per_frame(int64_t seen_tokens, double through_time) const;
  // Floats of recurrent state per stream: depth * N * R * K (h and K - 1 past conv inputs).
  int64_t state_floats() const { return depth * tokens() * lru_width * conv1d_width; }

  bool operator==(const ModelConfig&) const = default;
};

// Maximum number of blocks; several times that of the largest published model.
inline constexpr int64_t kMaxDepth = 1024;

// Maximum number of frames that a temporal convolution sees.
inline constexpr int64_t kMaxConvWidth = 16;

// Throws Error(kInput) naming `where` and the field for sizes that are zero, absurd or do not divide evenly.
void validate(const ModelConfig& config, const std::string& where);

// The published sizes at 224 x 224, 400 classes, R = 2D: "mu", "Ti", "S", "M", "B", "L". Throws Error(kUsage).
ModelConfig named_model_config(const std::string& name);
std::vector<std::string> named_model_configs();

}  // namespace trecvit
