// The packets of one video stream of a file that nobody vouches for.
#pragma once

#include <string>

#include "trecvit/video/ffmpeg.h"
#include "trecvit/video/source.h"

namespace trecvit {

class Demuxer {
 public:
  // Throws Error(kInput) for what open_video_file refuses before decoding.
  Demuxer(const std::string& path, int64_t max_pixels);

  // The next packet, valid until the next call; null at the end of the file, and after too many damaged ones in a row.
  // Throws Error(kInput) when the file cannot be read any more, or is encrypted.
  const AVPacket* next();

  const AVStream& stream() const { return *stream_; }
  // Size before rotation; counts and rates as the header has them.
  SourceInfo describe() const;
  int64_t damaged_packets() const { return damaged_packets_; }

 private:
  void probe(int64_t max_pixels);
  AVStream* first_video() const;  // null where there is none
  void check_stream(int64_t max_pixels);
  void check_end() const;
  [[noreturn]] void fail_encrypted() const;

  std::string name_;
  FfmpegPtr<AVFormatContext> format_;
  AVStream* stream_ = nullptr;
  FfmpegPtr<AVPacket> packet_;
  int64_t damaged_packets_ = 0;
};

}  // namespace trecvit
