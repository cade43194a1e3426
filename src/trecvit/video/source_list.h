// What a user names, as single sources: lists, patterns and folders are replaced by the sources in them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace trecvit {

struct SourceList {
  std::vector<std::string> sources;  // in the order given; a folder and a pattern in the order of names and numbers
  std::vector<std::string> lists;    // files that were read as lists
  std::vector<std::string> notes;    // for people: files of a folder that are skipped
};

inline constexpr size_t kMaxSources = 1'000'000;

// Each name is replaced as follows, unless a file of this name exists; all others stay as they are.
//
//   @list.txt   its lines, one source each: UTF-8, blank lines and lines that begin with # are skipped. A relative path
//               is relative to the folder of the list. A line may be a pattern or a folder, but not another list
//   pattern     the files and folders of pictures that match: *, ? and [...] as in a shell
//   folder      a folder of numbered pictures is one source. From other folders the videos, arrays and folders of
//               numbered pictures directly in it, by their names' endings (is_clip_name); a folder with a video in it
//               is not one of pictures. A folder with a model stays as it is
//
// Throws Error(kInput) for a list or a folder that cannot be read, for one without sources, for a pattern that nothing
// matches, and for more than kMaxSources in all.
SourceList list_sources(std::span<const std::string> given);

// Whether a file's name ends like a video or an array that can be read: .mp4, .webm, .npz and so on, in upper or lower
// case.
bool is_clip_name(std::string_view path);

}  // namespace trecvit
