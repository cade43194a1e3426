// The look of a clip: its crop, mirroring and colours. Drawn once per clip and the same for all its frames.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trecvit/base/random.h"
#include "trecvit/data/clip_dataset.h"
#include "trecvit/data/rand_augment.h"
#include "trecvit/image/placement.h"
#include "trecvit/image/resize.h"

namespace trecvit {

struct PixelBox {
  int top = 0, left = 0, height = 0, width = 0;  // pixels of the clip; empty if a side is 0
};

// Factors in units of 1 / kColorOne, so that the bytes are the same on every machine.
inline constexpr int64_t kColorOne = 1 << 16;
struct ColorChange {
  int64_t brightness = kColorOne;  // of every value
  int64_t contrast = kColorOne;    // of the distance to the clip's mean grey
  int64_t saturation = kColorOne;  // of the distance to the pixel's own grey
  bool operator==(const ColorChange&) const = default;
};

struct Look {
  AxisGeometry rows, columns;  // crop and resize
  int top = 0, left = 0;       // position of the result within the clip; the rest is black
  bool flip = false;
  ColorChange color;
  std::vector<DrawnOperation> operations;
  PixelBox erased;
};

struct LookDraw {
  RandomStream random;  // for training
  int64_t crop = 0;     // for testing: 0 to ClipConfig::crops - 1
};

// Training draws the following, as configured in AugmentConfig:
//   crop: with least_area < 1, a rectangle placed anywhere inside the picture. Its area is least_area to most_area of
//     the picture; its aspect ratio is the input's, stretched by 1 / most_stretch to most_stretch. The area and the
//     logarithm of the stretch are uniform. If none of ten draws fits, the centre is taken. With most_scale > 1, a
//     window of the input's size, anywhere in the picture scaled to least_scale to most_scale of the size that covers
//     the input; a scale below 1 would leave a margin without picture and counts as 1. Otherwise the centre.
//   flip: for one clip in two;
//   colour: factors of brightness, contrast and saturation from 1 - x to 1 + x;
//   operations of RandAugment;
//   erasing: with probability `erase`, a rectangle of 2 to 33 % of the area, with an aspect ratio of 0.3 to 3.3.
// The centre equals, pixel for pixel, what Preprocessor makes of a picture with ClipOptions::preprocess. Testing uses
// it; several crops are spread evenly along the side that has room, from one end to the other.
Look draw_look(PixelSize picture, const ClipOptions& options, const LookDraw& draw);

// Applies colours, operations and erasing to a whole clip [T, height, width, 3], in place; the noise is the same in
// every frame. random: the stream that drew the look.
void finish_look(const Look& look, PixelSize size, const RandomStream& random, std::span<uint8_t> clip);

// Mirrors a picture [height, width, 3] left to right, in place.
void flip_picture(PixelSize size, std::span<uint8_t> rgb);

// Throws Error(kUsage) for contradictory settings: random crops both by area and by scale, or a minimum above its
// maximum.
void check_augment(const AugmentConfig& augment);

}  // namespace trecvit
