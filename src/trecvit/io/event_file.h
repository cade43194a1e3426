// Numbers, pictures and text of a run for TensorBoard. The file is a sequence of TFRecords (io/tfrecord.h), each a
// protocol buffer "Event"; the few fields in use are written by hand.
// https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "trecvit/io/append_file.h"

namespace trecvit {

// TensorBoard treats every file whose name contains "tfevents" as an event file. One name per run, so that a resumed
// run continues in the same file.
inline constexpr const char* kEventFileName = "events.out.tfevents.trecvit";

// One thread at a time. Tags and text are UTF-8; tags with a '/' are shown in groups.
class EventFile {
 public:
  struct Options {
    // Events of this step and later are removed from an existing file: a run resumed at step n writes them again.
    int64_t first_step = std::numeric_limits<int64_t>::max();
    std::function<double()> wall_time;  // seconds since 1970, for each event; empty: the system's clock
  };
  // Creates the file, or opens it for appending; everything from the first torn or damaged record on is removed from an
  // existing file. Throws Error(kUsage) for a name without "tfevents", Error(kInput) or Error(kResource) for errors of
  // the file system.
  explicit EventFile(const std::string& path) : EventFile(path, Options{}) {}
  EventFile(const std::string& path, Options options);
  // Writes buffered events, if possible.
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  void scalar(std::string_view tag, int64_t step, double value);
  struct Picture {
    std::span<const std::byte> png;
    int height = 0, width = 0;
  };
  void image(std::string_view tag, int64_t step, const Picture& picture);
  // Shown as Markdown.
  void text(std::string_view tag, int64_t step, std::string_view text);

  // Passes buffered events to the system, so that TensorBoard sees them; automatic every 64 KB. Throws
  // Error(kResource).
  void flush();
  // Syncs to disk.
  void sync();

 private:
  void add_value(int64_t step, const std::string& value);
  void add_event(int64_t step, const std::string& content);

  Options options_;
  AppendFile file_;
  std::string waiting_;
};

}  // namespace trecvit
