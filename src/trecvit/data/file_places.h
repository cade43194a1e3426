// Whether two paths name the same file, however its folder is spelled.
#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

namespace trecvit {

struct FilePlace {
  size_t folder = 0;  // its number
  std::string name;   // in it
  auto operator<=>(const FilePlace&) const = default;
};

struct FilePlaceHash {
  size_t operator()(const FilePlace& place) const { return std::hash<std::string>()(place.name) ^ place.folder; }
};

// Numbers folders: spellings of the same folder (by '.', '..' or links) share one number. Each spelling is resolved
// once on disk, with one lookup for each folder along the path; if there are very many folders, they are compared by
// spelling. A link to the file itself counts as a different file. Files need not exist. Not thread-safe.
class FilePlaces {
 public:
  FilePlace of(std::string_view path);

 private:
  const std::string& canonical(const std::string& folder);

  std::unordered_map<std::string, size_t> by_spelling_, by_path_;
  std::unordered_map<std::string, std::string> canonical_;
};

}  // namespace trecvit
