// Packets in, frames out.
#pragma once

#include <exception>
#include <string>

#include "trecvit/video/demuxer.h"

namespace trecvit {

class Decoder {
 public:
  // Throws Error(kInput) where no decoder for the stream is at hand or it refuses the stream's parameters. Borrows the
  // demuxer.
  Decoder(Demuxer& demuxer, const std::string& name, const SourceOptions& options);

  // Fills `frame` with the next one in the order shown; false at the end, for good. Throws what ends the reading early
  // once the frames before it were given, and Error(kResource) without memory.
  bool receive(AVFrame& frame);
  // Packets that could not be decoded or held a picture over the limit on pixels, and frames the decoder says it had to
  // repair.
  int64_t damaged_packets() const { return damaged_packets_; }

 private:
  void feed();

  Demuxer& demuxer_;
  std::string name_;
  int64_t max_pixels_;
  FfmpegPtr<AVCodecContext> codec_;
  bool draining_ = false;
  std::exception_ptr failure_;  // of the demuxer
  int64_t damaged_packets_ = 0;
};

}  // namespace trecvit
