// The folder of a run that is being trained. Needs no LibTorch.
#pragma once

#include <string>

#include "trecvit/io/folder_lock.h"

namespace trecvit::train {

// As long as this object exists, no other process may write into the folder.
class RunFolder {
 public:
  // Where a run is: in an existing folder, or if that is empty, in a new one, PARENT/NAME-N.
  struct Place {
    std::string folder;
    std::string parent, name;
  };
  // Throws as make_numbered_folder, refuse_links (io/run_folder.h) and FolderLock.
  explicit RunFolder(const Place& place);

  const std::string& path() const { return path_; }
  // Replaces config.toml. Throws Error(kResource).
  void replace_config(const std::string& text) const;

 private:
  std::string path_;
  FolderLock lock_;
};

}  // namespace trecvit::train
