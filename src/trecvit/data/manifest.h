// Lists of labelled videos as they are found in the wild.
//
// Table with a header: the columns path and label, and group and split if there are any; others are ignored. Columns
//   are divided by commas (CSV), tabs, ';' or '|'. Words of other tools are understood for path (file, filename, video,
//   clip, ...) and label (class, category, action, label_id, ...). Instead of a path it may have youtube_id, time_start
//   and time_end (seconds), as the official Kinetics lists do, which name the file ID_START_END.mp4 with six digits
//   each, in a folder of its class or split or in none. Without label, or with nothing in it, all are of one class "0".
// List: lines "PATH LABEL"; the label is what stands behind the last blank, so paths may have blanks, or behind a tab.
//   Behind a path that ends like a video or an array, several numbers are several labels. Where the other rows end in
//   two numbers, lines are "FOLDER FRAMES LABEL" (folders of numbered pictures; the count is not used), and "PATH 0 -1"
//   or "PATH -1" have no labels: all are of one class "0". So they are where every line is a path alone.
// JSON: the official lists of Something-Something; see manifest_json.h.
// In tables and lists blanks around fields are no part of them, and lines that begin with '#' are remarks.
// Folder of folders: ROOT/CLASS/CLIP, where a clip is a video file, an array (.npy, .npz) or a folder of numbered
//   pictures. Where all folders in ROOT are called train, val, valid, validation or test: ROOT/SPLIT/CLASS/CLIP; with
//   capitals, dev, or next to other folders only where no folder is CLASS/CLIP and the others have no classes in them.
//   Training runs, and what unpackers and storage leave behind (__MACOSX, @eaDir, lost+found), are no data.
// Folder of clips without folders in it: all are of one class "clip", the group of each is its name without the ending.
// Folder of pictures, without clips and folders: every picture is a sample of one class "picture", its group is its
// name without the ending.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trecvit/config/train_choices.h"

namespace trecvit {

// Whether a path ends like the name of a video or an array (.npy, .npz).
bool is_clip_name(std::string_view path);

struct ManifestRow {
  std::string path;   // as in the list, or below the folder
  std::string label;  // in lists several: names with ';' between, or numbers with blanks, commas, '|' or in brackets
  std::string group, split;
  int64_t line = 0;  // of the list, from 1; 0: there is no list
};

// What the rows of a list say of their files.
enum class NamedBy {
  kPath,          // all
  kKineticsClip,  // a name; folder and ending may differ
  kIdentifier,    // a name; the ending may differ
};

struct Manifest {
  std::string name;  // of the file or folder
  std::vector<ManifestRow> rows;
  bool labelled = true;    // else all are of one class
  std::string understood;  // "CSV with the columns path, label, group; ignored: frames, width"
  std::string root;        // what relative paths start at: the given one, the folder of the list, or the folder itself
  NamedBy named_by = NamedBy::kPath;
};

// kAuto: a folder is kFolders; a file whose first line names columns is kCsv, others kList. root: what relative paths
// start at, empty for the folder of the list. Throws Error(kInput) naming file, line and what a line should look like;
// for what is no text in UTF-8; where a row names neither something with the ending of a clip nor a file or folder; for
// a file over 4 GiB, more than 50 million rows or a line over 1 MiB.
Manifest read_manifest(const std::string& path, ManifestFormat format, const std::string& root = {});
// The same of a list's text, without a look at the clips; name: for messages.
Manifest parse_manifest(std::string_view text, const std::string& name, ManifestFormat format,
                        const std::string& root = {});
Manifest list_folders(const std::string& root);

// The parts of read_manifest that look at the clips. Completes the paths of rows that are not named by one, where their
// files are found; refuses a list with a row that names no clip.
void find_clips(Manifest& manifest, const std::string& root);
void check_paths(const Manifest& manifest, const std::string& root);

// The classes of a list and those of each row, by number.
struct ManifestLabels {
  std::vector<std::string> classes;
  std::vector<std::vector<int64_t>> of_row;  // rising; one, or where there may be several any number
};
// Labels that are all whole numbers are sorted as such, others as text; classes are what occurs in these rows, so give
// all rows of the list, whatever is filtered out later. Throws Error(kInput) naming the line for a row without a label
// or with several where each has one.
ManifestLabels number_labels(const Manifest& manifest, bool multi_label);
// Whether a row has several labels: numbers, or names of which another row has one alone.
bool has_several_labels(const Manifest& manifest);

}  // namespace trecvit
