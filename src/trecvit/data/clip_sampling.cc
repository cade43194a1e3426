#include "trecvit/data/clip_sampling.h"

#include <algorithm>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

enum : uint64_t { kBegin, kSpanLength };  // the purpose of each value of the stream

// The fraction of the room that lies before a clip.
double place_in_room(const ClipConfig& clip, const FrameDraw& draw) {
  if (draw.training) return draw.random.unit(kBegin);
  return clip.views == 1 ? 0.5 : static_cast<double>(draw.view) / static_cast<double>(clip.views - 1);
}

// The same in whole frames: 0 to room.
int64_t whole_place(int64_t room, const ClipConfig& clip, const FrameDraw& draw) {
  if (draw.training) return static_cast<int64_t>(draw.random.bits(kBegin) % static_cast<uint64_t>(room + 1));
  return clip.views == 1 ? room / 2 : (room * draw.view + (clip.views - 1) / 2) / (clip.views - 1);
}

// The fraction of the video that a kSpan clip covers.
double draw_span(const ClipConfig& clip, const FrameDraw& draw) {
  return draw.training ? clip.least_span + (1 - clip.least_span) * draw.random.unit(kSpanLength) : 1.0;
}

int64_t whole(double position, int64_t frames) {
  return std::clamp(static_cast<int64_t>(position), int64_t{0}, frames - 1);
}

void check(int64_t frames, const ClipConfig& clip, const FrameDraw& draw) {
  TRECVIT_CHECK(frames >= 1 && clip.frames >= 1 && clip.stride >= 1 && clip.views >= 1);
  TRECVIT_CHECK(draw.view >= 0 && (draw.training || draw.view < clip.views));
}

}  // namespace

std::vector<int64_t> choose_frames(int64_t frames, const ClipConfig& clip, const FrameDraw& draw) {
  check(frames, clip, draw);
  std::vector<int64_t> chosen;
  if (clip.sampling == Sampling::kStride) {
    const int64_t room = std::max(int64_t{0}, frames - 1 - (clip.frames - 1) * clip.stride);
    const int64_t begin = whole_place(room, clip, draw);
    for (int64_t i = 0; i < clip.frames; ++i) chosen.push_back(std::min(begin + i * clip.stride, frames - 1));
    return chosen;
  }
  const double length = draw_span(clip, draw) * static_cast<double>(frames);
  const double begin = draw.training ? (static_cast<double>(frames) - length) * draw.random.unit(kBegin) : 0.0;
  const double phase = draw.training ? 0.5 : (static_cast<double>(draw.view) + 0.5) / static_cast<double>(clip.views);
  const double step = length / static_cast<double>(clip.frames);
  for (int64_t i = 0; i < clip.frames; ++i) {
    chosen.push_back(whole(begin + (static_cast<double>(i) + phase) * step, frames));
  }
  return chosen;
}

std::vector<int64_t> choose_paced_frames(int64_t frames, const ClipConfig& clip, const FrameDraw& draw,
                                         const Pace& pace) {
  check(frames, clip, draw);
  TRECVIT_CHECK(pace.speed >= 1 && pace.speed <= pace.fastest);
  const double most = static_cast<double>(frames - 1) / static_cast<double>(std::max(int64_t{1}, clip.frames - 1));
  const double wanted = clip.sampling == Sampling::kStride ? static_cast<double>(clip.stride * pace.fastest)
                                                           : draw_span(clip, draw) * most;
  const double step = std::min(wanted, most) * static_cast<double>(pace.speed) / static_cast<double>(pace.fastest);
  const double length = step * static_cast<double>(clip.frames - 1);
  const double begin = std::max(0.0, static_cast<double>(frames - 1) - length) * place_in_room(clip, draw);
  std::vector<int64_t> chosen;
  for (int64_t i = 0; i < clip.frames; ++i) chosen.push_back(whole(begin + static_cast<double>(i) * step, frames));
  return chosen;
}

}  // namespace trecvit
