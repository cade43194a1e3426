// A frame with its result painted on it: the best classes with bars, the time, and the events that go on.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "trecvit/image/paint.h"
#include "trecvit/image/resize.h"
#include "trecvit/pipeline/prediction.h"

namespace trecvit {

struct PaintedResult {
  double seconds = 0;
  std::vector<Prediction> top = {};      // best first
  std::vector<std::string> events = {};  // labels of those that go on
};

// Pictures of one size, whatever the frames have: that of the first frame, enlarged by a whole factor if it is too
// small for text, so that its height is at least kLeastPaintedHeight. One thread at a time.
inline constexpr int kLeastPaintedHeight = 240;
class ResultPainter {
 public:
  // The picture is valid until the next call.
  ImageView paint(const ImageView& frame, const PaintedResult& result);

 private:
  void paint_frame(const ImageView& frame);
  void paint_classes(const std::vector<Prediction>& top);
  void paint_time(double seconds);
  void paint_events(const std::vector<std::string>& events);

  std::optional<Canvas> canvas_;
  std::optional<Resizer> resizer_;  // for frames of the size in_height_ x in_width_
  int in_height_ = 0, in_width_ = 0, scale_ = 1;
  std::vector<uint8_t> bytes_, resized_;
};

}  // namespace trecvit
