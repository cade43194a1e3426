#include "trecvit/data/file_places.h"

#include <filesystem>

namespace trecvit {
namespace {

namespace fs = std::filesystem;

std::string path_of(const std::string& folder) {
  std::error_code error;
  const fs::path spelled = fs::absolute(folder.empty() ? "." : folder, error);
  fs::path path = error ? fs::path() : fs::weakly_canonical(spelled, error);
  if (error) path = fs::path(folder).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).string();
}

}  // namespace

FilePlace FilePlaces::of(std::string_view path) {
  while (path.size() > 1 && (path.ends_with('/') || path.ends_with("/."))) path.remove_suffix(1);
  const size_t slash = path.rfind('/');
  const size_t begin = slash == std::string_view::npos ? 0 : slash + 1;
  const std::string folder(path.substr(0, begin));
  const auto [known, is_new] = by_spelling_.emplace(folder, 0);
  if (is_new) known->second = by_path_.emplace(path_of(folder), by_path_.size()).first->second;
  return {known->second, std::string(path.substr(begin))};
}

}  // namespace trecvit
