#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "trecvit/base/error.h"
#include "trecvit/cli/command.h"
#include "trecvit/cli/data_preview.h"
#include "trecvit/cli/flags.h"
#include "trecvit/cli/options.h"
#include "trecvit/cli/output.h"
#include "trecvit/cli/signals.h"
#include "trecvit/data/clip_cache.h"
#include "trecvit/data/clip_rows.h"

namespace trecvit::cli {
namespace {

struct ListArgs {
  DataConfig data;
  OutputArgs output;
};

ClipRows open_rows(const DataConfig& data, bool multi_label) {
  if (data.source.starts_with("synthetic:")) {
    fail_usage("data", "expected a list or a folder of clips, got {}, which has no files", printable(data.source));
  }
  ClipRows rows = read_clip_rows(data, multi_label, /*needs_labels=*/false);
  limit_rows(rows, data.limit);
  return rows;
}

// Files in the order of the list, each once.
std::vector<const ClipRow*> files_of(const ClipRows& rows) {
  std::set<std::string_view> seen;
  std::vector<const ClipRow*> files;
  for (const auto& row : rows.rows) {
    if (seen.insert(row.path).second) files.push_back(&row);
  }
  return files;
}

struct FileVerdict {
  int64_t frames = 0, damaged = 0;
  std::string reason;  // why it is bad; empty: it is not
};

FileVerdict decode_all(const std::string& path) {
  FileVerdict verdict;
  try {
    const auto source = open_clip_file(path);
    while (source->next()) {
      throw_if_stopped();
      ++verdict.frames;
    }
    verdict.damaged = source->faults().damaged_packets;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInput) throw;
    verdict.reason = error.what();
  }
  return verdict;
}

int check(const ListArgs& args) {
  check_outputs({}, {}, {json_file(args.output)}, args.output.force, {args.data.source});
  const ClipRows rows = open_rows(args.data, false);
  JsonLines json(args.output);
  const auto files = files_of(rows);
  int64_t bad = 0, damaged = 0;
  Progress progress = frame_progress("data check " + args.data.source, std::ssize(files), "files");
  for (const ClipRow* row : files) {
    const FileVerdict verdict = decode_all(row->path);
    bad += !verdict.reason.empty();
    damaged += verdict.damaged > 0;
    json.write({{"schema", "trecvit.data_check/1"},
                {"file", row->path},
                {"frames", verdict.frames},
                {"damaged_packets", verdict.damaged},
                {"bad", !verdict.reason.empty()},
                {"reason", verdict.reason}});
    if (!json.to_stdout() && !verdict.reason.empty()) fmt::print("bad      {}\n", terminal_text(verdict.reason));
    if (!json.to_stdout() && verdict.damaged > 0) {
      fmt::print("damaged  {}: {} packets or pictures\n", terminal_text(row->path), verdict.damaged);
    }
    progress.advance();
  }
  json.finish();
  if (!json.to_stdout()) fmt::print("{} files, {} bad, {} damaged in parts\n", files.size(), bad, damaged);
  return bad > 0 ? static_cast<int>(ErrorKind::kInput) : 0;
}

// Least, middle and most of some numbers, as JSON.
Json spread_of(std::vector<double> values) {
  if (values.empty()) return nullptr;
  std::sort(values.begin(), values.end());
  return {{"least", values.front()}, {"median", values[values.size() / 2]}, {"most", values.back()}};
}

Json stats_object(const DataConfig& data, const ClipRows& rows) {
  std::map<std::string, int64_t> classes, groups, splits, sizes;
  std::vector<double> frames, seconds, rates;
  int64_t unreadable = 0;
  for (const auto& name : rows.classes) classes[name] = 0;
  for (const auto& row : rows.rows) {
    for (const int64_t label : row.labels) ++classes[rows.classes[static_cast<size_t>(label)]];
    ++groups[row.group];
    ++splits[row.split];
  }
  const auto files = files_of(rows);
  Progress progress = frame_progress("data stats " + data.source, std::ssize(files), "files");
  for (const ClipRow* row : files) {
    throw_if_stopped();
    progress.advance();
    try {
      const SourceInfo info = open_clip_file(row->path)->info();
      ++sizes[fmt::format("{}x{}", info.width, info.height)];
      if (info.frames_from_header) frames.push_back(static_cast<double>(*info.frames_from_header));
      if (info.duration_seconds_from_header) seconds.push_back(*info.duration_seconds_from_header);
      if (info.fps_from_header) rates.push_back(*info.fps_from_header);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kInput) throw;
      ++unreadable;
    }
  }
  return {{"schema", "trecvit.data_stats/1"},
          {"source", data.source},
          {"understood", rows.understood},
          {"rows", rows.rows.size()},
          {"files", files.size()},
          {"unreadable", unreadable},
          {"classes", classes},
          {"groups", groups},
          {"splits", splits},
          {"width_x_height", sizes},
          {"frames", spread_of(frames)},
          {"seconds", spread_of(seconds)},
          {"fps", spread_of(rates)}};
}

