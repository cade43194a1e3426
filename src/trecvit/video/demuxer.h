// The packets of one video track of untrusted input.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "trecvit/video/ffmpeg.h"
#include "trecvit/video/media_input.h"
#include "trecvit/video/source.h"
#include "trecvit/video/track_places.h"

namespace trecvit {

class Demuxer {
 public:
  // name: for messages. Throws Error(kInput) for everything that open_video refuses before decoding.
  Demuxer(std::unique_ptr<MediaInput> input, std::string name, const SourceOptions& options);

  // The next packet, valid until the next call; null at the end of the file.
  // Throws Error(kInput) after too many damaged packets in a row or if the stream is encrypted, Error(kResource) if the
  // machine cannot read on, and Stopped.
  const AVPacket* next();

  const AVStream& stream() const { return *stream_; }
  bool is_live() const { return input_->is_live(); }
  bool is_over() const { return input_->is_over(); }
  // Size before rotation; counts and rates as in the header.
  SourceInfo describe() const;
  int64_t damaged_packets() const { return damaged_packets_; }
  // Which track is read, if several have moving pictures, and what part of a joined file is not read (for transport
  // streams and Flash video only once the end was reached); else empty.
  std::string choice() const;

 private:
  InputFormat* recognise();
  void open(InputFormat* format);
  void check_order() const;
  void probe();
  void choose_video();
  void check_stream() const;
  int read_packet();
  bool is_read_as(const char* format) const;
  void note_second(std::optional<uint64_t> offset);
  void note_place(const AVPacket& packet);
  [[noreturn]] void fail_opening(int error) const;
  [[noreturn]] void fail_index_at_end() const;
  [[noreturn]] void fail_without_video() const;
  [[noreturn]] void fail_encrypted() const;

  std::string name_;
  SourceOptions options_;
  std::unique_ptr<MediaInput> input_;
  FfmpegPtr<AVFormatContext> format_;
  AVStream* stream_ = nullptr;
  FfmpegPtr<AVPacket> packet_;
  int64_t damaged_packets_ = 0;
  std::string choice_;
  TrackPlaces places_;         // only of transport streams
  bool is_transport_ = false;  // an MPEG transport stream
  uint64_t last_place_ = 0;    // file offset of the last packet
  bool ended_ = false;
};

}  // namespace trecvit
