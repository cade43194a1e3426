// The generators by name, and the text that selects one: "NAME?seed=1&frames=64&size=224&fps=25". An entry may have
// parameters of its own, each a choice from a list of words: "camera_moves?class=pan_left&objects=3".
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trecvit/synth/frame_generator.h"

namespace trecvit {

struct SynthSpec {
  std::string name;
  uint64_t seed = 1;
  int64_t frames = 64;                         // length of the stream, >= 1
  FrameSize size = {};                         // size=N or size=HxW
  double fps = 25;                             // 0.001 to 1000
  std::map<std::string_view, size_t> choices;  // of the entry's own parameters: index of the word; absent: default
};

// Throws Error(kUsage) for an unknown name or parameter (listing the known ones), a value out of range, or a parameter
// given twice. text: without the leading "synthetic:".
SynthSpec parse_synth_spec(std::string_view text);

// A parameter that not every entry has.
struct SynthParameter {
  std::string_view name;
  std::string_view summary;
  std::vector<std::string> words;
};

struct SynthEntry {
  std::string_view name;
  std::string_view summary;
  std::span<const SynthParameter> parameters;
  std::unique_ptr<FrameGenerator> (*make)(const SynthSpec&);
};

// All entries; a new generator is one more row in catalog.cc.
std::span<const SynthEntry> synth_catalog();

// Throws Error(kUsage) for an unknown name or a size that the generator does not support.
std::unique_ptr<FrameGenerator> make_generator(const SynthSpec& spec);

}  // namespace trecvit
