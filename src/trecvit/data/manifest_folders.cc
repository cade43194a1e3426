// Reads a folder of clips as a list: one subfolder per class; declared in manifest.h.
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/list_some.h"
#include "trecvit/base/text.h"
#include "trecvit/base/utf8.h"
#include "trecvit/data/manifest.h"
#include "trecvit/video/frames_folder.h"
#include "trecvit/video/picture_file.h"
#include "trecvit/video/source_list.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxRows = 50'000'000;
constexpr std::array<std::string_view, 7> kSplits = {"train",      "training", "val",    "valid",
                                                     "validation", "test",     "testing"};
// Leftovers of operating systems, network storage and unpackers.
constexpr std::array<std::string_view, 5> kLeftBehind = {"__MACOSX", "@eaDir", "lost+found", "$RECYCLE.BIN",
                                                         "System Volume Information"};

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool is_split(const fs::path& folder) { return is_one_of(folder.filename().string(), kSplits); }

// Names that are splits only if they cannot mean anything else.
bool is_like_split(const fs::path& folder) {
  const std::string name = ascii_lower(folder.filename().string());
  return is_one_of(name, kSplits) || name == "dev";
}

// The entries of a folder, sorted by name, without hidden files.
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

bool is_run(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / "config.toml", ignored) &&
         (fs::exists(folder / "lock", ignored) || fs::exists(folder / "log.jsonl", ignored));
}

// Whether a folder is not data: a training run, whose pictures would count as a clip, a folder VERB/RUN of runs, or a
// leftover of other programs. A run inside its data folder must not change the data with which it resumes.
bool is_aside(const fs::path& folder) {
  if (is_one_of(folder.filename().string(), kLeftBehind) || is_run(folder)) return true;
  bool has_runs = false;
  for (const char* verb : {"train", "pretrain", "probe"}) {
    if (!is_folder(folder / verb)) continue;
    const auto runs = entries_of(folder / verb);
    has_runs = has_runs || std::any_of(runs.begin(), runs.end(), is_run);
  }
  if (!has_runs) return false;
  const auto entries = entries_of(folder);  // a folder with clips or pictures is data, even with runs in it
  return std::none_of(entries.begin(), entries.end(), [](const fs::path& entry) {
    return is_clip_name(entry.string()) || is_picture_name(entry.string());
  });
}

class FolderList {
 public:
  explicit FolderList(const std::string& root) : root_(root) {}

  Manifest list() {
    const auto entries = entries_of(root_);
    std::vector<fs::path> folders;
    for (const auto& entry : entries) {
      if (is_folder(entry) && !is_aside(entry)) folders.push_back(entry);
    }
    if (folders.empty()) {
      add_loose(entries);
    } else if (std::all_of(folders.begin(), folders.end(), is_split)) {
      add_splits(entries);
    } else {
      add_classes(entries, "");
      manifest_.understood = "folders CLASS/CLIP";
      if (manifest_.rows.empty() && are_splits_and_others(folders)) add_splits(entries);
    }
    describe_passed_over();
    if (manifest_.rows.empty()) {
      fail_input(printable(root_.string()),
                 "expected folders CLASS/CLIP with video files or folders of numbered pictures, or a folder of clips "
                 "or of pictures, got none in {} entries{}",
                 entries.size(), passed_over_.empty() ? "" : ": " + list(passed_over_));
    }
    manifest_.name = manifest_.root = root_.string();
    return std::move(manifest_);
  }

 private:
  // Clips or pictures directly in the root.
  void add_loose(const std::vector<fs::path>& entries) {
    const auto is_clip = [](const fs::path& entry) { return is_clip_name(entry.string()); };
    if (std::any_of(entries.begin(), entries.end(), is_clip)) {
      add_files(entries, is_clip, "clip");
      manifest_.understood = "folder of clips, without labels";
      manifest_.labelled = false;
    } else {
      add_files(entries, [](const fs::path& entry) { return is_picture_name(entry.string()); }, "picture");
      manifest_.understood = "folder of pictures";
    }
  }

  template <class Predicate>
  void add_files(const std::vector<fs::path>& entries, const Predicate& wanted, const std::string& label) {
    for (const auto& entry : entries) {
      if (wanted(entry)) {
        add({entry.filename().string(), label, entry.stem().string(), {}, 0});
      } else {
        pass_over(entry);
      }
    }
  }

  // True for Train and Val, or splits next to folders without classes; "train" next to "bus" is a class.
  bool are_splits_and_others(const std::vector<fs::path>& folders) const {
    if (std::none_of(folders.begin(), folders.end(), is_like_split)) return false;
    FolderList others(root_);
    for (const auto& folder : folders) {
      if (!is_like_split(folder)) others.add_classes(entries_of(folder), "");
    }
    return others.manifest_.rows.empty();
  }

