// The rows of a clip list that make up a set: filtered, with their classes as numbers.
#pragma once

#include <string>
#include <vector>

#include "trecvit/config/train_config.h"
#include "trecvit/data/manifest.h"

namespace trecvit {

struct ClipRow {
  std::string path;             // to open
  std::string name;             // as in the list
  std::vector<int64_t> labels;  // class numbers, ascending; empty only if several labels are allowed
  std::string group, split;
  int64_t line = 0;  // of the list; 0: there is no list

  // The class; the first if there are several, -1 if there is none.
  int64_t label() const { return labels.empty() ? -1 : labels[0]; }
};

struct ClipRows {
  std::string source;                // what was read
  std::string understood;            // Manifest::understood
  int64_t rows_in_list = 0;          // before filters
  std::vector<std::string> classes;  // of the whole list
  std::vector<ClipRow> rows;         // at least one
};

// Reads data.source and keeps the rows in data.split and data.groups but not in data.without_groups; of these,
// data.per_class per class (the first of several labels), drawn by data.pick, in list order. If no labels are needed,
// rows without one form a class of their own; if labels are needed and no wrap provides them, a list without any is
// refused. Throws Error(kUsage) for an unknown format; Error(kInput) for a list that cannot be read, for a split or
// group that no row has (listing those that exist), and if no rows remain.
ClipRows read_clip_rows(const DataConfig& data, bool multi_label, bool needs_labels = true);

// At most `limit` of the rows, spread evenly over the list; 0: all.
void limit_rows(ClipRows& rows, int64_t limit);

// For people: what was read, how many rows remain, how many per class and group, the first three, likely mistakes
// (clip_remarks.h), and missing files (at most 100,000 are checked, evenly spaced).
std::vector<std::string> describe(const ClipRows& rows);

}  // namespace trecvit
