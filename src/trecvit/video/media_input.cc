#include "trecvit/video/media_input.h"

#include <algorithm>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/stop.h"

namespace trecvit {
namespace {

constexpr int kPiece = 32 << 10;

}  // namespace

MediaInput::MediaInput(std::string name, std::stop_token stop, double seconds)
    : name_(std::move(name)), interrupt_(std::move(stop), seconds) {}

MediaBytes::MediaBytes(std::string name, bool seekable, std::stop_token stop, double seconds)
    : MediaInput(std::move(name), std::move(stop), seconds) {
  auto* buffer = static_cast<unsigned char*>(av_malloc(kPiece));
  // Called from C, which no exception may cross.
  const auto read_bytes = [](void* self, uint8_t* out, int bytes) noexcept {
    const std::span room(out, static_cast<size_t>(bytes));
    return static_cast<MediaBytes*>(self)->read_for_ffmpeg(std::as_writable_bytes(room));
  };
  int64_t (*seek_bytes)(void*, int64_t, int) = nullptr;
  if (seekable) {
    seek_bytes = [](void* self, int64_t offset, int whence) noexcept {
      return static_cast<MediaBytes*>(self)->seek(offset, whence);
    };
  }
  if (buffer != nullptr) context_ = avio_alloc_context(buffer, kPiece, 0, this, read_bytes, nullptr, seek_bytes);
  if (context_ == nullptr) {
    av_free(buffer);
    fail(ErrorKind::kResource, MediaInput::name(), "expected memory to read the input, got none");
  }
}

MediaBytes::~MediaBytes() {
  av_freep(static_cast<void*>(&context_->buffer));  // FFmpeg may have replaced the original one
  avio_context_free(&context_);
}

void MediaBytes::rethrow() const {
  if (failure_) std::rethrow_exception(failure_);
  MediaInput::rethrow();
}

int64_t MediaBytes::seek(int64_t, int) { return AVERROR(ENOSYS); }

int MediaBytes::read_for_ffmpeg(std::span<std::byte> out) noexcept {
  if (failure_) return AVERROR_EXIT;
  try {
    interrupt().restart();
    if (interrupt().is_due()) throw Stopped{};  // it has only begun to wait
    const size_t bytes = read(out);
    return bytes == 0 ? AVERROR_EOF : static_cast<int>(bytes);
  } catch (const Error&) {
    failure_ = std::current_exception();
    return AVERROR(EIO);
  } catch (...) {
    failure_ = std::current_exception();
    return AVERROR_EXIT;
  }
}

size_t FirstBytes::give(std::span<std::byte> out) {
  const size_t bytes = std::min(static_cast<size_t>(source_->size()) - given_, out.size());
  std::copy_n(first_.begin() + static_cast<std::ptrdiff_t>(given_), bytes, out.begin());
  given_ += bytes;
  return bytes;
}

}  // namespace trecvit
