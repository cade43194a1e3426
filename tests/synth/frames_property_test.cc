// Generated video: any frame rendered alone equals that of the sequence, for every generator and its options.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "synth/synth_test.h"
#include "trecvit/synth/catalog.h"

namespace trecvit::test {
namespace {

// A generator of the catalog with options. A choice of its own parameters is an index into their words; 0: the
// default.
struct DrawnVideo {
  size_t entry = 0;
  uint64_t seed = 1;
  int64_t frames = 1;
  FrameSize size = {1, 1};
  std::vector<size_t> choices = {0, 0};

  const SynthEntry& generator() const { return synth_catalog()[entry % synth_catalog().size()]; }
  std::string text() const {
    std::string out =
        fmt::format("{}?seed={}&frames={}&size={}x{}", generator().name, seed, frames, size.height, size.width);
    for (size_t i = 0; i < generator().parameters.size(); ++i) {
      const SynthParameter& parameter = generator().parameters[i];
      const size_t choice = choices[i] % (parameter.words.size() + 1);
      if (choice > 0) out += fmt::format("&{}={}", parameter.name, parameter.words[choice - 1]);
    }
    return out;
  }
};
std::ostream& operator<<(std::ostream& out, const DrawnVideo& video) { return out << video.text(); }

rc::Gen<DrawnVideo> any_generated_video() {
  using V = DrawnVideo;
  const auto side = rc::gen::resize(rc::kNominalSize, rc::gen::inRange(1, 41));
  const auto sizes = rc::gen::apply([](int height, int width) { return FrameSize{height, width}; }, side, side);
  const auto choice = rc::gen::resize(rc::kNominalSize, rc::gen::inRange<size_t>(0, 44));
  return rc::gen::build<V>(
      rc::gen::set(&V::entry, rc::gen::resize(rc::kNominalSize, rc::gen::inRange<size_t>(0, synth_catalog().size()))),
      rc::gen::set(&V::seed, rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<uint64_t>())),
      rc::gen::set(&V::frames, rc::gen::inRange<int64_t>(1, 200)), rc::gen::set(&V::size, sizes),
      rc::gen::set(&V::choices, rc::gen::container<std::vector<size_t>>(2, choice)));
}

// Frame t is the same in sequence, alone, and after any others; for times far beyond the sequence too.
RC_GTEST_PROP(FramesProperty, AnyFrameByItself, ()) {
  const DrawnVideo any = *any_generated_video();
  const SynthSpec spec = parse_synth_spec(any.text());
  constexpr int64_t kSequence = 24;
  const auto inturn = make_generator(spec), jumping = make_generator(spec);
  std::vector<Frame> sequence;
  for (int64_t t = 0; t < kSequence; ++t) sequence.push_back(rendered(*inturn, t, spec.size));
  const auto asked = *rc::gen::scale(0.1, rc::gen::container<std::vector<int64_t>>(rc::gen::resize(
                                              rc::kNominalSize, rc::gen::inRange<int64_t>(0, kSequence))));
  for (const int64_t t : asked) RC_ASSERT(rendered(*jumping, t, spec.size) == sequence[static_cast<size_t>(t)]);
  const auto late = *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<int64_t>(0, int64_t{1} << 40));
  RC_ASSERT(rendered(*inturn, late, spec.size) == rendered(*make_generator(spec), late, spec.size));
}

// A frame is written completely: earlier contents of its memory do not show, and nothing is written beyond it.
RC_GTEST_PROP(FramesProperty, FramesAreWrittenWhole, ()) {
  const SynthSpec spec = parse_synth_spec((*any_generated_video()).text());
  const auto t = *rc::gen::inRange<int64_t>(0, 300);
  const auto video = make_generator(spec);
  constexpr size_t kBeyond = 16;
  Frame first(spec.size.bytes() + kBeyond, 0), second(first.size(), 255);
  for (Frame* memory : {&first, &second}) video->render(t, std::span(*memory).first(spec.size.bytes()));
  const auto end = static_cast<ptrdiff_t>(spec.size.bytes());
  RC_ASSERT(std::equal(first.begin(), first.begin() + end, second.begin()));
  RC_ASSERT(std::all_of(first.begin() + end, first.end(), [](uint8_t byte) { return byte == 0; }));
  RC_ASSERT(std::all_of(second.begin() + end, second.end(), [](uint8_t byte) { return byte == 255; }));
}

// The text that selects a video determines it completely.
RC_GTEST_PROP(FramesProperty, TheTextSaysTheOptions, ()) {
  const DrawnVideo any = *any_generated_video();
  const SynthSpec spec = parse_synth_spec(any.text());
  RC_ASSERT(spec.name == any.generator().name);
  RC_ASSERT(spec.seed == any.seed);
  RC_ASSERT(spec.frames == any.frames);
  RC_ASSERT(spec.size == any.size);
  for (size_t i = 0; i < any.generator().parameters.size(); ++i) {
    const SynthParameter& parameter = any.generator().parameters[i];
    const size_t choice = any.choices[i] % (parameter.words.size() + 1);
    RC_ASSERT(spec.choices.contains(parameter.name) == (choice > 0));
    if (choice > 0) RC_ASSERT(spec.choices.at(parameter.name) == choice - 1);
  }
}

}  // namespace
}  // namespace trecvit::test
