#include <algorithm>
#include <array>
#include <filesystem>

#include "trecvit/base/error.h"
#include "trecvit/data/manifest.h"
#include "trecvit/video/frames_folder.h"
#include "trecvit/video/picture_file.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxRows = 50'000'000;
constexpr std::array<std::string_view, 5> kSplits = {"train", "val", "valid", "validation", "test"};

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

}  // namespace

bool is_clip_name(std::string_view path) {
  constexpr std::array<std::string_view, 21> kEndings = {".mp4", ".m4v", ".mov",  ".3gp",  ".mkv",  ".webm", ".avi",
                                                         ".mpg", ".ts",  ".mpeg", ".m2ts", ".vob",  ".m2v",  ".ogv",
                                                         ".ogg", ".ivf", ".flv",  ".h264", ".hevc", ".npy",  ".npz"};
  std::string ending = fs::path(path).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

namespace {

// What is in a folder, by name, hidden files left out.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> entries;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (!entry->path().filename().string().starts_with('.')) entries.push_back(entry->path());
  }
  if (error) fail_input(printable(folder.string()), "expected a folder that can be read, got: {}", error.message());
  std::sort(entries.begin(), entries.end());
  return entries;
}

class FolderList {
 public:
  explicit FolderList(const std::string& root) : root_(root) {}

  Manifest list() {
    const auto entries = entries_of(root_);
    std::vector<fs::path> folders;
    for (const auto& entry : entries) {
      if (is_folder(entry)) folders.push_back(entry);
    }
    const auto is_split = [](const fs::path& folder) {
      return std::find(kSplits.begin(), kSplits.end(), folder.filename().string()) != kSplits.end();
    };
    if (folders.empty()) {
      const auto is_clip = [](const fs::path& entry) { return is_clip_name(entry.string()); };
      if (std::any_of(entries.begin(), entries.end(), is_clip)) {
        add_files(entries, is_clip, "clip");
        manifest_.understood = "folder of clips, without labels";
        manifest_.labelled = false;
      } else {
        add_files(entries, [](const fs::path& entry) { return is_picture_name(entry.string()); }, "picture");
        manifest_.understood = "folder of pictures";
      }
    } else if (std::all_of(folders.begin(), folders.end(), is_split)) {
      for (const auto& split : folders) add_classes(entries_of(split), split.filename().string());
      manifest_.understood = "folders SPLIT/CLASS/CLIP";
    } else {
      add_classes(folders, "");
      manifest_.understood = "folders CLASS/CLIP";
    }
    if (passed_over_ > 0) manifest_.understood += fmt::format("; {} other files passed over", passed_over_);
    if (manifest_.rows.empty()) {
      fail_input(printable(root_.string()),
                 "expected folders CLASS/CLIP with video files or folders of numbered "
                 "pictures in each class, clips, or pictures, got none in {} entries",
                 entries.size());
    }
    manifest_.name = manifest_.root = root_.string();
    return std::move(manifest_);
  }

 private:
  template <class Predicate>
  void add_files(const std::vector<fs::path>& entries, const Predicate& wanted, const std::string& label) {
    for (const auto& entry : entries) {
      if (wanted(entry)) {
        add({entry.filename().string(), label, entry.stem().string(), {}, 0});
      } else {
        ++passed_over_;
      }
    }
  }

  void add_classes(const std::vector<fs::path>& folders, const std::string& split) {
    for (const auto& folder : folders) {
      if (!is_folder(folder)) {
        ++passed_over_;
        continue;
      }
      for (const auto& clip : entries_of(folder)) {
        const bool is_clip = is_folder(clip) ? is_frames_folder(clip.string()) : is_clip_name(clip.string());
        if (is_clip) {
          add({clip.lexically_relative(root_).string(), folder.filename().string(), {}, split, 0});
        } else {
          ++passed_over_;
        }
      }
    }
  }

  void add(ManifestRow row) {
    if (manifest_.rows.size() >= kMaxRows) {
      fail_input(printable(root_.string()), "expected at most {} clips, got more", kMaxRows);
    }
    manifest_.rows.push_back(std::move(row));
  }

  fs::path root_;
  Manifest manifest_;
  int64_t passed_over_ = 0;
};

}  // namespace

Manifest list_folders(const std::string& root) { return FolderList(root).list(); }

}  // namespace trecvit
