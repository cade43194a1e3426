// A virtual camera over a picture: what it sees, and how far that moves between two views. The picture is a plane that
// goes on for ever in all directions, mirrored at each border (so it also contains its own flips), and no move ends.
#pragma once

#include <cstdint>
#include <span>

#include "trecvit/synth/picture.h"

namespace trecvit {

// Where the camera looks. Points are in pixels, x right, y down, (0.5, 0.5) being the middle of the top-left pixel.
struct View {
  double x = 0, y = 0;  // point of the picture in the middle of the view
  double scale = 1;     // pixels of the picture a pixel of the view, > 0: less is closer
  double angle = 0;     // radians by which the camera is turned clockwise; what it sees turns the other way
};

struct Point {
  double x, y;
};

// The point of the plane that is seen at a point of the view, and the other way round.
Point to_plane(const View& view, const Point& at, const FrameSize& size);
Point from_plane(const View& view, const Point& at, const FrameSize& size);

// How far what is seen at the point `at` of the view `after` has moved in the view since `before`, in pixels of the
// view: where it is less where it was.
Point motion_between(const View& before, const View& after, const Point& at, const FrameSize& size);

// Above this scale each pixel is the mean of 2x2 samples, which keeps fine texture from flickering up to a scale of
// about 3; below it, of one. Samples are bilinear.
inline constexpr double kSupersampleScale = 1.3;

// Writes RGB bytes [height, width, 3]. Fixed point from the first pixel of a row on: the bytes are the same on every
// machine whose sin and cos are. Allocates nothing; thread-safe. The picture has at least one pixel, at most
// kMaxSynthSide a side; coordinates of the view up to 2^45.
void render_view(const Picture& picture, const View& view, std::span<uint8_t> rgb, const FrameSize& size);

}  // namespace trecvit
