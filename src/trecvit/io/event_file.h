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

// TensorBoard takes every file for an event file whose name holds "tfevents". One name a run, so that a run that goes
// on goes on in the same file.
inline constexpr const char* kEventFileName = "events.out.tfevents.trecvit";

// One thread at a time. Tags and text are UTF-8; tags with a '/' are shown in groups.
class EventFile {
 public:
  struct Options {
    // Of an existing file, events of this step and later ones go: a run that begins again at step n writes them anew.
    int64_t first_step = std::numeric_limits<int64_t>::max();
    std::function<double()> wall_time;  // seconds since 1970, for each event; empty: the system's clock
  };
  // Creates the file, or opens it to append; of an existing one, all from the first torn or damaged record on goes.
  // Throws Error(kUsage) for a name without "tfevents", Error(kInput) or Error(kResource) as the file system has it.
  explicit EventFile(const std::string& path) : EventFile(path, Options{}) {}
  EventFile(const std::string& path, Options options);
  // Writes what is still in memory, if it can.
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

  // To the system, so that TensorBoard sees it; happens by itself every 64 KB. Throws Error(kResource).
  void flush();
  // To the disk.
  void sync();

 private:
  void add_value(int64_t step, const std::string& value);
  void add_event(int64_t step, const std::string& content);

  Options options_;
  AppendFile file_;
  std::string waiting_;
};

}  // namespace trecvit
