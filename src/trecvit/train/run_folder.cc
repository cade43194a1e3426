#include "trecvit/train/run_folder.h"

#include <filesystem>
#include <string_view>

#include "trecvit/io/atomic_file.h"
#include "trecvit/io/run_folder.h"

namespace trecvit::train {

RunFolder::RunFolder(const Place& place)
    : path_(place.folder.empty() ? make_numbered_folder(place.parent, place.name) : place.folder), lock_(path_) {
  constexpr std::string_view kWritten[] = {"best", "checkpoints", "model", "pictures"};
  refuse_links(path_, kWritten);
}

void RunFolder::replace_config(const std::string& text) const {
  AtomicFile file((std::filesystem::path(path_) / "config.toml").string(), Overwrite::kYes);
  file.write(text);
  file.commit();
}

}  // namespace trecvit::train
