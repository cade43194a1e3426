#include "trecvit/pipeline/result_painter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace trecvit {
namespace {

constexpr Canvas::Color kInk = {255, 255, 255}, kBar = {70, 150, 240}, kEventInk = {255, 210, 80};
constexpr int kMostPaintedWidth = 4096;  // of a picture that is enlarged
constexpr int kShade = 40;               // per cent of the brightness that stays behind text

// Rounded to the nearest byte.
void to_bytes(const ImageView& frame, std::vector<uint8_t>& out) {
  const size_t row = size_t{3} * static_cast<size_t>(frame.width);
  out.resize(row * static_cast<size_t>(frame.height));
  for (int y = 0; y < frame.height; ++y) {
    std::transform(frame.row<float>(y), frame.row<float>(y) + row, out.begin() + static_cast<ptrdiff_t>(row) * y,
                   [](float v) { return static_cast<uint8_t>(std::lround(std::clamp(v, 0.0F, 1.0F) * 255)); });
  }
}

std::string clock_text(double seconds) {
  const auto hundredths = static_cast<int64_t>(std::floor(seconds * 100 + 0.5));
  return fmt::format("{:02}:{:02}.{:02}", hundredths / 6000, hundredths / 100 % 60, hundredths % 100);
}

}  // namespace

ImageView ResultPainter::paint(const ImageView& frame, const PaintedResult& result) {
  if (!canvas_) {
    const int wanted = (kLeastPaintedHeight + frame.height - 1) / frame.height;
    const int factor = std::clamp(kMostPaintedWidth / frame.width, 1, wanted);
    canvas_.emplace(frame.height * factor, frame.width * factor);
    scale_ = std::max(canvas_->height() / kLeastPaintedHeight, 1);
  }
  paint_frame(frame);
  paint_classes(result.top);
  paint_time(result.seconds);
  paint_events(result.events);
  return canvas_->view();
}

void ResultPainter::paint_frame(const ImageView& frame) {
  ImageView picture = frame;
  if (frame.type == PixelType::kF32) {
    to_bytes(frame, bytes_);
    picture = {bytes_.data(), PixelType::kU8, frame.height, frame.width, ptrdiff_t{3} * frame.width};
  }
  if (picture.height != canvas_->height() || picture.width != canvas_->width()) {
    if (!resizer_ || in_height_ != picture.height || in_width_ != picture.width) {
      resizer_.emplace(whole_axis(picture.height, canvas_->height()), whole_axis(picture.width, canvas_->width()));
      in_height_ = picture.height;
      in_width_ = picture.width;
    }
    resized_.resize(canvas_->pixels().size());
    resizer_->run(picture, resized_.data(), canvas_->width());
    picture = {resized_.data(), PixelType::kU8, canvas_->height(), canvas_->width(), ptrdiff_t{3} * canvas_->width()};
  }
  canvas_->blit(picture, {0, 0});
}

// At the top left: a line for each class, its probability, and a bar as long as that.
void ResultPainter::paint_classes(const std::vector<Prediction>& top) {
  const int line = (kTextHeight + 5) * scale_, margin = 4 * scale_, number = 5 * kTextAdvance * scale_;
  const int width = std::min(canvas_->width(), 160 * scale_);
  const int room = width - 3 * margin - number;
  canvas_->shade({0, 0, width, static_cast<int>(top.size()) * line + margin}, kShade);
  for (size_t i = 0; i < top.size(); ++i) {
    const int y = margin + static_cast<int>(i) * line;
    const double prob = std::clamp(static_cast<double>(top[i].prob), 0.0, 1.0);
    canvas_->text({margin, y}, fmt::format("{:.2f}", prob), {kInk, scale_});
    canvas_->text({2 * margin + number, y}, fit_text(top[i].label, room, scale_), {kInk, scale_});
    const int bar = static_cast<int>(std::lround(prob * (width - 2 * margin)));
    canvas_->fill({margin, y + (kTextHeight + 1) * scale_, bar, 2 * scale_}, kBar);
  }
}

void ResultPainter::paint_time(double seconds) {
  const std::string text = clock_text(seconds);
  const int margin = 4 * scale_, width = text_width(text, scale_) + 2 * margin, height = (kTextHeight + 4) * scale_;
  const int x = canvas_->width() - width, y = canvas_->height() - height;
  canvas_->shade({x, y, width, height}, kShade);
  canvas_->text({x + margin, y + 2 * scale_}, text, {kInk, scale_});
}

// At the bottom left, one above the other.
void ResultPainter::paint_events(const std::vector<std::string>& events) {
  const int margin = 4 * scale_, line = (kTextHeight + 4) * scale_;
  int y = canvas_->height();
  for (const std::string& event : events) {
    y -= line;
    if (y < canvas_->height() / 2) return;  // no more room
    const std::string text = fit_text(event, canvas_->width() / 2, scale_);
    canvas_->shade({0, y, text_width(text, scale_) + 3 * margin, line}, kShade);
    canvas_->fill({margin, y + 4 * scale_, 5 * scale_, 5 * scale_}, kEventInk);
    canvas_->text({margin + 8 * scale_, y + 2 * scale_}, text, {kEventInk, scale_});
  }
}

}  // namespace trecvit
