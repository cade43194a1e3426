// Packets in, frames out.
#pragma once

#include <exception>
#include <string>

#include "trecvit/video/demuxer.h"

namespace trecvit {

class Decoder {
 public:
  // Throws Error(kInput) if there is no decoder for the stream or it refuses the stream's parameters. Borrows the
  // demuxer.
  Decoder(Demuxer& demuxer, const std::string& name, const SourceOptions& options);

  // Fills `frame` with the next one in display order; false at the end, and from then on. What ends the reading early
  // is thrown after the frames before it were given; Error(kResource) if allocation fails.
  bool receive(AVFrame& frame);
  // Packets that could not be decoded or held a picture over the pixel limit, and frames that the decoder reports as
  // repaired.
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
