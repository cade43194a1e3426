#include "trecvit/synth/catalog.h"

#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <set>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/synth/moving_shapes.h"
#include "trecvit/synth/noise.h"
#include "trecvit/synth/texture.h"

namespace trecvit {
namespace {

constexpr std::string_view kWhere = "synthetic";
constexpr int64_t kMaxFrames = int64_t{1} << 40;

constexpr std::array<SynthEntry, 3> kCatalog = {{
    {"shapes", "coloured shapes that bounce over a textured background",
     [](const SynthSpec& spec) -> std::unique_ptr<FrameGenerator> {
       return std::make_unique<MovingShapes>(MovingShapesOptions{.seed = spec.seed, .size = spec.size});
     }},
    {"noise", "uniform random bytes",
     [](const SynthSpec& spec) -> std::unique_ptr<FrameGenerator> {
       return std::make_unique<Noise>(spec.seed, spec.size);
     }},
    {"black", "zeros", [](const SynthSpec&) -> std::unique_ptr<FrameGenerator> { return std::make_unique<Black>(); }},
}};

const SynthEntry& find_entry(std::string_view name) {
  std::vector<std::string_view> known;
  for (const SynthEntry& entry : kCatalog) {
    if (entry.name == name) return entry;
    known.push_back(entry.name);
  }
  fail_usage(kWhere, "expected one of {}, got '{}'", fmt::join(known, ", "), printable(name));
}

// The whole of `text` as a number from `low` to `high`.
template <class T>
T parse_number(std::string_view text, std::string_view what, T low, T high) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= low && value <= high)) {
    fail_usage(kWhere, "expected {} from {} to {}, got '{}'", what, low, high, printable(text));
  }
  return value;
}

FrameSize parse_size(std::string_view text) {
  const size_t cross = text.find('x');
  const int height = parse_number(text.substr(0, cross), "size (N or HxW)", 1, kMaxSynthSide);
  if (cross == std::string_view::npos) return {height, height};
  return {height, parse_number(text.substr(cross + 1), "size (N or HxW)", 1, kMaxSynthSide)};
}

void set_parameter(SynthSpec& spec, std::string_view key, std::string_view value) {
  if (key == "seed") {
    spec.seed = parse_number<uint64_t>(value, "seed", 0, ~uint64_t{0});
  } else if (key == "frames") {
    spec.frames = parse_number<int64_t>(value, "frames", 1, kMaxFrames);
  } else if (key == "size") {
    spec.size = parse_size(value);
  } else if (key == "fps") {
    spec.fps = parse_number<double>(value, "fps", 0.001, 1000);
  } else {
    fail_usage(kWhere, "expected one of the parameters seed, frames, size, fps, got '{}'", printable(key));
  }
}

void parse_parameters(SynthSpec& spec, std::string_view text) {
  std::set<std::string_view> seen;
  while (true) {
    const size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end), key = pair.substr(0, pair.find('='));
    if (key.size() == pair.size()) fail_usage(kWhere, "expected PARAMETER=VALUE, got '{}'", printable(pair));
    if (!seen.insert(key).second) fail_usage(kWhere, "expected each parameter once, got '{}' twice", printable(key));
    set_parameter(spec, key, pair.substr(key.size() + 1));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

SynthSpec parse_synth_spec(std::string_view text) {
  SynthSpec spec;
  const size_t question = text.find('?');
  spec.name = find_entry(text.substr(0, question)).name;
  if (question != std::string_view::npos) parse_parameters(spec, text.substr(question + 1));
  return spec;
}

std::span<const SynthEntry> synth_catalog() { return kCatalog; }

std::unique_ptr<FrameGenerator> make_generator(const SynthSpec& spec) {
  check_frame_size(kWhere, spec.size);
  return find_entry(spec.name).make(spec);
}

}  // namespace trecvit
