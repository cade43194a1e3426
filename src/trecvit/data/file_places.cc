#include "trecvit/data/file_places.h"

#include <filesystem>

namespace trecvit {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostLooks = 100'000;  // each look is a lookup on a disk that may be slow

}  // namespace

// folder: an absolute path without a trailing slash.
const std::string& FilePlaces::canonical(const std::string& folder) {
  const auto [known, is_new] = canonical_.emplace(folder, folder);
  std::string& out = known->second;  // the reference stays valid while others are added
  const fs::path path(folder);
  if (!is_new || path == path.root_path()) return out;
  std::error_code error;
  if (canonical_.size() > kMostLooks) {
    out = path.lexically_normal().string();
  } else if (path.filename() == "." || path.filename() == ".." || fs::is_symlink(path, error)) {
    const fs::path resolved = fs::weakly_canonical(path, error);
    out = (error ? path.lexically_normal() : resolved).string();
  } else {
    out = (fs::path(canonical(path.parent_path().string())) / path.filename()).string();
  }
  if (out.size() > 1 && out.ends_with('/')) out.pop_back();
  return out;
}

FilePlace FilePlaces::of(std::string_view path) {
  while (path.size() > 1 && (path.ends_with('/') || path.ends_with("/."))) path.remove_suffix(1);
  const size_t slash = path.rfind('/');
  const size_t begin = slash == std::string_view::npos ? 0 : slash + 1;
  const std::string folder(path.substr(0, begin));
  const auto [known, is_new] = by_spelling_.emplace(folder, 0);
  if (is_new) {
    std::error_code error;
    std::string spelled = fs::absolute(folder.empty() ? "." : folder, error).string();
    while (spelled.size() > 1 && spelled.ends_with('/')) spelled.pop_back();
    known->second = by_path_.emplace(canonical(error ? folder : spelled), by_path_.size()).first->second;
  }
  return {known->second, std::string(path.substr(begin))};
}

}  // namespace trecvit
