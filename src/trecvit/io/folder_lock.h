// One process a folder: who writes a run holds the file `lock` in its folder, and the system lets go of it when the
// process ends, however it ends.
#pragma once

#include <string>

namespace trecvit {

class FolderLock {
 public:
  // Takes flock(2) on `folder`/lock, made where it is missing, and writes process and machine into it. Throws
  // Error(kUsage) with that text where another holder is alive, in this process or another, or where that name is a
  // link or anything else but a file; Error(kResource) where the file cannot be made or its file system has no locks.
  explicit FolderLock(const std::string& folder);
  // Lets go; the file stays, because removing it could take a new holder's away.
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace trecvit
