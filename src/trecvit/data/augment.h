// How a clip looks: which part of the pictures is seen, mirrored or not, in what colours. Drawn once a clip and the
// same for all its frames.
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
  int top = 0, left = 0, height = 0, width = 0;  // pixels of the clip; nothing where a side is 0
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
  int top = 0, left = 0;       // of the result within the clip; what is beside it is black
  bool flip = false;
  ColorChange color;
  std::vector<DrawnOperation> operations;
  PixelBox erased;
};

struct LookDraw {
  RandomStream random;  // of training
  int64_t crop = 0;     // of testing: 0 to ClipConfig::crops - 1
};

// Training draws, as AugmentConfig asks:
//   the crop: with least_area < 1 a rectangle of an area from least_area to most_area of the picture and of the input's
//     shape stretched by 1 / most_stretch to most_stretch (area and logarithm of the stretch uniform), anywhere inside;
//     ten draws are made, and if none fits the centre is taken. With most_scale > 1 a window of the input's size,
//     anywhere in the picture scaled to least_scale to most_scale of the size that covers the input; a scale below 1
//     would leave a margin without picture and counts as 1. Else the centre.
//   a flip for one clip in two; factors of brightness, contrast and saturation from 1 - x to 1 + x; operations of
//     RandAugment;
//   with chance `erase` a rectangle of 2 to 33 % of the area and sides of 0.3 to 3.3 against each other.
// The centre is what Preprocessor makes of a picture with ClipOptions::preprocess, pixel by pixel. Testing takes it;
// several crops are spread evenly along the side that has room, from one end to the other.
Look draw_look(PixelSize picture, const ClipOptions& options, const LookDraw& draw);

// Colours, operations and erasing of a whole clip [T, height, width, 3], in place; the noise is the same in every
// frame. random: the stream that drew the look.
void finish_look(const Look& look, PixelSize size, const RandomStream& random, std::span<uint8_t> clip);

// Left and right exchanged, in place: [height, width, 3].
void flip_picture(PixelSize size, std::span<uint8_t> rgb);

// Throws Error(kUsage) for settings that exclude each other: random crops by area and by scale, a least above the most.
void check_augment(const AugmentConfig& augment);

}  // namespace trecvit
