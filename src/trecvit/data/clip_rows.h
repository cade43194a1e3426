// The rows of a list of clips that a set is made of: filtered, with their classes as numbers.
#pragma once

#include <string>
#include <vector>

#include "trecvit/config/train_config.h"
#include "trecvit/data/manifest.h"

namespace trecvit {

struct ClipRow {
  std::string path;             // to be opened
  std::string name;             // as in the list
  std::vector<int64_t> labels;  // numbers of its classes, rising; none only where there may be several
  std::string group, split;
  int64_t line = 0;  // of the list; 0: there is none

  // The class; the first of several, -1 for none.
  int64_t label() const { return labels.empty() ? -1 : labels[0]; }
};

struct ClipRows {
  std::string source;                // what was read
  std::string understood;            // Manifest::understood
  int64_t rows_in_list = 0;          // before filters
  std::vector<std::string> classes;  // of the whole list
  std::vector<ClipRow> rows;         // at least one
};

// Reads data.source and keeps the rows of data.split, data.groups and without data.without_groups, of these
// data.per_class of each class (the first of several), drawn by data.pick, in the order of the list. Where no labels
// are needed, rows without one are a class of their own; where they are, and no wrap makes them, a list without any is
// refused. Throws Error(kUsage) for an unknown format; Error(kInput) for a list that cannot be read, for a split or a
// group that no row of it has (with those that there are), and where nothing is left.
ClipRows read_clip_rows(const DataConfig& data, bool multi_label, bool needs_labels = true);

// At most `limit` of the rows, spread evenly over the list; 0: all.
void limit_rows(ClipRows& rows, int64_t limit);

// For people: what was read, how many rows are left, how many there are of each class and group, the first three, what
// is rarely meant (clip_remarks.h), and files that are missing (of at most 100,000, spread evenly).
std::vector<std::string> describe(const ClipRows& rows);

}  // namespace trecvit
