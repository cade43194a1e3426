// One process per folder: the writer of a run holds a lock on the file `lock` in its folder, and the system releases it
// when the process ends, however it ends.
#pragma once

#include <string>

namespace trecvit {

class FolderLock {
 public:
  // Takes flock(2) on `folder`/lock, created if missing, and writes process and machine into it. Throws Error(kUsage)
  // with that text if another holder is alive, in this process or another, and Error(kUsage) if that name is a link or
  // anything else but a file; Error(kResource) if the file cannot be created or its file system has no locks.
  explicit FolderLock(const std::string& folder);
  // Releases the lock; the file stays, because removing it could remove a new holder's file.
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace trecvit
