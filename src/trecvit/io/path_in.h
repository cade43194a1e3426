// A file or folder in a folder, as text.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace trecvit {

inline std::string path_in(const std::string& folder, std::string_view name) {
  return (std::filesystem::path(folder) / name).string();
}

}  // namespace trecvit
