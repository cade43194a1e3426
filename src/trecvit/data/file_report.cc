#include "trecvit/data/file_report.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

std::optional<Spread> spread_of(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  return Spread{values.front(), values[values.size() / 2], values.back()};
}

}  // namespace

std::vector<const ClipRow*> files_of(const ClipRows& rows) {
  std::set<std::string_view> seen;
  std::vector<const ClipRow*> files;
  for (const auto& row : rows.rows) {
    if (seen.insert(row.path).second) files.push_back(&row);
  }
  return files;
}

FileVerdict decode_file(const std::string& path, const SourceOptions& options) {
  FileVerdict verdict;
  try {
    const auto source = open_source(path, options);
    verdict.choice = source->faults().choice;
    for (Frame frame; source->read(frame);) ++verdict.frames;
    verdict.damaged = source->faults().damaged_packets;
    verdict.gaps = source->faults().missing_pictures;
    const int64_t promised = source->info().frames_from_header.value_or(0);
    if (verdict.damaged > 0) verdict.lost = std::max(int64_t{0}, promised - verdict.frames);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInput) throw;
    verdict.reason = error.what();
  }
  return verdict;
}

ListStatistics list_statistics(const ClipRows& rows, const SourceOptions& options, const WorkControl& control) {
  ListStatistics out;
  for (const auto& name : rows.classes) out.classes[name] = 0;
  for (const auto& row : rows.rows) {
    for (const int64_t label : row.labels) ++out.classes[rows.classes[static_cast<size_t>(label)]];
    ++out.groups[row.group];
    ++out.splits[row.split];
  }
  std::vector<double> frames, seconds, rates;
  for (const ClipRow* row : files_of(rows)) {
    throw_if_stopped(control.stop);
    ++out.files;
    try {
      const auto source = open_source(row->path, options);
      const SourceInfo& info = source->info();
      if (const std::string choice = source->faults().choice; !choice.empty()) out.choices.emplace(row->path, choice);
      ++out.sizes[fmt::format("{}x{}", info.width, info.height)];
      if (info.frames_from_header) frames.push_back(static_cast<double>(*info.frames_from_header));
      if (info.duration_seconds_from_header) seconds.push_back(*info.duration_seconds_from_header);
      if (info.fps_from_header) rates.push_back(*info.fps_from_header);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kInput) throw;
      ++out.unreadable;
    }
    if (control.progress) control.progress->advance(1);
  }
  out.frames = spread_of(frames);
  out.seconds = spread_of(seconds);
  out.fps = spread_of(rates);
  return out;
}

}  // namespace trecvit
