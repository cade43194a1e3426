// The fuzz entries for video: timestamps of frames, encoded files, pictures.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "support/fuzz_entries.h"
#include "trecvit/video/frame_clock.h"
#include "trecvit/video/picture_file.h"
#include "trecvit/video/source.h"

namespace trecvit::test {

inline constexpr int64_t kMaxFuzzPixels = 256 * 256;

// 17 bytes per frame: whether it has a timestamp, the timestamp, its duration. Times must never run backwards.
inline bool fuzz_frame_clock(std::span<const std::byte> bytes) {
  constexpr size_t kRecord = 17;
  std::vector<FrameStamp> stamps;
  for (size_t at = 0; at + kRecord <= bytes.size() && bytes.size() <= kMaxFuzzBytes; at += kRecord) {
    FrameStamp stamp{0, 0};
    std::memcpy(&*stamp.ticks, &bytes[at + 1], 8);
    std::memcpy(&stamp.duration_ticks, &bytes[at + 9], 8);
    if ((bytes[at] & std::byte{1}) == std::byte{0}) stamp.ticks.reset();
    stamps.push_back(stamp);
  }
  const bool wraps = !bytes.empty() && (bytes[0] & std::byte{2}) != std::byte{0};
  FrameClock clock({.seconds_per_tick = 1.0 / 90'000, .frame_seconds = 0.04, .wrap_bits = wraps ? 33 : 64});
  double last = 0;
  for (size_t i = 0; i < stamps.size(); ++i) {
    const double time = clock.next(stamps[i], [&](int k) -> std::optional<FrameStamp> {
      TRECVIT_CHECK(k >= 0 && k < FrameClock::kLookAhead);
      const size_t at = i + 1 + static_cast<size_t>(k);
      return at < stamps.size() ? std::optional(stamps[at]) : std::nullopt;
    });
    TRECVIT_CHECK(std::isfinite(time) && time >= last);
    last = time;
  }
  return !stamps.empty();
}

// An in-memory file that has a path.
class MemoryFile {
 public:
  explicit MemoryFile(std::span<const std::byte> bytes) : descriptor_(memfd_create("fuzz", MFD_CLOEXEC)) {
    TRECVIT_CHECK(descriptor_ >= 0 && write(descriptor_, bytes.data(), bytes.size()) == std::ssize(bytes));
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

 private:
  int descriptor_;
};

inline bool fuzz_video(std::span<const std::byte> bytes) {
  constexpr int64_t kMaxFrames = 100;
  return accepted(bytes, [](auto all) {
    const MemoryFile file(all);
    const auto source = open_source(file.path(), {.max_pixels = kMaxFuzzPixels});
    double time = 0;
    while (const auto frame = source->next()) {
      TRECVIT_CHECK(frame->pts_seconds >= time && frame->duration_seconds >= 0);
      TRECVIT_CHECK(int64_t{frame->image.height} * frame->image.width <= kMaxFuzzPixels);
      time = frame->pts_seconds;
      if (frame->index == kMaxFrames) break;
    }
  });
}

inline bool fuzz_picture(std::span<const std::byte> bytes) {
  return accepted(bytes, [](auto all) {
    const Picture picture = decode_picture(all, "fuzz.png", kMaxFuzzPixels);
    TRECVIT_CHECK(picture.rgb.size() == size_t{3} * picture.height * picture.width);
  });
}

}  // namespace trecvit::test
