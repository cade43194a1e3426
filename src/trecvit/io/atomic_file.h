// Atomic writes: a file is written to a temporary sibling, synced and renamed over the target, then the folder is
// synced. A process killed at any point leaves the old file or the new one, and perhaps the sibling, which does no
// harm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace trecvit {

enum class Overwrite { kNo, kYes };

// What prevents writing a file at `path`, such as "folder" or "pipe or device", links followed; empty if nothing does.
// A name that leads into /proc or /dev is an obstacle too: /dev/stdout and /proc/self/fd/1 look like the file that
// stdout was redirected to, but writing would replace the system's link.
std::string_view obstacle_at(const std::string& path);

// Throws like the constructor of AtomicFile and leaves nothing behind; for a check before long work.
void check_writable(const std::string& path, Overwrite overwrite);

class AtomicFile {
 public:
  // Creates the temporary sibling. A replaced file passes on its permissions and, if the system allows it, owner and
  // group. A link at that name is replaced itself; its target stays untouched. Throws Error(kUsage) if `path` exists
  // and may not be replaced, has an obstacle, or is too long for the file system, Error(kResource) if the folder cannot
  // be written.
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
  // Syncs, renames and syncs the folder; if only the last step fails, the file is in place, but Error(kResource) is
  // still thrown. With Overwrite::kNo, a file that appeared in the meantime is kept and Error(kUsage) is thrown.
  void commit();

 private:
  std::string path_, temporary_;
  Overwrite overwrite_;
  int descriptor_ = -1;
  uint64_t size_ = 0;
};

// Removes unfinished files and folders that killed processes left in a folder, if it can be read. Nobody may be writing
// into that folder.
void remove_unfinished_files(const std::string& folder);

}  // namespace trecvit
