#include "trecvit/data/frame_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/random.h"

namespace trecvit {
namespace {

// The frame at each position.
std::vector<size_t> places(size_t frames, FrameOrder order, const Choice& choice, bool training) {
  const RandomStream random(choice.draw.seed,
                            fmt::format("frames/{}/{}/{}", choice.draw.epoch, choice.index, choice.draw.view));
  std::vector<size_t> from(frames);
  std::iota(from.begin(), from.end(), size_t{0});
  if (order == FrameOrder::kReversed) std::reverse(from.begin(), from.end());
  if (order == FrameOrder::kShuffled) {
    for (size_t i = frames; i > 1; --i) std::swap(from[i - 1], from[random.bits(i) % i]);
  }
  if (order == FrameOrder::kFrozen)
    std::fill(from.begin(), from.end(), training ? random.bits(0) % frames : frames / 2);
  return from;
}

template <class T>
void gather(std::vector<T>& all, const std::vector<size_t>& from) {
  const size_t one = all.size() / from.size();
  std::vector<T> out(all.size());
  for (size_t t = 0; t < from.size(); ++t)
    std::copy_n(all.begin() + static_cast<ptrdiff_t>(from[t] * one), one,
                out.begin() + static_cast<ptrdiff_t>(t * one));
  all = std::move(out);
}

}  // namespace

void reorder_frames(Clip& clip, const Reordering& wanted, const Choice& choice) {
  if (wanted.order == FrameOrder::kAsIs) return;
  TRECVIT_CHECK(wanted.frames > 0 && clip.pixels.size() % static_cast<size_t>(wanted.frames) == 0);
  const auto from = places(static_cast<size_t>(wanted.frames), wanted.order, choice, wanted.training);
  gather(clip.pixels, from);
  if (wanted.frame_targets) gather(clip.targets, from);
  clip.motion.clear();
}

}  // namespace trecvit
