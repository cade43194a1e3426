// A virtual camera over a picture: what it sees, and how far that moves between two views. The picture is a plane that
// extends forever in all directions, mirrored at each border (so it also contains its own flips), and no move ends.
#pragma once

#include <cstdint>
#include <span>

#include "trecvit/synth/picture.h"

namespace trecvit {

// Where the camera looks. Points are in pixels, x right, y down; (0.5, 0.5) is the middle of the top-left pixel.
struct View {
  double x = 0, y = 0;  // point of the picture in the middle of the view
  double scale = 1;     // pixels of the picture per pixel of the view, > 0: smaller is closer
  double angle = 0;     // radians by which the camera is turned clockwise; what it sees turns the other way
};

struct Point {
  double x, y;
};

// The point of the plane that is visible at a point of the view, and the inverse.
Point to_plane(const View& view, const Point& at, const FrameSize& size);
Point from_plane(const View& view, const Point& at, const FrameSize& size);

// How far what is visible at the point `at` of the view `after` has moved within the view since `before`, in pixels of
// the view: its position now minus its position then.
Point motion_between(const View& before, const View& after, const Point& at, const FrameSize& size);

// Above this scale each pixel is the mean of 2x2 samples, which keeps fine texture from flickering up to a scale of
// about 3; below it, one sample is taken. Samples are bilinear.
inline constexpr double kSupersampleScale = 1.3;

// Writes RGB bytes [height, width, 3]. Fixed-point arithmetic from the first pixel of a row on: the bytes are the same
// on every machine with the same sin and cos. Allocates nothing; thread-safe. The picture has at least one pixel and at
// most kMaxSynthSide per side; coordinates of the view go up to 2^45.
void render_view(const Picture& picture, const View& view, std::span<uint8_t> rgb, const FrameSize& size);

}  // namespace trecvit
