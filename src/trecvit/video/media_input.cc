#include "trecvit/video/media_input.h"

#include "trecvit/base/error.h"
#include "trecvit/base/stop.h"

namespace trecvit {
namespace {

constexpr int kPiece = 32 << 10;

}  // namespace

MediaInput::MediaInput(const std::string& name, bool seekable, std::stop_token stop) : stop_(std::move(stop)) {
  auto* buffer = static_cast<unsigned char*>(av_malloc(kPiece));
  // Called from C, which no exception may cross.
  const auto read_bytes = [](void* self, uint8_t* out, int bytes) noexcept {
    const std::span room(out, static_cast<size_t>(bytes));
    return static_cast<MediaInput*>(self)->read_for_ffmpeg(std::as_writable_bytes(room));
  };
  int64_t (*seek_bytes)(void*, int64_t, int) = nullptr;
  if (seekable) {
    seek_bytes = [](void* self, int64_t offset, int whence) noexcept {
      return static_cast<MediaInput*>(self)->seek(offset, whence);
    };
  }
  if (buffer != nullptr) context_ = avio_alloc_context(buffer, kPiece, 0, this, read_bytes, nullptr, seek_bytes);
  if (context_ == nullptr) {
    av_free(buffer);
    fail(ErrorKind::kResource, name, "expected memory to read the input, got none");
  }
}

MediaInput::~MediaInput() {
  av_freep(static_cast<void*>(&context_->buffer));  // FFmpeg may have replaced the original one
  avio_context_free(&context_);
}

void MediaInput::rethrow() const {
  if (failure_) std::rethrow_exception(failure_);
}

int64_t MediaInput::seek(int64_t, int) { return AVERROR(ENOSYS); }

int MediaInput::read_for_ffmpeg(std::span<std::byte> out) noexcept {
  if (failure_) return AVERROR_EXIT;
  try {
    throw_if_stopped(stop_);
    const size_t bytes = read(out);
    return bytes == 0 ? AVERROR_EOF : static_cast<int>(bytes);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kInput) return AVERROR_EOF;  // a file that was cut short in the meantime
    failure_ = std::current_exception();
    return AVERROR(EIO);
  } catch (...) {
    failure_ = std::current_exception();
    return AVERROR_EXIT;
  }
}

}  // namespace trecvit
