#include "trecvit/config/model_config.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"
#include "trecvit/base/suggest.h"

namespace trecvit {
namespace {

struct NamedSize {
  const char* name;
  int64_t width, depth, mlp_dim, num_heads;
};
constexpr NamedSize kNamedSizes[] = {{"mu", 32, 1, 128, 2},   {"Ti", 192, 12, 768, 3},  {"S", 384, 12, 1536, 6},
                                     {"M", 512, 12, 2048, 8}, {"B", 768, 12, 3072, 12}, {"L", 1024, 24, 4096, 16}};

// Far above any model of this kind; keeps products of two or three sizes inside 64 bits.
constexpr int64_t kMaxSize = 1 << 20;
constexpr double kMaxFloats = 1e11;

// Weights, a stream's state and a frame's activations are allocated from the sizes: models too large for any machine
// are refused before any allocation. Computed in double, because products of absurd sizes do not fit in 64 bits.
void check_memory(const ModelConfig& c, const std::string& where) {
  const auto d = static_cast<double>(c.width), r = static_cast<double>(c.lru_width), f = static_cast<double>(c.mlp_dim);
  const auto depth = static_cast<double>(c.depth), n = static_cast<double>(c.tokens());
  const auto pixels = static_cast<double>(c.image_height) * static_cast<double>(c.image_width) * 3;
  const double block = 3 * d * r + 2 * r * static_cast<double>(c.gate_width()) + 4 * d * d + 2 * d * f;
  const double ends = static_cast<double>(c.patch_values()) * d + n * d +
                      static_cast<double>(c.head_dim) * (d + static_cast<double>(c.num_classes));
  const std::pair<const char*, double> needs[] = {{"weights", depth * block + ends},
                                                  {"state", depth * n * r * static_cast<double>(c.conv1d_width)},
                                                  {"activations", std::max(n * std::max({2 * r, 3 * d, f}), pixels)}};
  for (const auto& [name, floats] : needs) {
    if (floats > kMaxFloats) {
      fail_input(where, "expected a model that fits in memory, got sizes that need {:.3g} floats for {}", floats, name);
    }
  }
  if (c.tokens() > kMaxSize) fail_input(where, "expected up to {} tokens per frame, got {}", kMaxSize, c.tokens());
}

}  // namespace

std::optional<Misfit> read_readout(std::string_view text, Readout& out) {
  const auto quoted = "'" + printable(text) + "'";
  const size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  const auto kind = value_of<Readout::Kind>(name);
  const bool timed = kind == Readout::Kind::kWindow || kind == Readout::Kind::kEma;
  if (!kind || (!timed && name != text))
    return Misfit{
        "mean, last, window=SECONDS or ema=SECONDS", quoted + did_you_mean(name, words_for<Readout::Kind>()), {}};
  if (timed && equals == std::string_view::npos)
    return Misfit{
        fmt::format("{}=SECONDS", name), fmt::format("'{0}' without a value; write {0}=10 for ten seconds", name), {}};
  Readout readout{*kind, 0};
  if (timed) {
    const std::string_view number = text.substr(equals + 1);
    readout.seconds = parse_number<double>(number).value_or(0);
    if (readout.seconds <= 0 || readout.seconds > 1e6)
      return Misfit{"a positive number of seconds", "'" + printable(number) + "'", {}};
  }
  out = readout;
  return {};
}

Readout parse_readout(const std::string& text, const std::string& where) {
  Readout readout;
  if (const auto misfit = read_readout(text, readout))
    fail_usage(where, "expected {}, got {}", misfit->expected, misfit->got);
  return readout;
}

double Readout::window_frames() const { return kind == Kind::kWindow ? std::ceil(seconds * kWindowFps) + 1 : 0; }

bool Readout::fits_memory(int64_t head_dim) const {
  constexpr double kMostBytes = 1e9;
  return window_frames() * static_cast<double>(head_dim) * sizeof(float) <= kMostBytes;
}

std::string to_string(const Readout& readout) {
  const bool timed = readout.kind == Readout::Kind::kWindow || readout.kind == Readout::Kind::kEma;
  return timed ? fmt::format("{}={}", word_of(readout.kind), readout.seconds) : std::string(word_of(readout.kind));
}

std::string ModelConfig::label(int64_t index) const {
  const auto found = id2label.find(index);
  return found == id2label.end() ? std::to_string(index) : found->second;
}

int64_t ModelConfig::parameter_count() const {
  const int64_t d = width, r = lru_width, f = mlp_dim;
  const int64_t tokenizer =
      patch_values() * d + d + (position == Position::kLearned ? patches() * d : 0) + (has_cls() ? d : 0);
  const int64_t temporal = d + 2 * (d * r + r) + (r * d + d) + (conv1d_width + 1) * r + r + 2 * (r * gate_width() + r);
  const int64_t spatial = 4 * d + 4 * (d * d + d) + (d * f + f) + (f * d + d);
  const int64_t head = d * head_dim + head_dim + head_dim * num_classes + num_classes;
  return tokenizer + depth * (temporal + spatial) + 2 * d + head;
}

double ModelConfig::encoder_flops_per_frame(int64_t seen_tokens, double through_time) const {
  const auto d = static_cast<double>(width), r = static_cast<double>(lru_width), f = static_cast<double>(mlp_dim);
  const auto n = static_cast<double>(seen_tokens);
  const double time = 3 * d * r + 2 * r * static_cast<double>(gate_width()) + static_cast<double>(conv1d_width) * r;
  const double space = 4 * d * d + 2 * n * d + 2 * d * f;
  const double embed = static_cast<double>((seen_tokens - (has_cls() ? 1 : 0)) * patch_values()) * d;
  return 2 * (embed + static_cast<double>(depth) * (through_time * time + n * space));
}

double ModelConfig::encoder_flops_per_frame(int64_t seen_tokens) const {
  return encoder_flops_per_frame(seen_tokens, static_cast<double>(seen_tokens));
}

double ModelConfig::flops_per_frame() const {
  const double head = static_cast<double>(head_dim) * static_cast<double>(width + num_classes);
  return encoder_flops_per_frame(tokens()) + 2 * head;
}

void validate(const ModelConfig& config, const std::string& where) {
  if (config.architecture != "trecvit") {
    fail_input(where, R"(expected architecture "trecvit", got "{}")", printable(config.architecture));
  }
  const std::pair<const char*, int64_t> sizes[] = {{"width", config.width},
                                                   {"depth", config.depth},
                                                   {"mlp_dim", config.mlp_dim},
                                                   {"num_heads", config.num_heads},
                                                   {"lru_width", config.lru_width},
                                                   {"conv1d_width", config.conv1d_width},
                                                   {"patch_size", config.patch_size},
                                                   {"image_height", config.image_height},
                                                   {"image_width", config.image_width},
                                                   {"frame_stride", config.frame_stride}};
  for (const auto& [name, value] : sizes) {
    if (value < 1 || value > kMaxSize) fail_input(where, "expected {} from 1 to {}, got {}", name, kMaxSize, value);
  }
  const auto in_head = [](int64_t size) { return size >= 1 && size <= kMaxSize; };
  const bool no_head = config.num_classes == 0 && config.head_dim == 0;
  if (!no_head && !(in_head(config.num_classes) && in_head(config.head_dim))) {
    fail_input(where,
               "expected num_classes and head_dim from 1 to {}, or both 0 for an encoder without a head, got {} and {}",
               kMaxSize, config.num_classes, config.head_dim);
  }
  if (config.conv1d_width > kMaxConvWidth) {
    fail_input(where, "expected conv1d_width up to {}, got {}", kMaxConvWidth, config.conv1d_width);
  }
  if (config.depth > kMaxDepth) fail_input(where, "expected depth up to {}, got {}", kMaxDepth, config.depth);
  if (config.clip_frames < 0) fail_input(where, "expected clip_frames of 0 or more, got {}", config.clip_frames);
  if (config.width % config.num_heads != 0 || config.lru_width % config.num_heads != 0) {
    fail_input(where, "expected width and lru_width to be multiples of num_heads, got {}, {} and {}", config.width,
               config.lru_width, config.num_heads);
  }
  if (config.image_height % config.patch_size != 0 || config.image_width % config.patch_size != 0) {
    fail_input(where, "expected an image_size in multiples of the patch size {}, got {} x {}", config.patch_size,
               config.image_height, config.image_width);
  }
  if (config.position == Position::kSincos2d && (config.width % 4 != 0 || config.width < 8)) {
    fail_input(where, "expected a width in multiples of 4, at least 8, for sincos2d positions, got {}", config.width);
  }
  if (!(config.events.on > 0 && config.events.off <= config.events.on)) {
    fail_input(where, "expected events with on over 0 and off up to on, got on {} and off {}", config.events.on,
               config.events.off);
  }
  if (!config.readout.fits_memory(config.head_dim)) {
    fail_input(where, "expected a readout window that fits in memory, got {}", to_string(config.readout));
  }
  if (!config.id2label.empty() && config.id2label.rbegin()->first >= config.num_classes) {
    fail_input(where, "expected labels for {} classes, got one for class {}", config.num_classes,
               config.id2label.rbegin()->first);
  }
  check_memory(config, where);
}

ModelConfig named_model_config(const std::string& name) {
  for (const auto& size : kNamedSizes) {
    if (name != size.name) continue;
    ModelConfig config;
    config.width = size.width;
    config.depth = size.depth;
    config.mlp_dim = size.mlp_dim;
    config.num_heads = size.num_heads;
    config.lru_width = 2 * size.width;
    config.num_classes = 400;
    return config;
  }
  fail_usage("model size", "expected one of {}, got '{}'{}", fmt::join(named_model_configs(), ", "), printable(name),
             did_you_mean(name, named_model_configs()));
}

std::vector<std::string> named_model_configs() {
  std::vector<std::string> names;
  for (const auto& size : kNamedSizes) names.emplace_back(size.name);
  return names;
}

}  // namespace trecvit
