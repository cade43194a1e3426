#include "trecvit/video/stream_facts.h"

#include <algorithm>

namespace trecvit {
namespace {

std::optional<double> positive(AVRational value) {
  if (value.num <= 0 || value.den <= 0) return std::nullopt;
  return av_q2d(value);
}

std::optional<double> duration_seconds(const AVFormatContext& format, const AVStream& stream) {
  if (stream.duration > 0) return static_cast<double>(stream.duration) * av_q2d(stream.time_base);
  if (format.duration > 0) return static_cast<double>(format.duration) / AV_TIME_BASE;
  return std::nullopt;
}

// The header's count of frames, without frames that only repeat the one before: in AVI these have no entry in the list
// of frames, in other formats an entry without bytes. A list that ends before the video does is still incomplete.
int64_t counted_frames(AVStream& stream) {
  const int entries = avformat_index_get_entries_count(&stream);
  if (stream.nb_frames <= 0 || entries == 0) return stream.nb_frames;
  const AVIndexEntry* last = avformat_index_get_entry(&stream, entries - 1);
  if (static_cast<double>(last->timestamp) < 0.9 * static_cast<double>(stream.duration)) return stream.nb_frames;
  int64_t frames = 0;
  for (int i = 0; i < entries; ++i) frames += avformat_index_get_entry(&stream, i)->size > 0;
  return std::min(frames, stream.nb_frames);
}

std::optional<double> average_fps(AVStream& stream, const std::optional<double>& finest) {
  const double seconds = static_cast<double>(stream.duration) * av_q2d(stream.time_base);
  const double fps = static_cast<double>(counted_frames(stream)) / seconds;
  if (!(seconds > 0 && fps > 0)) return std::nullopt;
  return finest ? std::min(fps, *finest) : fps;
}

}  // namespace

SourceInfo facts_of_stream(AVFormatContext& format, AVStream& stream) {
  SourceInfo info;
  info.width = stream.codecpar->width;
  info.height = stream.codecpar->height;
  info.format = format.iformat->name;
  info.codec = avcodec_get_name(stream.codecpar->codec_id);
  info.fps_from_header = positive(av_guess_frame_rate(&format, &stream, nullptr));
  info.average_fps_from_header = average_fps(stream, info.fps_from_header);
  info.duration_seconds_from_header = duration_seconds(format, stream);
  if (stream.nb_frames > 0) info.frames_from_header = stream.nb_frames;
  return info;
}

}  // namespace trecvit
