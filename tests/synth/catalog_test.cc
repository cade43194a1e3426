#include "trecvit/synth/catalog.h"

#include <gtest/gtest.h>

#include <vector>

#include "support/errors.h"
#include "synth/synth_test.h"
#include "trecvit/synth/camera_moves.h"
#include "trecvit/synth/noise.h"

namespace trecvit {
namespace {

TEST(SynthSpec, DefaultsAndParameters) {
  const SynthSpec plain = parse_synth_spec("shapes");
  EXPECT_EQ(plain.name, "shapes");
  EXPECT_EQ(plain.seed, 1u);
  EXPECT_EQ(plain.frames, 64);
  EXPECT_EQ(plain.size, (FrameSize{224, 224}));
  EXPECT_EQ(plain.fps, 25);

  const SynthSpec full = parse_synth_spec("noise?seed=18446744073709551615&frames=1000000&size=32x48&fps=29.97");
  EXPECT_EQ(full.seed, ~uint64_t{0});
  EXPECT_EQ(full.frames, 1000000);
  EXPECT_EQ(full.size, (FrameSize{32, 48}));
  EXPECT_EQ(full.fps, 29.97);
  EXPECT_EQ(parse_synth_spec("black?size=64").size, (FrameSize{64, 64}));
}

TEST(SynthSpec, RefusesWithTheKnownNames) {
  const auto refuse = [](std::string_view text, const std::vector<std::string>& words) {
    test::expect_error(ErrorKind::kUsage, words, [&] { parse_synth_spec(text); });
  };
  refuse("", {"[synthetic]", "shapes, noise, black"});
  refuse("shape?seed=1", {"shapes, noise, black", "'shape'"});
  refuse("shapes?sed=1", {"seed, frames, size, fps", "'sed'"});
  refuse("shapes?", {"PARAMETER=VALUE"});
  refuse("shapes?seed", {"PARAMETER=VALUE", "'seed'"});
  refuse("shapes?seed=1&seed=1", {"each parameter once", "'seed'"});
  refuse("shapes?seed=1&", {"PARAMETER=VALUE"});
  for (const char* value : {"", "-1", "18446744073709551616", "1.5", "0x1", " 1"}) {
    refuse(std::string("shapes?seed=") + value, {"expected seed"});
  }
  for (const char* value : {"0", "-3", "1099511627777", "many"})
    refuse(std::string("shapes?frames=") + value, {"frames"});
  for (const char* value : {"0", "4097", "8x", "x8", "8x8x8", "8X8"})
    refuse(std::string("shapes?size=") + value, {"size"});
  for (const char* value : {"0", "nan", "inf", "-25", "1001", "30/1"})
    refuse(std::string("shapes?fps=") + value, {"fps"});
}

TEST(SynthCatalog, EveryEntryMakesAGenerator) {
  EXPECT_EQ(synth_catalog().size(), 6u);
  for (const SynthEntry& entry : synth_catalog()) {
    SynthSpec spec = parse_synth_spec(entry.name);
    spec.size = {16, 24};
    std::vector<uint8_t> rgb(spec.size.bytes());
    make_generator(spec)->render(3, rgb);
    EXPECT_FALSE(entry.summary.empty());
  }
}

TEST(SynthSpec, SomeEntriesTakeMore) {
  const SynthSpec spec = parse_synth_spec("camera_moves?class=pan_right&size=48&objects=3");
  EXPECT_EQ(value_at<CameraMove>(spec.choices.at("class")), CameraMove::kPanRight);
  EXPECT_EQ(spec.choices.at("objects"), 3U);
  std::vector<uint8_t> made(spec.size.bytes()), expected(spec.size.bytes());
  make_generator(spec)->render(2, made);
  CameraMoves({.size = {48, 48}, .move = CameraMove::kPanRight, .objects = 3, .frames = 64}).render(2, expected);
  EXPECT_EQ(made, expected);
  EXPECT_EQ(parse_synth_spec("shape_events?event=occlusion").choices.at("event"), 1U);

  const auto refuse = [](std::string_view text, const std::vector<std::string>& words) {
    test::expect_error(ErrorKind::kUsage, words, [&] { parse_synth_spec(text); });
  };
  refuse("camera_moves?class=pan", {"class to be one of static, pan_left", "shake", "'pan'"});
  refuse("camera_moves?objects=4", {"objects to be one of 0, 1, 2, 3", "'4'"});
  refuse("camera_moves?event=order", {"seed, frames, size, fps, class, objects", "'event'"});
  refuse("shape_events?event=", {"order, occlusion"});
  refuse("shape_row?first=ball", {"disc, square, triangle, bar", "'ball'"});
  refuse("shape_events?class=static", {"seed, frames, size, fps, event", "'class'"});
  refuse("noise?objects=1", {"seed, frames, size, fps", "'objects'"});
}

TEST(SynthCatalog, ShortStreamsOfEventsWork) {
  SynthSpec spec = parse_synth_spec("shape_events?frames=1&size=16");
  std::vector<uint8_t> rgb(spec.size.bytes());
  make_generator(spec)->render(0, rgb);
}

std::vector<uint8_t> named_frame(const std::string& name, int64_t t) {
  const SynthSpec spec = parse_synth_spec(name);
  return test::rendered(*make_generator(spec), t, spec.size);
}

TEST(SynthCatalog, CameraMovesHaveTwoObjects) {
  const std::string moves = "camera_moves?class=static&size=48";
  EXPECT_EQ(named_frame(moves, 2), named_frame(moves + "&objects=2", 2));
  EXPECT_NE(named_frame(moves, 2), named_frame(moves + "&objects=1", 2));
}

// An event fills the frames asked for, up to 64; then it is shown again.
TEST(SynthCatalog, EventsFillTheirFrames) {
  const std::string events = "shape_events?event=order&size=32&frames=";
  EXPECT_EQ(named_frame(events + "8", 1), named_frame(events + "8", 9));
  EXPECT_EQ(named_frame(events + "200", 1), named_frame(events + "200", 65));
  EXPECT_EQ(named_frame(events + "1", 1), named_frame(events + "1", 3));
  EXPECT_NE(named_frame(events + "8", 1), named_frame(events + "8", 4));
}

TEST(SynthCatalog, PassesSeedAndSizeOn) {
  const SynthSpec spec = parse_synth_spec("noise?seed=77&size=5x6");
  std::vector<uint8_t> made(90), expected(90);
  make_generator(spec)->render(2, made);
  Noise(77, {5, 6}).render(2, expected);
  EXPECT_EQ(made, expected);
}

}  // namespace
}  // namespace trecvit
