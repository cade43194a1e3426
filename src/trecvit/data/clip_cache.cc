#include "trecvit/data/clip_cache.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "trecvit/base/error.h"
#include "trecvit/image/resize.h"

namespace trecvit {
namespace {

constexpr int64_t kMaxSourceFrames = 100'000'000;  // guards against a file without an end

// Converts pictures of any size and type to bytes, all of the first one's reduced size.
class Reducer {
 public:
  explicit Reducer(int64_t side) : side_(side) {}

  // Valid until the next call.
  ImageView operator()(const ImageView& picture) {
    const ImageView bytes = picture.type == PixelType::kU8 ? picture : to_bytes(picture);
    if (height_ == 0) set_size(bytes);
    if (bytes.height == height_ && bytes.width == width_) return bytes;
    if (!resizer_ || bytes.height != in_height_ || bytes.width != in_width_) {
      resizer_.emplace(whole_axis(bytes.height, height_), whole_axis(bytes.width, width_));
      in_height_ = bytes.height;
      in_width_ = bytes.width;
    }
    resized_.resize(size_t{3} * height_ * width_);
    resizer_->run(bytes, resized_.data(), width_);
    return {resized_.data(), PixelType::kU8, height_, width_, ptrdiff_t{3} * width_};
  }

 private:
  void set_size(const ImageView& picture) {
    const int64_t shorter = std::min(picture.height, picture.width);
    const int64_t side = side_ == 0 ? shorter : std::min(side_, shorter);
    const auto scaled = [&](int64_t in) { return static_cast<int>(std::max<int64_t>(1, in * side / shorter)); };
    height_ = scaled(picture.height);
    width_ = scaled(picture.width);
  }

  ImageView to_bytes(const ImageView& picture) {
    const size_t row = size_t{3} * picture.width;
    bytes_.resize(row * picture.height);
    for (int y = 0; y < picture.height; ++y) {
      const auto* values = picture.row<float>(y);
      for (size_t i = 0; i < row; ++i) bytes_[y * row + i] = static_cast<uint8_t>(std::lround(values[i] * 255));
    }
    return {bytes_.data(), PixelType::kU8, picture.height, picture.width, static_cast<ptrdiff_t>(row)};
  }

  int64_t side_;
  int height_ = 0, width_ = 0, in_height_ = 0, in_width_ = 0;
  std::optional<Resizer> resizer_;
  std::vector<uint8_t> bytes_, resized_;
};

// One in `every` frames of a source, up to the number that its header gives.
class ThinnedSource {
 public:
  ThinnedSource(const std::string& path, const ClipCacheOptions& options)
      : source_(open_source(path, {.max_pixels = options.max_pixels})), name_(printable(path)), every_(options.every) {
    const auto from_header = source_->info().frames_from_header;
    if (from_header && *from_header > 0) promised_ = (*from_header + every_ - 1) / every_;
  }

  std::optional<int64_t> promised() const { return promised_; }

  // Valid until the next call.
  std::optional<ImageView> next() {
    if (promised_ && taken_ == *promised_) return std::nullopt;
    while (source_->read(frame_)) {
      if (frame_.index >= kMaxSourceFrames) fail_input(name_, "expected at most {} frames, got more", kMaxSourceFrames);
      if (frame_.index % every_ != 0) continue;
      ++taken_;
      return frame_.image.view();
    }
    if (taken_ == 0) fail_input(name_, "expected at least one frame, got none");
    return std::nullopt;
  }
  int64_t taken() const { return taken_; }
  SourceFaults faults() const { return source_->faults(); }

