// The generators by name, and the text that asks for one: "NAME?seed=1&frames=64&size=224&fps=25". An entry may take
// parameters of its own besides, each one choice among some words: "camera_moves?class=pan_left&objects=3".
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "trecvit/synth/frame_generator.h"

namespace trecvit {

struct SynthSpec {
  std::string name;
  uint64_t seed = 1;
  int64_t frames = 64;                      // length of the stream, >= 1
  FrameSize size = {};                      // size=N or size=HxW
  double fps = 25;                          // 0.001 to 1000
  std::map<std::string_view, int> choices;  // of the entry's own parameters: index into the values; absent: default
};

// Throws Error(kUsage) for an unknown name or parameter (listing the known ones), a value out of range, or a parameter
// given twice. text: without the "synthetic:" in front.
SynthSpec parse_synth_spec(std::string_view text);

// One that not every entry takes.
struct SynthParameter {
  std::string_view name;
  std::string_view summary;
  std::span<const std::string_view> values;
};

struct SynthEntry {
  std::string_view name;
  std::string_view summary;
  std::span<const SynthParameter> parameters;
  std::unique_ptr<FrameGenerator> (*make)(const SynthSpec&);
};

// All of them: a new generator is one more line there.
std::span<const SynthEntry> synth_catalog();

// Throws Error(kUsage) for an unknown name or a size the generator cannot do.
std::unique_ptr<FrameGenerator> make_generator(const SynthSpec& spec);

}  // namespace trecvit
