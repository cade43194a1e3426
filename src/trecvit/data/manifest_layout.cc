// Where the clips of a list lie whose rows do not say it in full, and whether rows name clips at all.
#include <algorithm>
#include <array>
#include <filesystem>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/data/manifest.h"
#include "trecvit/data/manifest_table.h"
#include "trecvit/video/picture_file.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

constexpr size_t kTried = 1000;  // rows without a file, after which none is looked for

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// Folders in which a clip may lie: none, its split, its class as it stands or with '_' for blanks, both.
std::vector<std::string> folders_of(const ManifestRow& row) {
  std::string joined = row.label;
  std::replace(joined.begin(), joined.end(), ' ', '_');
  std::vector<std::string> folders = {""};
  if (!row.split.empty()) folders.push_back(row.split + "/");
  for (const std::string& label : {row.label, joined}) {
    if (label.empty()) continue;
    folders.push_back(label + "/");
    if (!row.split.empty()) folders.push_back(row.split + "/" + label + "/");
  }
  return folders;
}

// Finds the files of rows that name a clip and neither folder nor ending.
class Finder {
 public:
  Finder(const Manifest& manifest, fs::path root)
      : root_(std::move(root)), in_folders_(manifest.named_by == NamedBy::kKineticsClip) {}

  void find(ManifestRow& row) {
    if (missing_ == kTried && !found_any_) return;
    const std::string stem = row.path.substr(0, row.path.rfind('.'));
    const auto folders = in_folders_ ? folders_of(row) : std::vector<std::string>{""};
    if (folder_ < folders.size() && take(row, folders[folder_] + stem + std::string(kEndings[ending_]))) return;
    for (size_t folder = 0; folder < folders.size(); ++folder) {
      for (size_t ending = 0; ending < kEndings.size(); ++ending) {
        if (!take(row, folders[folder] + stem + std::string(kEndings[ending]))) continue;
        folder_ = folder;
        ending_ = ending;
        return;
      }
    }
    ++missing_;
  }

 private:
  static constexpr std::array<std::string_view, 6> kEndings = {".mp4", ".webm", ".mkv", ".avi", ".mov", ""};

  bool take(ManifestRow& row, const std::string& path) {
    if (!is_there(root_ / path)) return false;
    row.path = path;
    return found_any_ = true;
  }

  fs::path root_;
  bool in_folders_, found_any_ = false;
  size_t folder_ = 0, ending_ = 0, missing_ = 0;  // where the last one was found
};

}  // namespace

void find_clips(Manifest& manifest, const std::string& root) {
  if (manifest.named_by == NamedBy::kPath) return;
  Finder finder(manifest, root);
  for (auto& row : manifest.rows) finder.find(row);
}

void check_paths(const Manifest& manifest, const std::string& root) {
  const auto& rows = manifest.rows;
  const auto is_named = [](const ManifestRow& row) { return is_clip_name(row.path) || is_picture_name(row.path); };
  const auto found = [&root](const ManifestRow& row) { return is_there(fs::path(root) / row.path); };
  const auto refuse = [&](const ManifestRow& row) {
    fail_input(fmt::format("{}:{}", printable(manifest.name), row.line),
               "expected the path of a video, an array or a folder of pictures, got '{}', which has none of their "
               "endings and is not in '{}'; another root says where the clips lie",
               printable(row.path), printable(root));
  };
  const auto header = std::find_if(rows.begin() + 1, rows.end(), [&](const ManifestRow& row) {
    return names_columns(row.path, manifest.labelled ? row.label : "") && !found(row);
  });
  if (header != rows.end())
    fail_input(fmt::format("{}:{}", printable(manifest.name), header->line),
               "expected the path of a clip, got a header again, '{}'; lists that are joined keep one header",
               printable(manifest.labelled ? header->path + " " + header->label : header->path));
  const size_t blank = rows[0].path.find_last_of(" \t");
  if (blank != std::string::npos && !found(rows[0]) && is_there(fs::path(root) / rows[0].path.substr(blank + 1)))
    fail_input(fmt::format("{}:{}", printable(manifest.name), rows[0].line),
               "expected a path and its label behind it, got '{}', whose last word is a file", printable(rows[0].path));
  const bool any_named = std::any_of(rows.begin(), rows.end(), is_named);
  if (!any_named) {
    // A word in the first row alone is the name of a column.
    const bool is_word = rows[0].path.find_first_of("/.0123456789") == std::string::npos;
    const auto end = rows.begin() + static_cast<ptrdiff_t>(std::min(rows.size(), kTried));
    if (!found(rows[0]) && (is_word || std::none_of(rows.begin() + 1, end, found))) refuse(rows[0]);
    return;
  }
  for (const auto& row : rows) {
    if (!is_named(row) && !found(row)) refuse(row);
  }
}

}  // namespace trecvit
