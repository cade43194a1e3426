// Frame of any size -> the model's input: resize, crop, scale to [0, 1].
#pragma once

#include <memory>
#include <span>

#include "trecvit/config/preprocess_config.h"
#include "trecvit/image/image.h"

namespace trecvit {

// A frame that already has the input's size is not resized: bytes are multiplied by `scale`, floats are copied. Other
// frames are resized in their own type (bytes: bit-exact on every machine); then bytes are multiplied by `scale`.
//
// Resize::kShortSide with Crop::kCenter gives the same as torchvision's Resize(side) and CenterCrop(side) for a Pillow
// image: one side is scaled to the input's, the other to side * long / short rounded down, and the crop starts at
// round((resized - side) / 2), with halves rounded to the even neighbour. Only the pixels that are kept are computed.
// Resize::kPad places the picture at the offset computed in the same way, on black.
class Preprocessor {
 public:
  // height, width: size of the model's input. Throws Error(kUsage) for sizes outside 1 to kMaxImageSide.
  Preprocessor(const PreprocessConfig& config, int height, int width);
  ~Preprocessor();
  Preprocessor(Preprocessor&&) noexcept;
  Preprocessor& operator=(Preprocessor&&) noexcept;

  // Writes float32 [height, width, 3]. Tables are kept for the last frame size, so a stream of frames of one size
  // allocates nothing after its first frame. Throws Error(kInput) for a frame without pixels or with an impossible size
  // or stride, and for one that does not fit if Crop::kNone forbids a crop. One thread at a time.
  void operator()(const ImageView& frame, std::span<float> out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace trecvit
