// Where FFmpeg's formats read from: encoded bytes, or a device or address that a format reads by itself.
#pragma once

#include <array>
#include <cstddef>
#include <exception>
#include <limits>
#include <memory>
#include <span>
#include <stop_token>
#include <string>

#include "trecvit/io/byte_source.h"
#include "trecvit/video/ffmpeg.h"
#include "trecvit/video/interrupt.h"
#include "trecvit/video/source.h"

namespace trecvit {

// An address that one format reads by itself, without bytes that pass through us.
struct MediaAddress {
  InputFormat* format = nullptr;
  std::string address;
  std::string formats, protocols;  // that may take part, with commas between them
  FfmpegOptions options;           // of the format
  bool is_device = false;          // it answers at once if it has no frame yet
};

class MediaInput {
 public:
  virtual ~MediaInput() = default;
  MediaInput(const MediaInput&) = delete;
  MediaInput& operator=(const MediaInput&) = delete;

  // The bytes, positioned at the first one after construction; valid as long as this object. Null if there is an
  // address instead.
  virtual AVIOContext* context() const { return nullptr; }
  virtual MediaAddress* address() { return nullptr; }

  // The first bytes, or all of them, enough to recognise the kind of file; null without bytes.
  virtual const ByteSource* beginning() const { return nullptr; }
  // All bytes, for random access; null if they can be read only once.
  virtual const ByteSource* bytes() const { return nullptr; }
  // Frames come when they are taken, not when they are asked for.
  virtual bool is_live() const { return false; }
  // The other side said that there is no more, so that it makes no sense to connect again.
  virtual bool is_over() const { return false; }
  bool is_seekable() const { return context() != nullptr && context()->seekable != 0; }
  Interrupt& interrupt() { return interrupt_; }
  // Throws what ended the reading, unless that was the end of the input: Error(kResource) for a failing disk,
  // Error(kInput) for a connection that broke or gave nothing for too long, or Stopped.
  virtual void rethrow() const { interrupt_.rethrow(name_); }

 protected:
  // name: for messages; seconds: how long one call may wait.
  MediaInput(std::string name, std::stop_token stop, double seconds = std::numeric_limits<double>::infinity());
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  Interrupt interrupt_;
};

// Encoded bytes, which FFmpeg reads through this object alone, so that no protocol of the libraries takes part.
class MediaBytes : public MediaInput {
 public:
  ~MediaBytes() override;
  AVIOContext* context() const override { return context_; }
  void rethrow() const override;

 protected:
  // stop: checked before each piece is read. Throws Error(kResource) if allocation fails.
  MediaBytes(std::string name, bool seekable, std::stop_token stop,
             double seconds = std::numeric_limits<double>::infinity());

 private:
  // Fills part of `out` and returns the number of bytes, 0 at the end.
  virtual size_t read(std::span<std::byte> out) = 0;
  // As AVIOContext's seek; only called if seekable.
  virtual int64_t seek(int64_t offset, int whence);
  int read_for_ffmpeg(std::span<std::byte> out) noexcept;

  std::exception_ptr failure_;
  AVIOContext* context_ = nullptr;
};

// The first bytes of an input that can be read only once: read when it is opened, and given again before the others.
class FirstBytes {
 public:
  // Enough to recognise the kinds of files.
  static constexpr size_t kMost = 4096;
  // read_some: fills part of the span, 0 at the end.
  template <class ReadSome>
  void read(const ReadSome& read_some, const std::string& name) {
    size_t bytes = 0;
    for (size_t got = 1; got > 0 && bytes < kMost; bytes += got) got = read_some(std::span(first_).subspan(bytes));
    source_ = open_memory(std::span(first_).first(bytes), name);
  }
  const ByteSource& source() const { return *source_; }
  // Copies what was not given yet; 0 once all was.
  size_t give(std::span<std::byte> out);
  void give_no_more() { given_ = static_cast<size_t>(source_->size()); }

 private:
  std::array<std::byte, kMost> first_;
  std::unique_ptr<ByteSource> source_;
  size_t given_ = 0;
};

// A file, opened once, so that what was checked is what is read. Throws Error(kInput) for a path that is missing, empty
// or not a regular file; Error(kResource) if no more files can be opened at present or allocation fails.
std::unique_ptr<MediaInput> open_media_file(const std::string& path, std::stop_token stop);

// Stdin, read once from its present position. Waits for data; a stop ends the wait within a tenth of a second. Throws
// Error(kInput) if stdin is closed, empty or a terminal.
std::unique_ptr<MediaInput> open_media_stdin(const std::stop_token& stop);

// The bytes behind an address of one of the protocols in media_url.cc, or an rtsp: address. A wait for data ends after
// options.timeout_seconds. Throws Error(kInput) if there is no connection or nothing comes, Error(kUnavailable) for
// another protocol and one that FFmpeg was built without, Stopped.
std::unique_ptr<MediaInput> open_media_url(const std::string& url, const SourceOptions& options);

}  // namespace trecvit
