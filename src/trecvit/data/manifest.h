// Lists of labelled videos as they are found in the wild.
//
// CSV with a header: the columns path and label, and group and split if there are any; others are ignored. Instead of
//   path it may have youtube_id, time_start and time_end (seconds), as the official Kinetics lists do, which name the
//   file ID_START_END.mp4 with six digits each. Without label, or with nothing in it, all are of one class "0".
// List: lines "PATH LABEL"; the label is what stands behind the last blank, so paths may have blanks. Where the last
// two
//   fields of every line are numbers, lines are "FOLDER FRAMES LABEL" (folders of numbered pictures; the count is not
//   used) or "PATH 0 -1" (no labels: all are of one class "0"). So they are where every line ends like the name of a
//   video or an array: paths alone.
// Folder of folders: ROOT/CLASS/CLIP, where a clip is a video file, an array (.npy, .npz) or a folder of numbered
//   pictures. Where all folders in ROOT are called train, val, valid, validation or test: ROOT/SPLIT/CLASS/CLIP.
// Folder of clips without folders in it: all are of one class "clip", the group of each is its name without the ending.
// Folder of pictures, without clips and folders: every picture is a sample of one class "picture", its group is its
// name without the ending.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace trecvit {

// Whether a path ends like the name of a video or an array (.npy, .npz).
bool is_clip_name(std::string_view path);

struct ManifestRow {
  std::string path;   // as in the list, or below the folder
  std::string label;  // several of them with ';' between
  std::string group, split;
  int64_t line = 0;  // of the list, from 1; 0: there is no list
};

enum class ManifestFormat { kAuto, kCsv, kList, kFolders };
// "auto", "csv", "list" or "folders"; throws Error(kUsage) otherwise.
ManifestFormat parse_manifest_format(std::string_view text);

struct Manifest {
  std::string name;  // of the file or folder
  std::vector<ManifestRow> rows;
  bool labelled = true;    // else all are of one class
  std::string understood;  // "CSV with the columns path, label, group; ignored: frames, width"
  std::string root;        // what relative paths start at: the folder of the list, or the folder itself
};

// kAuto: a folder is kFolders; a file whose first line has a comma and a column called path, label or youtube_id is
// kCsv, others kList. Throws Error(kInput) naming file, line and what a line should look like; for a file over 4 GiB,
// more than 50 million rows or a line over 1 MiB.
Manifest read_manifest(const std::string& path, ManifestFormat format);
// The same of a list's text; name: for messages.
Manifest parse_manifest(std::string_view text, const std::string& name, ManifestFormat format);
Manifest list_folders(const std::string& root);

// The classes of a list and those of each row, by number.
struct ManifestLabels {
  std::vector<std::string> classes;
  std::vector<std::vector<int64_t>> of_row;  // at least one, rising
};
// Labels that are all whole numbers are sorted as such, others as text; classes are what occurs in these rows, so give
// all rows of the list, whatever is filtered out later. Throws Error(kInput) naming the line for a row without a label,
// and for a list without labels where there may be several.
ManifestLabels number_labels(const Manifest& manifest, bool multi_label);

}  // namespace trecvit
