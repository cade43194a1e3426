// Shared by the tests of data sets: small videos as arrays, which every build can read, and lists of them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/errors.h"
#include "support/temp_dir.h"
#include "trecvit/base/tensor.h"
#include "trecvit/data/clip_dataset.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/io/npz.h"

namespace trecvit::test {

// A folder of videos and a list of them.
class VideoFolder {
 public:
  // Every pixel of frame t is (value, t, 7), so any clip whose colours are unchanged shows its video and its frames.
  void add_video(const std::string& name, uint8_t value, int64_t frames, Shape size = {16, 16}) {
    std::vector<uint8_t> pixels;
    for (int64_t t = 0; t < frames; ++t) {
      for (int64_t i = 0; i < size[0] * size[1]; ++i) {
        pixels.insert(pixels.end(), {value, static_cast<uint8_t>(t), 7});
      }
    }
    NpzWriter writer(dir_.file(name), Overwrite::kNo);
    writer.add("video", HostTensor::from<uint8_t>({frames, size[0], size[1], 3}, pixels).view());
    writer.finish();
  }
  void write(const std::string& name, const std::string& text) {
    AtomicFile file(dir_.file(name), Overwrite::kYes);
    file.write(text);
    file.commit();
  }
  std::string file(const std::string& name) const { return dir_.file(name); }

 private:
  TempDir dir_;
};

using Names = std::vector<std::string>;

inline ClipOptions small_clips(int64_t frames, bool training) {
  ClipOptions options;
  options.clip.frames = frames;
  options.clip.stride = 1;
  options.height = options.width = 8;
  options.training = training;
  return options;
}

// A training clip that is wider than high.
inline ClipOptions training_clips() {
  ClipOptions options;
  options.height = 32;
  options.width = 48;
  return options;
}

// The first two channels of each frame's first pixel: the video, and the frame in it.
struct Seen {
  std::vector<int> videos, frames;
};
inline Seen seen_in(const Clip& clip, int64_t frames) {
  Seen seen;
  const size_t frame_bytes = clip.pixels.size() / static_cast<size_t>(frames);
  for (size_t at = 0; at < clip.pixels.size(); at += frame_bytes) {
    seen.videos.push_back(clip.pixels[at]);
    seen.frames.push_back(clip.pixels[at + 1]);
  }
  return seen;
}

}  // namespace trecvit::test
