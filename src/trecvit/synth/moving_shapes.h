// A few coloured shapes that move in straight lines over a textured background and bounce off the borders; a later
// shape passes in front of an earlier one. Integers only, so the bytes are the same on every machine.
#pragma once

#include <array>
#include <vector>

#include "trecvit/synth/frame_generator.h"

namespace trecvit {

enum class ShapeKind { kDisc, kSquare, kTriangle, kRing };
inline constexpr int kShapeKinds = 4;

struct MovingShapesOptions {
  uint64_t seed = 1;
  FrameSize size = {};
  int shapes = 4;  // 0 to 16
};

class MovingShapes : public FrameGenerator {
 public:
  // The constant properties; the radius is half the side of the bounding box.
  struct MovingShape {
    ShapeKind kind;
    Rgb color;
    int radius;  // pixels
  };
  // Center in pixels, x right, y down; (0.5, 0.5) is the middle of the top-left pixel.
  struct Position {
    double x, y;
  };

  // Throws Error(kUsage) for a size outside 1 to kMaxSynthSide or an impossible number of shapes.
  explicit MovingShapes(const MovingShapesOptions& options);

  void render(int64_t t, std::span<uint8_t> rgb) const override;

  const std::vector<MovingShape>& shapes() const { return shapes_; }  // back to front
  Position position(size_t shape, int64_t t) const;

 private:
  // One coordinate of a center, in sub-pixels: it runs from `low` over `range` and back.
  struct Track {
    int low, range, start, speed;
    int at(int64_t t) const;
  };
  static Track make_track(int side, int radius, uint64_t start_bits, uint64_t speed_bits);
  void add_shape(uint64_t seed, int index);
  void paint(const MovingShape& shape, int center_x, int center_y, uint8_t* rgb) const;

  FrameSize size_;
  std::vector<uint8_t> background_;  // [H, W, 3]
  std::vector<MovingShape> shapes_;
  std::vector<Track> x_, y_;  // one per shape
};

}  // namespace trecvit
