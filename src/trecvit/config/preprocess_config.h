// How a frame of any size becomes the model's input. Travels with the model.
#pragma once

#include "trecvit/base/words.h"

namespace trecvit {

enum class Resize {
  kShortSide,  // scale so that the picture covers the input and one side fits exactly; the excess is cropped
  kExact,      // scale both sides to the input, ignoring the aspect ratio
  kPad,        // scale so that the picture fits inside the input; the rest is black
};
constexpr auto enum_words(Resize) {
  return make_words<Resize>({{"short_side", Resize::kShortSide}, {"exact", Resize::kExact}, {"pad", Resize::kPad}});
}
enum class Crop { kCenter, kNone };
constexpr auto enum_words(Crop) { return make_words<Crop>({{"center", Crop::kCenter}, {"none", Crop::kNone}}); }
enum class Interpolation { kBilinear };  // antialiased: the triangle filter widens with the reduction
constexpr auto enum_words(Interpolation) { return make_words<Interpolation>({{"bilinear", Interpolation::kBilinear}}); }

struct PreprocessConfig {
  Resize resize = Resize::kShortSide;
  Interpolation interpolation = Interpolation::kBilinear;
  Crop crop = Crop::kCenter;  // kNone: with kShortSide, an input whose shape does not fit is an error
  double scale = 1.0 / 255.0;

  bool operator==(const PreprocessConfig&) const = default;
};

}  // namespace trecvit
