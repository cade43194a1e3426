// Encoded video from a file; declared in media_input.h.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "trecvit/base/checked.h"
#include "trecvit/base/error.h"
#include "trecvit/video/media_input.h"

namespace trecvit {
namespace {

// The usual mistakes, in words; what open_file finds is decisive.
std::unique_ptr<ByteSource> open_checked(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  const std::string name = printable(path);
  if (status.type() == std::filesystem::file_type::not_found) {
    fail_input(name, "expected a video file, got no file of this name");
  }
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    fail_input(name, "expected a video file, got a folder or a device");
  }
  auto bytes = open_file(path);
  if (bytes->size() == 0) fail_input(name, "expected a video file, got an empty one");
  return bytes;
}

class MediaFile : public MediaBytes {
 public:
  MediaFile(const std::string& path, std::stop_token stop)
      : MediaBytes(printable(path), /*seekable=*/true, std::move(stop)), bytes_(open_checked(path)) {}

  const ByteSource* beginning() const override { return bytes_.get(); }
  const ByteSource* bytes() const override { return bytes_.get(); }

 private:
  size_t read(std::span<std::byte> out) override {
    if (position_ >= bytes_->size()) return 0;
    out = out.first(static_cast<size_t>(std::min<uint64_t>(out.size(), bytes_->size() - position_)));
    try {
      bytes_->read(position_, out);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kInput) throw;
      return 0;  // it was cut short in the meantime
    }
    position_ += out.size();
    return out.size();
  }

  int64_t seek(int64_t offset, int whence) override {
    const auto size = static_cast<int64_t>(bytes_->size());
    if ((whence & AVSEEK_SIZE) != 0) return size;
    whence &= ~AVSEEK_FORCE;
    if (whence != SEEK_SET && whence != SEEK_CUR && whence != SEEK_END) return AVERROR(EINVAL);
    const int64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? static_cast<int64_t>(position_) : size;
    const auto target = checked_add(from, offset);
    if (!target || *target < 0) return AVERROR(EINVAL);
    position_ = static_cast<uint64_t>(*target);
    return *target;
  }

  std::unique_ptr<ByteSource> bytes_;
  uint64_t position_ = 0;
};

}  // namespace

std::unique_ptr<MediaInput> open_media_file(const std::string& path, std::stop_token stop) {
  return std::make_unique<MediaFile>(path, std::move(stop));
}

}  // namespace trecvit
