// Finds the clips of lists whose rows give incomplete paths, and checks that rows name clips at all;
// declared in manifest.h.
#include <algorithm>
#include <array>
#include <filesystem>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/base/utf8.h"
#include "trecvit/data/manifest.h"
#include "trecvit/data/manifest_table.h"
#include "trecvit/video/picture_file.h"
#include "trecvit/video/source_list.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

constexpr size_t kTried = 1000;  // rows without a file, after which the search ends

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// Folders in which a clip may lie: none, its split, its class (unchanged or with '_' for blanks), or split and class.
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

// Finds the files of rows that name a clip without folder and extension.
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
  size_t folder_ = 0, ending_ = 0, missing_ = 0;  // where the last file was found, and the number not found
};

// Whether a path is a file with something else in front of it: "walk,a.mp4", "walk a.mp4", "1:a.mp4".
bool ends_in_file(std::string_view path, const fs::path& root) {
  constexpr size_t kLongest = 4096;  // bytes of a path
  constexpr int kMostTried = 16;     // of the separators in it
  if (path.size() > kLongest) return false;
  int tried = 0;
  for (size_t at = path.find_last_of(" \t,;|:"); at != std::string_view::npos && at > 0 && tried < kMostTried;
       at = path.find_last_of(" \t,;|:", at - 1), ++tried) {
    const std::string_view end = trimmed(path.substr(at + 1));
    if (!end.empty() && is_there(root / end)) return true;
  }
  return false;
}

class PathCheck {
 public:
  PathCheck(const Manifest& manifest, const std::string& root)
      : manifest_(manifest), rows_(manifest.rows), root_(root), looked_at_(std::min(rows_.size(), kTried)) {}

  void run() const {
    refuse_headers();
    refuse_other_order();
    refuse_others();
  }

 private:
  bool found(const ManifestRow& row) const { return is_there(fs::path(root_) / row.path); }
  std::string where(const ManifestRow& row) const { return fmt::format("{}:{}", printable(manifest_.name), row.line); }

  // After the first row; the reader has already interpreted the first line.
  void refuse_headers() const {
    for (size_t i = 1; i < rows_.size(); ++i) {
      const ManifestRow& row = rows_[i];
      const std::string_view label = manifest_.labelled ? row.label : std::string_view();
      if (names_columns(row.path, label) && !found(row))
        fail_input(where(row),
                   "expected the path of a clip, got a second header, '{}{}{}'; keep only one when you join lists",
                   printable(row.path), label.empty() ? "" : " ", printable(label));
    }
  }

  // Lists with labels before paths, in which no row's path exists.
  void refuse_other_order() const {
    for (size_t i = 0; i < looked_at_; ++i) {
      if (found(rows_[i])) return;
    }
    for (size_t i = 0; i < looked_at_; ++i) {
      if (ends_in_file(rows_[i].path, root_))
        fail_input(where(rows_[i]),
                   "expected a path followed by its label, got '{}', which ends in a file; a table whose first line "
                   "names its columns, path and label, may have them in any order",
                   printable(rows_[i].path));
    }
  }

  void refuse_others() const {
    const auto is_named = [](const ManifestRow& row) { return is_clip_name(row.path) || is_picture_name(row.path); };
    if (std::any_of(rows_.begin(), rows_.end(), is_named)) {
      for (const auto& row : rows_) {
        if (!is_named(row) && !found(row)) refuse(row);
      }
      return;
    }
    // A plain word in the first row only is a column name.
    const bool is_word = rows_[0].path.find_first_of("/.0123456789") == std::string::npos;
    const auto end = rows_.begin() + static_cast<ptrdiff_t>(looked_at_);
    const auto is_found = [this](const ManifestRow& row) { return found(row); };
    if (!found(rows_[0]) && (is_word || std::none_of(rows_.begin() + 1, end, is_found))) refuse(rows_[0]);
  }

  [[noreturn]] void refuse(const ManifestRow& row) const {
    fail_input(where(row),
               "expected the path of a video, an array or a folder of pictures, got '{}', which has none of their "
               "extensions and is not in '{}'; if the clips lie elsewhere, set another root",
               printable(row.path), printable(root_));
  }

  const Manifest& manifest_;
  const std::vector<ManifestRow>& rows_;
  const std::string& root_;
  size_t looked_at_;
};

}  // namespace

void find_clips(Manifest& manifest, const std::string& root) {
  if (manifest.named_by == NamedBy::kPath) return;
  Finder finder(manifest, root);
  for (auto& row : manifest.rows) finder.find(row);
}

void check_paths(const Manifest& manifest, const std::string& root) { PathCheck(manifest, root).run(); }

}  // namespace trecvit
