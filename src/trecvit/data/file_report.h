// What the files of a list hold: decoded to their end, or as their headers say.
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

// The rows whose files are named first: files in the order of the list, each once. They point into `rows`.
std::vector<const ClipRow*> files_of(const ClipRows& rows);

struct FileVerdict {
  int64_t frames = 0, damaged = 0;
  int64_t gaps = 0;    // numbers that are missing between the pictures of a folder
  int64_t lost = 0;    // frames that the header of a damaged file promises and that do not come
  std::string reason;  // why it is bad; empty: it is not
  std::string choice;  // which of several video tracks it is about; else empty
};

// Reads all frames. Throws Error(kResource) where the machine cannot, Stopped once options.stop was requested.
FileVerdict decode_file(const std::string& path, const SourceOptions& options);

// Least, middle and most of some numbers.
struct Spread {
  double least = 0, median = 0, most = 0;
};

struct ListStatistics {
  std::map<std::string, int64_t> classes, groups, splits;  // rows of each
  std::map<std::string, int64_t> sizes;                    // files of each "WIDTHxHEIGHT"
  std::map<std::string, std::string> choices;              // which of several video tracks, by file
  std::optional<Spread> frames, seconds, fps;              // of the files whose headers say
  int64_t files = 0, unreadable = 0;
};

// By the headers of the files. control: told of each file. Throws as decode_file.
ListStatistics list_statistics(const ClipRows& rows, const SourceOptions& options, const WorkControl& control);

}  // namespace trecvit
