#include "trecvit/data/clip_set.h"

#include <fmt/ranges.h>

#include <optional>
#include <unordered_set>

#include "trecvit/base/error.h"
#include "trecvit/base/hash.h"
#include "trecvit/data/augment.h"
#include "trecvit/data/file_places.h"

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
      cache_(std::make_unique<ClipCache>(ClipCacheOptions{cache_bytes(options.cache_gb), options.cache_side,
                                                          options.cache_every, options.max_pixels})) {}

int64_t ClipSet::frame_stride() const {
  return options_.clip.sampling == Sampling::kStride ? options_.clip.stride * options_.cache_every : 1;
}

uint64_t ClipSet::fingerprint() const {
  uint64_t hash = hash_text(fmt::format("{}", fmt::join(rows_.classes, "\n")));
  for (const auto& row : rows_.rows)
    hash = hash_text(fmt::format("\n{}\t{}\t{}", row.name, fmt::join(row.labels, ";"), row.group), hash);
  return hash;
}

int64_t ClipSet::views() const { return options_.training ? 1 : options_.clip.views * options_.clip.crops; }

void ClipSet::read(int64_t row, const Request& request, std::span<uint8_t> out) const {
  const PixelSize size = size_of(options_);
  const size_t frame_bytes = size_t{3} * size.height * size.width;
  std::optional<Look> look;
  std::optional<Resizer> resizer;
  const int64_t steps = static_cast<int64_t>(out.size() / frame_bytes) - 1;
  const auto choose = [&](int64_t frames) {
    if (frames <= steps * (options_.clip.sampling == Sampling::kStride ? options_.clip.stride : 1)) {
      const std::lock_guard lock(mutex_);
      short_.insert(row);
    }
    return request.choose(frames);
  };
  cache_->read(this->row(row).path, choose, [&](int64_t position, const ImageView& picture) {
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

std::vector<std::string> ClipSet::remarks() const {
  std::vector<std::string> lines;
  const auto damaged = cache_->damaged();
  if (!damaged.empty())
    lines.push_back(fmt::format("{} files are partly damaged and are used as far as they can be decoded, such as {}",
                                damaged.size(), printable(damaged.front())));
  if (const std::string choices = describe_choices(cache_->choices()); !choices.empty()) lines.push_back(choices);
  const std::lock_guard lock(mutex_);
  if (!short_.empty())
    lines.push_back(fmt::format("{} files have fewer frames than a clip needs, so that frames are repeated, such as {}",
                                short_.size(), printable(row(*short_.begin()).name)));
  return lines;
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

std::string describe_shared_files(const ClipDataset& training, const ClipDataset& testing) {
  FilePlaces places;
  std::unordered_set<FilePlace, FilePlaceHash> trained, shared;
  for (int64_t i = 0; i < training.size(); ++i) {
    if (const std::string file = training.info(i).file; !file.empty()) trained.insert(places.of(file));
  }
  std::string one;
  for (int64_t i = 0; i < testing.size() && !trained.empty(); ++i) {
    const std::string file = testing.info(i).file;
    if (file.empty() || !trained.contains(places.of(file))) continue;
    if (shared.insert(places.of(file)).second && shared.size() == 1) one = file;
  }
  if (shared.empty()) return {};
  return fmt::format("{} files are also in the training set, such as {}", shared.size(), printable(one));
}

RandomStream sample_stream(std::string_view purpose, int64_t index, const Draw& draw) {
  return {draw.seed, fmt::format("{}/{}/{}", purpose, draw.epoch, index)};
}

}  // namespace trecvit
