// Folders whose files appear all at once or not at all: written to a temporary folder next to the target, synced, and
// exchanged with it. A process killed at any point leaves the old folder or the new one under the name, and perhaps the
// temporary one, which is in nobody's way and which remove_unfinished_files() knows.
//
// Where the target cannot be exchanged, its files are replaced one right after the other: a mount point, the current
// folder, a parent that cannot be written, a file system without RENAME_EXCHANGE or hard links, a folder of more than
// 1000 other entries.
#pragma once

#include <string>
#include <vector>

#include "trecvit/io/atomic_file.h"

namespace trecvit {

class AtomicFolder {
 public:
  // Creates the temporary folder, and the target's parents where they are missing. A link to a folder stands for that
  // folder. outdated: names of files that go with those that are replaced; all other files of the target stay, and
  // these too where nothing may be replaced. Throws Error(kUsage) where `path` is no folder, Error(kResource) where
  // nothing can be made there.
  AtomicFolder(const std::string& path, Overwrite overwrite, std::vector<std::string> outdated = {});
  // Removes the temporary folder unless commit() succeeded.
  ~AtomicFolder();
  AtomicFolder(const AtomicFolder&) = delete;
  AtomicFolder& operator=(const AtomicFolder&) = delete;

  // Where to write, with AtomicFile or whatever else syncs its files.
  const std::string& writing() const { return temporary_; }
  // Puts the folder in its place and syncs. Permissions of a folder and of files that are replaced are kept. Throws
  // Error(kUsage) where one of the files is there already and may not be replaced, Error(kResource).
  void commit();

 private:
  void hand_on_permissions_of_files(const std::vector<std::string>& own) const;
  bool exchange(const std::vector<std::string>& own);
  void remove_old(const std::string& old, const std::vector<std::string>& own) const noexcept;
  void move_in(const std::vector<std::string>& own);

  std::string path_, temporary_;
  Overwrite overwrite_;
  std::vector<std::string> outdated_;
  bool inside_ = false;  // the temporary folder lies in the target
};

}  // namespace trecvit