  void add_splits(const std::vector<fs::path>& entries) {
    passed_over_.clear();
    aside_.clear();
    lost_.clear();
    folder_of_.clear();
    merged_.clear();
    for (const auto& entry : entries) {
      if (is_folder(entry) && is_like_split(entry)) {
        add_classes(entries_of(entry), entry.filename().string());
      } else if (is_folder(entry)) {
        aside_.push_back(entry.lexically_relative(root_).string());
      } else {
        pass_over(entry);
      }
    }
    manifest_.understood = "folders SPLIT/CLASS/CLIP";
  }

  void add_classes(const std::vector<fs::path>& entries, const std::string& split) {
    for (const auto& entry : entries) {
      if (is_folder(entry) && !is_aside(entry)) {
        add_class(entry, split);
      } else {
        pass_over(entry);
        const bool is_lost = kind_of(entry) == kBrokenLink && !is_clip_name(entry.string());
        if (is_lost) lost_.emplace_back(entry.lexically_relative(root_).string(), Counts{{kBrokenLink, 1}});
      }
    }
  }

  void add_class(const fs::path& folder, const std::string& split) {
    const std::string name = folder.filename().string();
    const std::string_view label = trimmed(name).empty() ? name : trimmed(name);  // as in lists
    const size_t before = manifest_.rows.size();
    const auto [first, is_new] = folder_of_.emplace(std::pair(split, std::string(label)), name);
    if (!is_new) merged_.push_back(fmt::format("'{}' and '{}'", printable(first->second, 60), printable(name, 60)));
    Counts others;
    for (const auto& clip : entries_of(folder)) {
      const bool is_clip = is_folder(clip) ? is_frames_folder(clip.string()) : is_clip_name(clip.string());
      if (is_clip) {
        add({clip.lexically_relative(root_).string(), std::string(label), {}, split, 0});
      } else {
        ++others[kind_of(clip)];
      }
    }
    if (manifest_.rows.size() == before) lost_.emplace_back(folder.lexically_relative(root_).string(), others);
    for (const auto& [kind, count] : others) passed_over_[kind] += count;
  }

  void pass_over(const fs::path& entry) {
    if (is_folder(entry)) {
      aside_.push_back(entry.lexically_relative(root_).string());
    } else {
      ++passed_over_[kind_of(entry)];
    }
  }

  using Counts = std::map<std::string, int64_t>;  // of files by extension, of folders, and of links
  static constexpr const char* kBrokenLink = "broken link";
  static constexpr const char* kDeeper = "deeper folder";

  static std::string kind_of(const fs::path& path) {
    std::error_code ignored;
    if (is_folder(path)) return kDeeper;
    if (fs::is_symlink(path, ignored) && !fs::exists(path, ignored)) return kBrokenLink;
    return path.has_extension() ? path.extension().string() : "without an extension";
  }

  static std::string list(const Counts& counts) {
    constexpr size_t kKindsListed = 8;
    std::vector<std::string> parts;
    for (const auto& [kind, count] : counts) {
      const bool is_noun = kind == kBrokenLink || kind == kDeeper;
      if (parts.size() < kKindsListed)
        parts.push_back(fmt::format("{} {}{}", count, printable(kind, 20), is_noun && count > 1 ? "s" : ""));
    }
    return fmt::format("{}{}", fmt::join(parts, ", "), counts.size() > kKindsListed ? ", ..." : "");
  }

  // Also names the classes without any readable clip.
  void describe_passed_over() {
    constexpr size_t kNamesListed = 20;
    if (!passed_over_.empty()) manifest_.understood += fmt::format("; skipped: {}", list(passed_over_));
    if (!aside_.empty()) manifest_.understood += fmt::format("; skipped folders: {}", list_some(aside_, kNamesListed));
    if (!merged_.empty())
      manifest_.understood += fmt::format("; folders read as one class: {}", list_some(merged_, kNamesListed));
    std::vector<std::string> lost;
    for (const auto& [name, others] : lost_) {
      if (lost.size() < kNamesListed)
        lost.push_back(fmt::format("{} ({})", printable(name, 60), others.empty() ? "empty" : list(others)));
    }
    if (lost.empty()) return;
    manifest_.understood += fmt::format("; classes without a readable clip: {}{}", fmt::join(lost, ", "),
                                        lost_.size() > kNamesListed ? ", ..." : "");
  }

  void add(ManifestRow row) {
    if (manifest_.rows.size() >= kMaxRows) {
      fail_input(printable(root_.string()), "expected at most {} clips, got more", kMaxRows);
    }
    manifest_.rows.push_back(std::move(row));
  }

  fs::path root_;
  Manifest manifest_;
  Counts passed_over_;
  std::vector<std::string> aside_;                                        // folders that are not data
  std::map<std::pair<std::string, std::string>, std::string> folder_of_;  // the first one by split and label
  std::vector<std::string> merged_;                                       // pairs that differ only in blanks
  std::vector<std::pair<std::string, Counts>> lost_;                      // folders of classes without a clip
};

}  // namespace

Manifest list_folders(const std::string& root) { return FolderList(root).list(); }

}  // namespace trecvit
