// Atomic writes of folders: the files are written to a temporary folder next to the target, synced, and exchanged with
// it. A process killed at any point leaves the old folder or the new one under the name, and perhaps the temporary one,
// which does no harm and which remove_unfinished_files() recognises.
//
// If the target cannot be exchanged, its files are replaced one right after the other. This applies to a mount point,
// the current folder, a parent that cannot be written, a file system without RENAME_EXCHANGE or hard links, and a
// folder with more than 1000 other entries.
#pragma once

#include <string>
#include <vector>

#include "trecvit/io/atomic_file.h"

namespace trecvit {

class AtomicFolder {
 public:
  // Creates the temporary folder and any missing parents of the target. A link to a folder stands for that folder.
  // outdated: names of files that are removed together with the replaced ones; all other files of the target stay, and
  // these too if nothing may be replaced. Throws Error(kUsage) if `path` is not a folder, Error(kResource) if nothing
  // can be created there.
  AtomicFolder(const std::string& path, Overwrite overwrite, std::vector<std::string> outdated = {});
  // Removes the temporary folder unless commit() succeeded.
  ~AtomicFolder();
  AtomicFolder(const AtomicFolder&) = delete;
  AtomicFolder& operator=(const AtomicFolder&) = delete;

  // Where to write, with AtomicFile or anything else that syncs its files.
  const std::string& writing() const { return temporary_; }
  // Moves the folder into place and syncs. Permissions of a replaced folder and of replaced files are kept. Throws
  // Error(kUsage) if one of the files already exists and may not be replaced, Error(kResource).
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
