// One figure per frame; the label is the figure of the first frame, which a model must remember for as long as the
// stream goes on, past any number of other figures that look just as much like an answer.
#pragma once

#include <span>
#include <string_view>

#include "trecvit/synth/frame_generator.h"
#include "trecvit/synth/picture.h"

namespace trecvit {

inline constexpr int kRowShapes = 4;
// disc, square, triangle, bar
std::span<const std::string_view> row_shape_names();

struct ShapeRowOptions {
  uint64_t seed = 1;
  FrameSize size = {};
  int first = 0;  // index into row_shape_names
};

// Every frame shows one figure over the same dim background; its shape (except in frame 0), place, angle and colour are
// drawn anew. The stream never ends.
class ShapeRow : public FrameGenerator {
 public:
  // Throws Error(kUsage) for an impossible size.
  explicit ShapeRow(const ShapeRowOptions& options);
  void render(int64_t t, std::span<uint8_t> rgb) const override;
  // The figure of frame t, an index into row_shape_names.
  int shape_at(int64_t t) const;

 private:
  ShapeRowOptions options_;
  Picture background_;
};

}  // namespace trecvit
