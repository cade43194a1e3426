#include "trecvit/video/file_input.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <span>

#include "trecvit/base/checked.h"
#include "trecvit/base/error.h"
#include "trecvit/base/stop.h"

namespace trecvit {
namespace {

constexpr int kPiece = 32 << 10;

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

}  // namespace

FileInput::FileInput(const std::string& path, std::stop_token stop)
    : bytes_(open_checked(path)), stop_(std::move(stop)) {
  auto* buffer = static_cast<unsigned char*>(av_malloc(kPiece));
  // Called from C, which no exception may cross.
  const auto read = [](void* self, uint8_t* out, int bytes) noexcept {
    return static_cast<FileInput*>(self)->read(std::as_writable_bytes(std::span(out, static_cast<size_t>(bytes))));
  };
  const auto seek = [](void* self, int64_t offset, int whence) noexcept {
    return static_cast<FileInput*>(self)->seek(offset, whence);
  };
  if (buffer != nullptr) context_ = avio_alloc_context(buffer, kPiece, 0, this, read, nullptr, seek);
  if (context_ == nullptr) {
    av_free(buffer);
    fail(ErrorKind::kResource, printable(path), "expected memory to read the file, got none");
  }
}

FileInput::~FileInput() {
  av_freep(&context_->buffer);  // FFmpeg may have replaced the original one
  avio_context_free(&context_);
}

void FileInput::rethrow() const {
  if (failure_) std::rethrow_exception(failure_);
}

int FileInput::read(std::span<std::byte> out) {
  if (failure_) return AVERROR_EXIT;
  if (position_ >= bytes_->size()) return AVERROR_EOF;
  out = out.first(static_cast<size_t>(std::min<uint64_t>(out.size(), bytes_->size() - position_)));
  try {
    throw_if_stopped(stop_);
    bytes_->read(position_, out);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kInput) return AVERROR_EOF;  // it was cut short in the meantime
    failure_ = std::current_exception();
    return AVERROR(EIO);
  } catch (...) {
    failure_ = std::current_exception();
    return AVERROR_EXIT;
  }
  position_ += out.size();
  return static_cast<int>(out.size());
}

int64_t FileInput::seek(int64_t offset, int whence) {
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

}  // namespace trecvit
