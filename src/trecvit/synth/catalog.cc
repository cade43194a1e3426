#include "trecvit/synth/catalog.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/base/parameters.h"
#include "trecvit/base/suggest.h"
#include "trecvit/synth/camera_moves.h"
#include "trecvit/synth/draws.h"
#include "trecvit/synth/moving_shapes.h"
#include "trecvit/synth/noise.h"
#include "trecvit/synth/shape_events.h"
#include "trecvit/synth/shape_row.h"
#include "trecvit/synth/texture.h"

namespace trecvit {
namespace {

constexpr std::string_view kWhere = "synthetic";
constexpr int64_t kMaxFrames = int64_t{1} << 40;

constexpr size_t kDefaultObjects = 2;

size_t choice(const SynthSpec& spec, std::string_view parameter, size_t otherwise) {
  const auto found = spec.choices.find(parameter);
  return found == spec.choices.end() ? otherwise : found->second;
}

size_t seeded_label(const SynthSpec& spec, size_t classes) {
  return static_cast<size_t>(Draws(spec.seed, "label").below(static_cast<int>(classes)));
}

std::unique_ptr<FrameGenerator> make_camera_moves(const SynthSpec& spec) {
  const size_t move = choice(spec, "class", seeded_label(spec, kWordCount<CameraMove>));
  return std::make_unique<CameraMoves>(
      CameraMovesOptions{.seed = spec.seed,
                         .size = spec.size,
                         .move = value_at<CameraMove>(move),
                         .objects = static_cast<int>(choice(spec, "objects", kDefaultObjects)),
                         .frames = spec.frames});
}

// A longer stream repeats its event.
std::unique_ptr<FrameGenerator> make_shape_events(const SynthSpec& spec) {
  constexpr int64_t kShortest = 2, kLongest = 64;
  return std::make_unique<ShapeEvents>(
      ShapeEventsOptions{.seed = spec.seed,
                         .size = spec.size,
                         .event = value_at<ShapeEvent>(choice(spec, "event", 0)),
                         .label = static_cast<int>(seeded_label(spec, kShapeEventClasses)),
                         .frames = std::clamp(spec.frames, kShortest, kLongest)});
}

std::unique_ptr<FrameGenerator> make_shape_row(const SynthSpec& spec) {
  const auto first = static_cast<int>(choice(spec, "first", seeded_label(spec, kRowShapes)));
  return std::make_unique<ShapeRow>(ShapeRowOptions{.seed = spec.seed, .size = spec.size, .first = first});
}

std::vector<std::string> numbers_up_to(int most) {
  std::vector<std::string> words;
  for (int i = 0; i <= most; ++i) words.push_back(std::to_string(i));
  return words;
}

const std::vector<SynthParameter>& camera_moves_parameters() {
  static const std::vector<SynthParameter> parameters = {
      {"class", "what the camera does; default: drawn from the seed", words_for<CameraMove>()},
      {"objects", "objects that move on their own; default: 2", numbers_up_to(kMaxCameraObjects)},
  };
  return parameters;
}

const std::vector<SynthParameter>& shape_events_parameters() {
  static const std::vector<SynthParameter> parameters = {
      {"event", "what happens; default: order, with the class drawn from the seed", words_for<ShapeEvent>()},
  };
  return parameters;
}

const std::vector<SynthParameter>& shape_row_parameters() {
  static const std::vector<SynthParameter> parameters = {
      {"first",
       "shape of the first frame; default: drawn from the seed",
       {row_shape_names().begin(), row_shape_names().end()}},
  };
  return parameters;
}

const std::vector<SynthEntry>& catalog() {
  static const std::vector<SynthEntry> entries = {
      {"shapes",
       "coloured shapes that bounce over a textured background",
       {},
       [](const SynthSpec& spec) -> std::unique_ptr<FrameGenerator> {
         return std::make_unique<MovingShapes>(MovingShapesOptions{.seed = spec.seed, .size = spec.size});
       }},
      {"noise",
       "uniform random bytes",
       {},
       [](const SynthSpec& spec) -> std::unique_ptr<FrameGenerator> {
         return std::make_unique<Noise>(spec.seed, spec.size);
       }},
      {"black",
       "zeros",
       {},
       [](const SynthSpec&) -> std::unique_ptr<FrameGenerator> { return std::make_unique<Black>(); }},
      {"camera_moves", "a virtual camera that pans, tilts, zooms, rolls or shakes over a painted scene",
       camera_moves_parameters(), make_camera_moves},
      {"shape_events", "a red and a blue shape; one comes first or passes behind the other", shape_events_parameters(),
       make_shape_events},
      {"shape_row", "a different shape in every frame; the first is the one to remember", shape_row_parameters(),
       make_shape_row},
  };
  return entries;
}

const SynthEntry& find_entry(std::string_view name) {
  std::vector<std::string_view> known;
  for (const SynthEntry& entry : catalog()) {
    if (entry.name == name) return entry;
    known.push_back(entry.name);
  }
  fail_usage(kWhere, "expected one of {}, got '{}'{}", fmt::join(known, ", "), printable(name),
             did_you_mean(name, known));
}

template <class T>
T number(std::string_view text, std::string_view what, T low, T high) {
  return parse_number(kWhere, text, NumberRange<T>{what, low, high});
}

FrameSize parse_size(std::string_view text) {
  const size_t cross = text.find('x');
  const int height = number(text.substr(0, cross), "size (N or HxW)", 1, kMaxSynthSide);
  if (cross == std::string_view::npos) return {height, height};
  return {height, number(text.substr(cross + 1), "size (N or HxW)", 1, kMaxSynthSide)};
}

// Sets a parameter that only this entry has.
void set_choice(SynthSpec& spec, const SynthEntry& entry, const Parameter& given) {
  std::vector<std::string_view> known = {"seed", "frames", "size", "fps"};
  for (const SynthParameter& parameter : entry.parameters) {
    if (parameter.name == given.key) {
      spec.choices[parameter.name] = parse_choice(kWhere, parameter.name, given.value, parameter.words);
      return;
    }
    known.push_back(parameter.name);
  }
  fail_usage(kWhere, "expected one of the parameters {}, got '{}'{}", fmt::join(known, ", "), printable(given.key),
             did_you_mean(given.key, known));
}

void set_parameter(SynthSpec& spec, const SynthEntry& entry, const Parameter& given) {
  const auto& [key, value] = given;
  if (key == "seed") {
    spec.seed = number<uint64_t>(value, "seed", 0, ~uint64_t{0});
  } else if (key == "frames") {
    spec.frames = number<int64_t>(value, "frames", 1, kMaxFrames);
  } else if (key == "size") {
    spec.size = parse_size(value);
  } else if (key == "fps") {
    spec.fps = number<double>(value, "fps", 0.001, 1000);
  } else {
    set_choice(spec, entry, given);
  }
}

}  // namespace

SynthSpec parse_synth_spec(std::string_view text) {
  SynthSpec spec;
  const size_t question = text.find('?');
  const SynthEntry& entry = find_entry(text.substr(0, question));
  spec.name = entry.name;
  if (question == std::string_view::npos) return spec;
  for (const Parameter& given : split_parameters(kWhere, text.substr(question + 1))) set_parameter(spec, entry, given);
  return spec;
}

std::span<const SynthEntry> synth_catalog() { return catalog(); }

std::unique_ptr<FrameGenerator> make_generator(const SynthSpec& spec) {
  check_frame_size(kWhere, spec.size);
  return find_entry(spec.name).make(spec);
}

}  // namespace trecvit
