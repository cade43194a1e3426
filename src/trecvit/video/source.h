// Where frames come from: a video file, an array of frames, pictures in a folder, or a generator. One interface, every
// frame in order. Each kind of source has its own file and a row in source_kinds.cc.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "trecvit/image/image.h"

namespace trecvit {

// Frames without times of their own, of arrays and of folders of pictures, are shown at 25 a second.
constexpr double kUntimedFrameSeconds = 1.0 / 25;

// One frame, which owns its pixels: it may wait in a queue, move to another thread, and be given to a source again.
struct Frame {
  Image image;                  // upright: rotation metadata is already applied
  int64_t index = 0;            // 0, 1, 2, ... in the order shown
  double pts_seconds = 0;       // presentation time, 0 at the first frame
  double duration_seconds = 0;  // until the next frame; 0 when unknown. Of a live source: the usual length
  bool after_gap = false;       // of a live source: the first one after a broken connection
  // Set if frames are read ahead (read_ahead.h): when it was read, and how many were skipped so far.
  std::chrono::steady_clock::time_point arrived = {};
  int64_t skipped = 0;
};

// What a source reports before decoding. Headers lie: counts and rates that come from them are named accordingly.
struct SourceInfo {
  std::string name;                               // without passwords (base/url.h)
  int width = 0, height = 0;                      // after rotation
  std::string format, codec;                      // empty if there is none
  std::optional<double> fps_from_header;          // if the rate varies, the finest one, by which it is shown
  std::optional<double> average_fps_from_header;  // if the header counts the frames; at most the above
  std::optional<double> duration_seconds_from_header;
  std::optional<int64_t> frames_from_header;
  bool is_live = false;  // frames come when they are taken, whether they are read or not
};

// What went wrong while reading without ending it, and what a user should know about it.
struct SourceFaults {
  int64_t damaged_packets = 0;
  int64_t missing_pictures = 0;    // numbers without a picture, between the first and the last of a folder
  int64_t broken_connections = 0;  // to a live source, after which it went on
  bool is_over = false;            // of a live source: its server said that there is no more
  std::string choice = {};         // which of several video tracks is read; else empty
};

class FrameSource {
 public:
  virtual ~FrameSource() = default;
  virtual const SourceInfo& info() const = 0;
  // Reads the next frame into `frame`, whose memory is reused; false at the end, and `frame` is then meaningless.
  // Throws Error(kInput) if the rest cannot be read, Stopped (base/stop.h) once the options' stop was requested.
  virtual bool read(Frame& frame) = 0;
  // The same, into a new frame.
  std::optional<Frame> next();
  virtual SourceFaults faults() const { return {}; }
};

inline constexpr int64_t kDefaultMaxPixels = int64_t{4096} * 4096;

// Frames without a header: bytes R, G, B, row by row, frame after frame.
struct RawVideo {
  int height = 0, width = 0;
  double fps = 25;
};

struct SourceOptions {
  int64_t max_pixels = kDefaultMaxPixels;  // of one frame
  int64_t probe_bytes = 5'000'000;         // of an encoded video, read to find out what it is; 2048 to 1e9
  int max_tracks = 4096;                   // of a container
  int decoder_threads = 1;                 // 0: one per core
  double timeout_seconds = 10;             // of a wait for a network or a camera
  double reconnect_seconds = 30;           // how long a broken connection to a live source is tried again; 0: never
  std::stop_token stop = {};               // checked before each frame and each piece of an encoded file
  std::optional<uint64_t> seed = {};       // of generated frames whose name gives none
  std::optional<RawVideo> raw = {};        // the bytes of a file or of stdin are not encoded
};

// One kind of source.
struct SourceKind {
  const char* name;  // "array"
  bool (*takes)(const std::string& source);
  std::unique_ptr<FrameSource> (*open)(const std::string& source, const SourceOptions& options);
};
// All kinds; the first one that takes a source opens it, and the last one takes everything.
std::span<const SourceKind> source_kinds();

// Opens one source: with options.raw the bytes of a file or of stdin; else stdin ("-"), a file (video, .npy, .npz, or a
// picture as a video of one frame), a folder of numbered pictures, or "synthetic:NAME?seed=1&frames=64&size=224";
// source_list.h makes single sources of lists, patterns and folders. Throws Error(kInput) if it cannot be read,
// Error(kUsage) for a malformed synthetic: specification, Error(kUnavailable) for encoded video in a build without
// FFmpeg and for what this version or this FFmpeg cannot read; each message says what to do instead.
std::unique_ptr<FrameSource> open_source(const std::string& source, const SourceOptions& options = {});

// The libraries that decode video, with versions, as one line of text; the containers that can be opened; and the video
// codecs that can be decoded here, in alphabetical order. Empty lists in a build without FFmpeg.
std::string video_libraries();
std::vector<std::string> video_formats();
std::vector<std::string> video_codecs();

}  // namespace trecvit
