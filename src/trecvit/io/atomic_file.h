// Files that appear whole or not at all: written to a temporary sibling, synced, renamed over the target, and the
// folder synced. A process killed at any point leaves the old file or the new one, and perhaps the sibling, which is
// in nobody's way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace trecvit {

enum class Overwrite { kNo, kYes };

// What stands in the way of a file at `path`, such as "folder" or "pipe or device", links followed; empty where nothing
// does. A name that leads into /proc or /dev is in the way too: /dev/stdout and /proc/self/fd/1 look like the file that
// stdout was redirected to, and what would be replaced is the link of the system.
std::string_view obstacle_at(const std::string& path);

// Throws as the constructor of AtomicFile does and leaves nothing behind: for the beginning of long work.
void check_writable(const std::string& path, Overwrite overwrite);

class AtomicFile {
 public:
  // Creates the temporary sibling. A file that is replaced hands on its permissions and, where the system allows it,
  // owner and group. A link at that name is replaced itself; what it leads to stays untouched. Throws Error(kUsage)
  // when `path` exists and may not be replaced, has an obstacle, or is too long for the file system, Error(kResource)
  // when the folder cannot be written.
  AtomicFile(std::string path, Overwrite overwrite);
  // Removes the temporary file unless commit() succeeded.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  // Throws Error(kResource) with the system's reason (disk full, ...).
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  // Overwrites bytes already written, for headers known only at the end.
  void write_at(uint64_t offset, std::span<const std::byte> bytes);
  uint64_t size() const { return size_; }
  // Syncs, renames and syncs the folder; where only the last fails, the file is there and Error(kResource) is thrown
  // all the same. With Overwrite::kNo a file that appeared meanwhile is kept and Error(kUsage) is thrown.
  void commit();

 private:
  std::string path_, temporary_;
  Overwrite overwrite_;
  int descriptor_ = -1;
  uint64_t size_ = 0;
};

// Removes what killed processes left of files and folders in a folder that nobody writes into now, where it can be
// read.
void remove_unfinished_files(const std::string& folder);

}  // namespace trecvit