void print_stats(const Json& stats) {
  for (const auto& [key, value] : stats.items()) {
    if (key == "schema") continue;
    if (value.is_string()) {
      print_row(key, terminal_text(value.get<std::string>()));
    } else if (!value.is_object()) {
      print_row(key, value.is_null() ? "not in the headers" : value.dump());
    } else if (value.contains("median")) {
      print_row(key, fmt::format("{:g} to {:g}, median {:g}", value["least"].get<double>(), value["most"].get<double>(),
                                 value["median"].get<double>()));
    } else {
      print_row(key, fmt::format("{}", value.size()));
      for (const auto& [name, count] : value.items()) {
        print_row("  " + (name.empty() ? "(none)" : terminal_text(name)), count.dump());
      }
    }
  }
}

struct StatsArgs : ListArgs {
  bool multi_label = false;
};

int stats(const StatsArgs& args) {
  check_outputs({}, {}, {json_file(args.output)}, args.output.force, {args.data.source});
  JsonLines json(args.output);
  const Json object = stats_object(args.data, open_rows(args.data, args.multi_label));
  if (!json.to_stdout()) print_stats(object);
  json.write(object);
  json.finish();
  return 0;
}

template <class Args>
CLI::App* add_verb(CLI::App& data, const char* name, const char* help, Args& args, NeedSource need = NeedSource::kYes) {
  CLI::App* verb = data.add_subcommand(name, help);
  add_common_options(*verb);
  verb->fallthrough();
  add_data_options(*verb, args.data, need);
  return verb;
}

}  // namespace

void add_data(CLI::App& app, Run& run) {
  CLI::App* data =
      app.add_subcommand("data", "Look at the clips that a model is to be trained on: check, stats, preview");
  data->require_subcommand(1);
  data->footer("Example: trecvit data stats clips/manifest.csv --split train");

  auto checked = std::make_shared<ListArgs>();
  CLI::App* verb =
      add_verb(*data, "check", "Decode every file and list the bad ones; exit code 3 if there are any", *checked);
  verb->footer("Example: trecvit data check clips/manifest.csv --json=files.jsonl");
  add_json_option(*verb, checked->output);
  add_force_option(*verb, checked->output);
  verb->callback([checked, &run] { run = [checked] { return check(*checked); }; });

  auto counted = std::make_shared<StatsArgs>();
  verb =
      add_verb(*data, "stats", "Count classes, groups, sizes and lengths, as the files' headers have them", *counted);
  verb->footer("Example: trecvit data stats clips/manifest.csv --split train");
  verb->add_flag("--multi-label", counted->multi_label, "a label is a list with ';' between (default: off)");
  add_json_option(*verb, counted->output);
  add_force_option(*verb, counted->output);
  verb->callback([counted, &run] { run = [counted] { return stats(*counted); }; });

  auto seen = std::make_shared<PreviewArgs>();
  verb = add_verb(*data, "preview", "Draw samples as a training run sees them, a row of frames each", *seen,
                  NeedSource::kNo);
  verb->footer("Example: trecvit data preview clips/manifest.csv --augment -o sheet.png");
  add_preview_options(*verb, *seen);
  verb->callback([seen, &run] { run = [seen] { return preview(*seen); }; });
}

}  // namespace trecvit::cli