 private:
  std::unique_ptr<FrameSource> source_;
  Frame frame_;
  std::string name_;
  int64_t every_, taken_ = 0;
  std::optional<int64_t> promised_;
};

// Positions by frame, so that frames can be delivered as they are decoded. A choice among the frames that the header
// promises is kept if all of them exist, whether or not that is known in advance.
std::multimap<int64_t, int64_t> choose_positions(const ClipCache::Choose& choose, int64_t promised, int64_t there) {
  std::vector<int64_t> chosen = choose(promised);
  TRECVIT_CHECK(!chosen.empty());
  if (*std::max_element(chosen.begin(), chosen.end()) >= there) chosen = choose(there);
  std::multimap<int64_t, int64_t> positions;
  for (size_t i = 0; i < chosen.size(); ++i) {
    TRECVIT_CHECK(chosen[i] >= 0 && chosen[i] < there);
    positions.emplace(chosen[i], static_cast<int64_t>(i));
  }
  return positions;
}

// False if the source ended before the last chosen frame.
bool hand_out(ThinnedSource& source, Reducer& reducer, const std::multimap<int64_t, int64_t>& positions,
              const ClipCache::Take& take) {
  auto wanted = positions.begin();
  for (int64_t frame = 0; wanted != positions.end(); ++frame) {
    const auto picture = source.next();
    if (!picture) return false;
    if (wanted->first != frame && frame > 0) continue;
    const ImageView reduced = reducer(*picture);  // also frame 0, which sets the size
    for (; wanted != positions.end() && wanted->first == frame; ++wanted) take(wanted->second, reduced);
  }
  return true;
}

}  // namespace

std::string describe_choices(const std::map<std::string, std::string>& choices) {
  if (choices.empty()) return {};
  const auto& [path, choice] = *choices.begin();
  return fmt::format("{} files hold more video than is read, such as {}: {}", choices.size(), printable(path), choice);
}

ClipCache::ClipCache(const ClipCacheOptions& options) : options_(options) {
  TRECVIT_CHECK(options.max_bytes >= 0 && options.side >= 0 && options.every >= 1);
}

void ClipCache::read(const std::string& path, const Choose& choose, const Take& take) {
  if (const auto clip = kept(path)) {
    const ptrdiff_t stride = ptrdiff_t{3} * clip->width;
    for (const auto& [frame, position] : choose_positions(choose, clip->promised, clip->frames)) {
      take(position,
           {clip->pixels.data() + frame * stride * clip->height, PixelType::kU8, clip->height, clip->width, stride});
    }
    return;
  }
  ThinnedSource source(path, options_);
  auto there = known_count(path);
  if (!source.promised() && !there) there = count(path);
  const int64_t promised = source.promised().value_or(there.value_or(0));
  Reducer reducer(options_.side);
  const bool complete = hand_out(source, reducer, choose_positions(choose, promised, there.value_or(promised)), take);
  note_faults(path, source.faults());
  if (complete) return;

  note_count(path, source.taken());
  ThinnedSource again(path, options_);
  Reducer reducer_again(options_.side);
  if (!hand_out(again, reducer_again, choose_positions(choose, promised, source.taken()), take)) {
    fail_input(printable(path), "expected {} frames as in the first pass, got {}; the file has changed", source.taken(),
               again.taken());
  }
}

std::shared_ptr<const ClipCache::Kept> ClipCache::kept(const std::string& path) {
  if (options_.max_bytes == 0) return nullptr;
  {
    const std::lock_guard lock(mutex_);
    const auto found = clips_.find(path);
    if (found != clips_.end()) return found->second;
  }
  auto clip = keep(path);
  const std::lock_guard lock(mutex_);
  const auto [place, is_new] = clips_.emplace(path, clip);
  if (!is_new && clip) bytes_ -= static_cast<int64_t>(clip->pixels.size());  // another thread was faster
  return place->second;
}

// The whole clip, or null if it does not fit.
std::shared_ptr<const ClipCache::Kept> ClipCache::keep(const std::string& path) {
  auto clip = std::make_shared<Kept>();
  try {
    if (fill(path, *clip)) return clip;
  } catch (...) {
    bytes_ -= static_cast<int64_t>(clip->pixels.size());
    throw;
  }
  bytes_ -= static_cast<int64_t>(clip->pixels.size());
  return nullptr;
}

// False if there is no room for the whole clip.
bool ClipCache::fill(const std::string& path, Kept& clip) {
  ThinnedSource source(path, options_);
  Reducer reducer(options_.side);
  while (const auto picture = source.next()) {
    const ImageView reduced = reducer(*picture);
    const size_t row = size_t{3} * reduced.width;
    if (!reserve(static_cast<int64_t>(row) * reduced.height)) return false;
    clip.height = reduced.height;
    clip.width = reduced.width;
    ++clip.frames;
    for (int y = 0; y < reduced.height; ++y) {
      const auto* values = reduced.row<uint8_t>(y);
      clip.pixels.insert(clip.pixels.end(), values, values + row);
    }
  }
  note_faults(path, source.faults());
  clip.pixels.shrink_to_fit();
  clip.promised = source.promised().value_or(clip.frames);
  return true;
}

bool ClipCache::reserve(int64_t bytes) {
  if (bytes_.fetch_add(bytes) + bytes <= options_.max_bytes) return true;
  bytes_ -= bytes;
  return false;
}

std::optional<int64_t> ClipCache::known_count(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(path);
  return found == counts_.end() ? std::nullopt : std::optional(found->second);
}

int64_t ClipCache::count(const std::string& path) {
  ThinnedSource source(path, options_);
  while (source.next()) {
  }
  note_count(path, source.taken());
  return source.taken();
}

std::vector<std::string> ClipCache::damaged() const {
  const std::lock_guard lock(mutex_);
  return {damaged_.begin(), damaged_.end()};
}

std::map<std::string, std::string> ClipCache::choices() const {
  const std::lock_guard lock(mutex_);
  return choices_;
}

void ClipCache::note_faults(const std::string& path, const SourceFaults& faults) {
  const bool damaged = faults.damaged_packets + faults.missing_pictures > 0;
  if (!damaged && faults.choice.empty()) return;
  const std::lock_guard lock(mutex_);
  if (damaged) damaged_.insert(path);
  if (!faults.choice.empty()) choices_.emplace(path, faults.choice);
}

void ClipCache::note_count(const std::string& path, int64_t frames) {
  const std::lock_guard lock(mutex_);
  counts_[path] = frames;
}

}  // namespace trecvit
