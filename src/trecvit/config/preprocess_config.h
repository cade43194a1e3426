// How a frame of any size becomes the model's input. Travels with the model.
#pragma once

namespace trecvit {

enum class Resize {
  kShortSide,  // scale so that the picture covers the input and one side fits exactly; what sticks out is cropped
  kExact,      // scale both sides to the input, aspect ratio given up
  kPad,        // scale so that the picture fits inside the input; the rest is black
};
enum class Crop { kCenter, kNone };
enum class Interpolation { kBilinear };  // antialiased: the triangle filter widens with the reduction

struct PreprocessConfig {
  Resize resize = Resize::kShortSide;
  Interpolation interpolation = Interpolation::kBilinear;
  Crop crop = Crop::kCenter;  // kNone: with kShortSide, an input whose shape does not fit is an error
  double scale = 1.0 / 255.0;

  bool operator==(const PreprocessConfig&) const = default;
};

}  // namespace trecvit
