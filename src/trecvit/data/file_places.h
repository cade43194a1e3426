// Whether two paths are one file, however its folder is spelled.
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

// Numbers folders: those that are one, by '.', '..' or links, have one number. Each spelling is looked up once on disk,
// by one look for each folder on its way; a list of very many folders is compared by its spelling. A link to the file
// itself is another file. Files need not be there. Not thread-safe.
class FilePlaces {
 public:
  FilePlace of(std::string_view path);

 private:
  const std::string& canonical(const std::string& folder);

  std::unordered_map<std::string, size_t> by_spelling_, by_path_;
  std::unordered_map<std::string, std::string> canonical_;
};

}  // namespace trecvit
