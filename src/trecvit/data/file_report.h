// The contents of a list's files: decoded to the end, or according to their headers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "trecvit/base/work_control.h"
#include "trecvit/data/clip_rows.h"
#include "trecvit/video/source.h"

namespace trecvit {

// The first row of each file: files in list order, each once. The pointers point into `rows`.
std::vector<const ClipRow*> files_of(const ClipRows& rows);

struct FileVerdict {
  int64_t frames = 0, damaged = 0;
  int64_t gaps = 0;    // missing numbers between the pictures of a folder
  int64_t lost = 0;    // frames that the header of a damaged file promises but that are missing
  std::string reason;  // why the file is bad; empty if it is not
  std::string choice;  // which of several video tracks was read; otherwise empty
};

// Reads all frames. Throws Error(kResource) if the machine lacks the resources, Stopped once options.stop was
// requested.
FileVerdict decode_file(const std::string& path, const SourceOptions& options);

// Minimum, median and maximum of some numbers.
struct Spread {
  double least = 0, median = 0, most = 0;
};

struct ListStatistics {
  std::map<std::string, int64_t> classes, groups, splits;  // number of rows for each
  std::map<std::string, int64_t> sizes;                    // number of files for each "WIDTHxHEIGHT"
  std::map<std::string, std::string> choices;              // which of several video tracks, by file
  std::optional<Spread> frames, seconds, fps;              // over the files whose headers give them
  int64_t files = 0, unreadable = 0;
};

// Uses only the files' headers. control: told of each file. Throws as decode_file.
ListStatistics list_statistics(const ClipRows& rows, const SourceOptions& options, const WorkControl& control);

}  // namespace trecvit
