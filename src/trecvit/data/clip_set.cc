#include "trecvit/data/clip_set.h"

#include <fmt/ranges.h>

#include <optional>

#include "trecvit/base/error.h"
#include "trecvit/data/augment.h"

namespace trecvit {
namespace {

int64_t cache_bytes(double gigabytes) {
  constexpr double kMost = 1e6;  // a petabyte
  return static_cast<int64_t>(std::min(gigabytes, kMost) * 1e9);
}

PixelSize size_of(const ClipOptions& options) {
  return {static_cast<int>(options.height), static_cast<int>(options.width)};
}

}  // namespace

ClipSet::ClipSet(ClipRows rows, const ClipOptions& options)
    : rows_(std::move(rows)),
      options_(options),
      cache_(std::make_unique<ClipCache>(
          ClipCacheOptions{cache_bytes(options.cache_gb), options.cache_side, options.cache_every})) {}

int64_t ClipSet::frame_stride() const {
  return options_.clip.sampling == Sampling::kStride ? options_.clip.stride * options_.cache_every : 1;
}

uint64_t ClipSet::fingerprint() const {
  uint64_t hash = fnv1a(fmt::format("{}", fmt::join(rows_.classes, "\n")));
  for (const auto& row : rows_.rows)
    hash = fnv1a(fmt::format("\n{}\t{}\t{}", row.name, fmt::join(row.labels, ";"), row.group), hash);
  return hash;
}

int64_t ClipSet::views() const { return options_.training ? 1 : options_.clip.views * options_.clip.crops; }

void ClipSet::read(int64_t row, const Request& request, std::span<uint8_t> out) const {
  const PixelSize size = size_of(options_);
  const size_t frame_bytes = size_t{3} * size.height * size.width;
  std::optional<Look> look;
  std::optional<Resizer> resizer;
  cache_->read(this->row(row).path, request.choose, [&](int64_t position, const ImageView& picture) {
    if (!look) {
      look = draw_look({picture.height, picture.width}, options_, {request.look, request.crop});
      resizer.emplace(look->rows, look->columns);
    }
    const auto frame = out.subspan(static_cast<size_t>(position) * frame_bytes, frame_bytes);
    const int64_t corner = int64_t{look->top} * size.width + look->left;
    resizer->run(picture, frame.data() + 3 * corner, size.width);
    if (look->flip) flip_picture(size, frame);
  });
  finish_look(*look, size, request.look, out);
}

std::vector<uint8_t> ClipSet::empty_pixels() const {
  return std::vector<uint8_t>(static_cast<size_t>(options_.clip.frames * options_.height * options_.width) * 3);
}

std::vector<float> ClipSet::make_targets(std::span<const int64_t> labels, size_t count) const {
  const size_t rows = options_.frame_targets ? static_cast<size_t>(options_.clip.frames) : 1;
  std::vector<float> targets(rows * count);
  for (size_t row = 0; row < rows; ++row) {
    for (const int64_t label : labels) targets[row * count + static_cast<size_t>(label)] = 1;
  }
  return targets;
}

RandomStream sample_stream(std::string_view purpose, int64_t index, const Draw& draw) {
  return {draw.seed, fmt::format("{}/{}/{}", purpose, draw.epoch, index)};
}

}  // namespace trecvit
