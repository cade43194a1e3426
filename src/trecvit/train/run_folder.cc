#include "trecvit/train/run_folder.h"

#include <string_view>

#include "trecvit/io/atomic_file.h"
#include "trecvit/io/path_in.h"
#include "trecvit/io/run_folder.h"

namespace trecvit::train {

RunFolder::RunFolder(const Place& place)
    : path_(place.folder.empty() ? make_numbered_folder(place.parent, place.name) : place.folder), lock_(path_) {
  constexpr std::string_view kWritten[] = {"best", "checkpoints", "model", "pictures"};
  refuse_links(path_, kWritten);
}

void RunFolder::replace_config(const std::string& text) const {
  AtomicFile file(path_in(path_, "config.toml"), Overwrite::kYes);
  file.write(text);
  file.commit();
}

}  // namespace trecvit::train
