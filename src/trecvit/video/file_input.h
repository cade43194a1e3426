// The bytes of one file as FFmpeg reads them: opened here, once, so that what was checked is what is read, and no
// protocol of the libraries takes part.
#pragma once

#include <exception>
#include <memory>
#include <stop_token>
#include <string>

#include "trecvit/io/byte_source.h"
#include "trecvit/video/ffmpeg.h"

namespace trecvit {

class FileInput {
 public:
  // stop: checked before each piece is read.
  // Throws Error(kInput) for a path that is missing, empty or not a regular file; Error(kResource) if no more files can
  // be opened at present or allocation fails.
  FileInput(const std::string& path, std::stop_token stop);
  ~FileInput();
  FileInput(const FileInput&) = delete;
  FileInput& operator=(const FileInput&) = delete;

  // Positioned at the first byte after construction. Valid as long as this object.
  AVIOContext* context() const { return context_; }
  const ByteSource& bytes() const { return *bytes_; }
  // Throws what ended the reading, unless that was the end of the file: Error(kResource) for a failing disk, or
  // Stopped.
  void rethrow() const;

 private:
  int read(std::span<std::byte> out);
  int64_t seek(int64_t offset, int whence);

  std::unique_ptr<ByteSource> bytes_;
  std::stop_token stop_;
  uint64_t position_ = 0;
  std::exception_ptr failure_;
  AVIOContext* context_ = nullptr;
};

}  // namespace trecvit
