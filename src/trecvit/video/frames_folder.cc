#include "trecvit/video/frames_folder.h"

#include <algorithm>
#include <filesystem>

#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"
#include "trecvit/base/stop.h"
#include "trecvit/base/text.h"
#include "trecvit/video/picture_file.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxPictures = 10'000'000;
constexpr int64_t kMaxNumber = 1'000'000'000'000'000;  // fits times of day in microseconds; sums do not overflow

struct NumberedPicture {
  int64_t number = 0;
  std::string path;
};

// The number at the end of a picture's stem.
std::optional<int64_t> number_of(const fs::path& path) {
  if (!is_picture_name(path.string())) return std::nullopt;
  const std::string stem = path.stem().string();
  const size_t before = stem.find_last_not_of("0123456789");
  const size_t begin = before == std::string::npos ? 0 : before + 1;
  const auto number = parse_number<int64_t>(std::string_view(stem).substr(begin));
  return number && *number <= kMaxNumber ? number : std::nullopt;
}

std::vector<NumberedPicture> list_pictures(const std::string& folder) {
  const std::string name = printable(folder);
  std::error_code error;
  std::vector<NumberedPicture> pictures;
  fs::directory_iterator entry(folder, error);
  if (error) fail_input(name, "expected a folder of numbered pictures, got: {}", error.message());
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const auto number = number_of(entry->path());
    if (!number) continue;
    pictures.push_back({*number, entry->path().string()});
    if (pictures.size() > kMaxPictures) fail_input(name, "expected at most {} pictures, got more", kMaxPictures);
  }
  if (error) fail_input(name, "expected a folder that can be read, got: {}", error.message());
  if (pictures.empty()) {
    fail_input(name, "expected pictures whose names end in a number (000001.jpg, frame_2.png), got none");
  }
  const auto by_number = [](const NumberedPicture& a, const NumberedPicture& b) { return a.number < b.number; };
  std::sort(pictures.begin(), pictures.end(), by_number);
  for (size_t i = 1; i < pictures.size(); ++i) {
    if (pictures[i].number != pictures[i - 1].number) continue;
    fail_input(name, "expected one picture per number, got '{}' and '{}'",
               printable(fs::path(pictures[i - 1].path).filename().string()),
               printable(fs::path(pictures[i].path).filename().string()));
  }
  return pictures;
}

class PictureSequence : public FrameSource {
 public:
  PictureSequence(const std::string& name, std::vector<NumberedPicture> pictures, const SourceOptions& options)
      : pictures_(std::move(pictures)),
        max_pixels_(options.max_pixels),
        stop_(options.stop),
        picture_(read_picture(pictures_[0].path, max_pixels_)) {
    info_.name = name;
    info_.height = picture_.height;
    info_.width = picture_.width;
    info_.format = "pictures";
    info_.frames_from_header = static_cast<int64_t>(pictures_.size());
    info_.fps_from_header = 1 / kUntimedFrameSeconds;
  }

  const SourceInfo& info() const override { return info_; }

  bool read(Frame& frame) override {
    if (index_ == pictures_.size()) return false;
    throw_if_stopped(stop_);
    if (index_ > 0) picture_ = read_picture(pictures_[index_].path, max_pixels_);
    std::byte* pixels = frame.image.resize(PixelType::kU8, picture_.height, picture_.width);
    std::ranges::copy(std::as_bytes(std::span(picture_.rgb)), pixels);
    frame.index = static_cast<int64_t>(index_++);
    frame.pts_seconds = static_cast<double>(frame.index) * kUntimedFrameSeconds;
    frame.duration_seconds = kUntimedFrameSeconds;
    return true;
  }

  SourceFaults faults() const override {
    const int64_t numbers = pictures_.back().number - pictures_.front().number + 1;
    return {.missing_pictures = numbers - static_cast<int64_t>(pictures_.size())};
  }

 private:
  std::vector<NumberedPicture> pictures_;
  int64_t max_pixels_;
  std::stop_token stop_;
  Picture picture_;  // the newest
  SourceInfo info_;
  size_t index_ = 0;
};

}  // namespace

std::unique_ptr<FrameSource> open_frames_folder(const std::string& path, const SourceOptions& options) {
  return std::make_unique<PictureSequence>(path, list_pictures(path), options);
}

std::unique_ptr<FrameSource> open_picture(const std::string& path, const SourceOptions& options) {
  return std::make_unique<PictureSequence>(path, std::vector<NumberedPicture>{{0, path}}, options);
}

bool is_frames_folder(const std::string& path) {
  std::error_code error;
  for (fs::directory_iterator entry(path, error); !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (number_of(entry->path())) return true;
  }
  return false;
}

int64_t count_pictures(const std::string& path) {
  std::error_code error;
  int64_t count = 0;
  for (fs::directory_iterator entry(path, error); !error && entry != fs::directory_iterator(); entry.increment(error))
    count += number_of(entry->path()).has_value();
  return count;
}

bool is_picture_name(const std::string& path) {
  const std::string ending = ascii_lower(fs::path(path).extension().string());
  return ending == ".jpg" || ending == ".jpeg" || ending == ".png";
}

}  // namespace trecvit
