// Lists of labelled videos, in the formats found in practice.
//
// Table with a header: the columns path and label, plus group and split if present; other columns are ignored. Columns
//   are separated by commas (CSV), tabs, ';' or '|'. The names that other tools use are accepted for path (file,
//   filename, video, clip, ...) and label (class, category, action, label_id, ...). Instead of a path, a table may have
//   youtube_id, time_start and time_end (seconds), as the official Kinetics lists do. They name the file
//   ID_START_END.mp4 with six digits each, in a folder of its class or split or in none. If the label column is missing
//   or empty, all clips have the one class "0".
// List: lines "PATH LABEL". The label is what follows the last blank (so paths may contain blanks) or a tab. After a
//   path that ends like a video or an array, several numbers are several labels. If the other rows end in two numbers,
//   lines are "FOLDER FRAMES LABEL" (folders of numbered pictures; the count is not used), and "PATH 0 -1" or "PATH -1"
//   have no labels: all have the one class "0". The same holds if every line is only a path.
// JSON: the official lists of Something-Something; see manifest_json.h.
// In tables and lists, blanks around fields are ignored, and lines that begin with '#' are remarks.
// Folder of folders: ROOT/CLASS/CLIP, where a clip is a video file, an array (.npy, .npz) or a folder of numbered
//   pictures. If all folders in ROOT are called train, val, valid, validation or test: ROOT/SPLIT/CLASS/CLIP. Such
//   names with capitals, dev, or splits next to other folders count as splits only if no folder is CLASS/CLIP and the
//   other folders contain no classes. Training runs, and what unpackers and storage systems leave behind (__MACOSX,
//   @eaDir, lost+found), are not data.
// Folder of clips without subfolders: all have the one class "clip"; the group of each is its name without the
//   extension.
// Folder of pictures, without clips and subfolders: every picture is a sample of the one class "picture"; its group is
//   its name without the extension.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trecvit/config/train_choices.h"

namespace trecvit {

struct ManifestRow {
  std::string path;   // as in the list, or relative to the folder
  std::string label;  // in lists maybe several: names with ';' between, or numbers with blanks, commas, '|', brackets
  std::string group, split;
  int64_t line = 0;  // in the list, from 1; 0: there is no list
};

// How the rows of a list identify their files.
enum class NamedBy {
  kPath,          // all
  kKineticsClip,  // by a name; folder and extension may differ
  kIdentifier,    // by a name; the extension may differ
};

struct Manifest {
  std::string name;  // of the file or folder
  std::vector<ManifestRow> rows;
  bool labelled = true;    // if false, all clips have one class
  std::string understood;  // "CSV with the columns path, label, group; ignored: frames, width"
  std::string root;        // base of relative paths: the given root, the folder of the list, or the folder itself
  NamedBy named_by = NamedBy::kPath;
};

// kAuto: a folder is kFolders; a file whose first line names columns is kCsv, any other file kList. root: base of
// relative paths; empty for the folder of the list. Throws Error(kInput) naming the file, the line and the expected
// form of a line; for text that is not UTF-8; for a row that names neither something with a clip's extension nor a file
// or folder; for a file over 4 GiB, more than 50 million rows or a line over 1 MiB.
Manifest read_manifest(const std::string& path, ManifestFormat format, const std::string& root = {});
// The same for a list's text, without looking at the clips; name: for messages.
Manifest parse_manifest(std::string_view text, const std::string& name, ManifestFormat format,
                        const std::string& root = {});
Manifest list_folders(const std::string& root);

// The parts of read_manifest that look at the clips. find_clips completes the paths of rows that are not named by a
// path, if their files are found; check_paths refuses a list with a row that names no clip.
void find_clips(Manifest& manifest, const std::string& root);
void check_paths(const Manifest& manifest, const std::string& root);

// The classes of a list, and the class numbers of each row.
struct ManifestLabels {
  std::vector<std::string> classes;
  std::vector<std::vector<int64_t>> of_row;  // ascending; one, or any number if several are allowed
};
// If all labels are whole numbers, they are sorted numerically, otherwise as text. The classes are those that occur in
// these rows, so pass all rows of the list, even if some are filtered out later. Throws Error(kInput) naming the line
// for a row with no label or several labels if each must have one.
ManifestLabels number_labels(const Manifest& manifest, bool multi_label);
// Whether any row has several labels: numbers, or names of which at least one is another row's only label.
bool has_several_labels(const Manifest& manifest);

}  // namespace trecvit
