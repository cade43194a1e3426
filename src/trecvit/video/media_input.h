// Encoded bytes as FFmpeg reads them: through this object alone, so that no protocol of the libraries takes part.
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "trecvit/io/byte_source.h"
#include "trecvit/video/ffmpeg.h"

namespace trecvit {

class MediaInput {
 public:
  virtual ~MediaInput();
  MediaInput(const MediaInput&) = delete;
  MediaInput& operator=(const MediaInput&) = delete;

  // Positioned at the first byte after construction. Valid as long as this object.
  AVIOContext* context() const { return context_; }
  bool is_seekable() const { return context_->seekable != 0; }
  // The first bytes, or all of them: enough to recognise the kind of file.
  virtual const ByteSource& beginning() const = 0;
  // All bytes, for random access; null if they can be read only once.
  virtual const ByteSource* bytes() const { return nullptr; }
  // Throws what ended the reading, unless that was the end of the input: Error(kResource) for a failing disk, or
  // Stopped.
  void rethrow() const;

 protected:
  // stop: checked before each piece is read. Throws Error(kResource) if allocation fails.
  MediaInput(const std::string& name, bool seekable, std::stop_token stop);

 private:
  // Fills part of `out` and returns the number of bytes, 0 at the end. An Error(kInput) also ends the input.
  virtual size_t read(std::span<std::byte> out) = 0;
  // As AVIOContext's seek; only called if seekable.
  virtual int64_t seek(int64_t offset, int whence);
  int read_for_ffmpeg(std::span<std::byte> out) noexcept;

  std::stop_token stop_;
  std::exception_ptr failure_;
  AVIOContext* context_ = nullptr;
};

// A file, opened once, so that what was checked is what is read. Throws Error(kInput) for a path that is missing, empty
// or not a regular file; Error(kResource) if no more files can be opened at present or allocation fails.
std::unique_ptr<MediaInput> open_media_file(const std::string& path, std::stop_token stop);

// Stdin, read once from its present position. Waits for data; a stop ends the wait within a tenth of a second. Throws
// Error(kInput) if stdin is closed, empty or a terminal.
std::unique_ptr<MediaInput> open_media_stdin(const std::stop_token& stop);

}  // namespace trecvit
