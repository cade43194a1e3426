// Encoded video output: pictures, one after the other, into an H.264 .mp4 that every player knows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "trecvit/image/image.h"
#include "trecvit/io/atomic_file.h"

namespace trecvit {

struct VideoWriterOptions {
  int height = 0, width = 0;  // of every picture; an odd side is extended by one black line
  double fps = 25;            // 0.1 to 1000
  Overwrite overwrite = Overwrite::kNo;
};

// For one thread. The file appears whole, with finish(), or not at all; memory does not grow with its length.
class VideoWriter {
 public:
  // Throws Error(kUsage) for sizes or rates out of range and if the file exists, Error(kUnavailable) in a build without
  // FFmpeg or with one that cannot encode H.264, Error(kResource) if the file cannot be written.
  VideoWriter(const std::string& path, const VideoWriterOptions& options);
  ~VideoWriter();
  VideoWriter(const VideoWriter&) = delete;
  VideoWriter& operator=(const VideoWriter&) = delete;

  // picture: bytes (PixelType::kU8) of the declared size. Throws Error(kResource) if writing to the disk fails.
  void add(const ImageView& picture);
  // The same at a time of its own, in seconds, for pictures at other distances than 1 / fps. Times are 0 or more; one
  // that is not later than the time before is moved behind it.
  void add(const ImageView& picture, double seconds);
  // Throws Error(kResource) if writing to the disk fails.
  void finish();

 private:
  struct Encoder;
  std::unique_ptr<Encoder> encoder_;
};

}  // namespace trecvit
