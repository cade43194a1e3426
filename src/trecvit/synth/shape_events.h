// Two figures, one red and one blue, and an event whose label depends on the order of things and not on their looks:
// data that shows whether a model uses time.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "trecvit/base/words.h"
#include "trecvit/synth/frame_generator.h"
#include "trecvit/synth/picture.h"
#include "trecvit/synth/sprite.h"

namespace trecvit {

enum class ShapeEvent {
  // A red and a blue figure appear one after the other, drifting a little, at random places over a still background.
  // Classes red_first and blue_first. With the same seed the two classes have exactly the same frames in another order,
  // so a model that ignores the order of frames gets 0.50.
  kOrder,
  // A red and a blue figure cross over a still background. Classes red_behind and blue_behind. A single frame of the
  // crossing reveals the class, so a model that ignores the order gets up to 1.00, but only from those few frames.
  kOcclusion,
};
constexpr auto enum_words(ShapeEvent) {
  return make_words<ShapeEvent>({{"order", ShapeEvent::kOrder}, {"occlusion", ShapeEvent::kOcclusion}});
}
inline constexpr int kShapeEventClasses = 2;
// The classes of each event, red first.
std::span<const std::string_view> shape_event_classes(ShapeEvent event);

struct ShapeEventsOptions {
  uint64_t seed = 1;
  FrameSize size = {};
  ShapeEvent event = ShapeEvent::kOrder;
  int label = 0;        // index into shape_event_classes
  int64_t frames = 16;  // length of the clip that the event fills, 2 to kMaxShapeEventFrames
};
inline constexpr int64_t kMaxShapeEventFrames = int64_t{1} << 20;

// Frame t shows time t modulo `frames` of the clip, so the label holds for `frames` frames from the first one on.
class ShapeEvents : public FrameGenerator {
 public:
  // Throws Error(kUsage) for an impossible size or number of frames.
  explicit ShapeEvents(const ShapeEventsOptions& options);
  void render(int64_t t, std::span<uint8_t> rgb) const override;

 private:
  struct Track {
    std::array<double, 2> start, speed;  // pixels, pixels per frame
    std::array<double, 2> at(double time) const { return {start[0] + speed[0] * time, start[1] + speed[1] * time}; }
  };
  void draw_order(Draws& draws);
  void draw_occlusion(Draws& draws);
  void render_order(int64_t time, std::span<uint8_t> rgb) const;

  ShapeEventsOptions options_;
  Picture background_;
  std::array<Sprite, 2> figures_;        // red, blue
  std::array<Track, 2> tracks_{};        // kOrder: timed from the figure's own first frame
  std::array<int64_t, 2> beginnings_{};  // kOrder: first frames of the two appearances
  int64_t length_ = 1;                   // kOrder: how many frames each appearance lasts
};

}  // namespace trecvit
