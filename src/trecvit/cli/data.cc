#include <fmt/format.h>
#include <fmt/ranges.h>

#include "trecvit/base/error.h"
#include "trecvit/cli/command.h"
#include "trecvit/cli/data_preview.h"
#include "trecvit/cli/options.h"
#include "trecvit/data/clip_cache.h"
#include "trecvit/data/file_report.h"
#include "trecvit/terminal/flags.h"
#include "trecvit/terminal/output.h"
#include "trecvit/terminal/signals.h"

namespace trecvit::cli {
namespace {

struct ListArgs {
  DataConfig data;
  int64_t max_pixels = kDefaultMaxPixels;
  OutputArgs output;
  bool multi_label = false;
};

// Reports how the list was interpreted, in the same words as train and eval.
ClipRows open_rows(const DataConfig& data, bool multi_label) {
  if (data.source.starts_with("synthetic:")) {
    fail_usage("data", "expected a list or a folder of clips, got {}, which has no files", printable(data.source));
  }
  ClipRows rows = read_clip_rows(data, multi_label, /*needs_labels=*/false);
  limit_rows(rows, data.limit);
  for (const auto& line : describe(rows)) note("{}", line);
  return rows;
}

SourceOptions options_of(const ListArgs& args) { return {.max_pixels = args.max_pixels, .stop = stop_token()}; }

struct DecodeArgs : ListArgs {
  ClipConfig clip;  // number and stride of the frames per clip
};

struct CheckCounts {
  int64_t bad = 0, damaged = 0, brief = 0;
};

void print_verdict(const ClipRow& row, const FileVerdict& verdict) {
  if (!verdict.reason.empty()) print_out("bad      {}\n", terminal_text(verdict.reason));
  if (verdict.gaps > 0)
    print_out("gaps     {}: {} numbers missing between the first and the last picture\n", terminal_text(row.path),
              verdict.gaps);
  if (verdict.damaged == 0) return;
  print_out("damaged  {}: {} packets or pictures{}\n", terminal_text(row.path), verdict.damaged,
            verdict.lost > 0 ? fmt::format(", {} frames lost", verdict.lost) : "");
}

void print_counts(const CheckCounts& counts, size_t files, const ClipConfig& clip, int64_t needed) {
  print_out("{} files, {} bad, {} partly damaged\n", files, counts.bad, counts.damaged);
  if (counts.brief == 0) return;
  print_out("{} with fewer than the {} frames that {} frames at stride {} span: the last frame is repeated\n",
            counts.brief, needed, clip.frames, clip.stride);
}

int check_clips(const DecodeArgs& args) {
  check_outputs({}, {}, {json_file(args.output)}, args.output.force, {args.data.source});
  const ClipRows rows = open_rows(args.data, args.multi_label);
  JsonLines json(args.output);
  const auto files = files_of(rows);
  const int64_t needed = (args.clip.frames - 1) * args.clip.stride + 1;
  CheckCounts counts;
  Progress progress = frame_progress("data check " + args.data.source, std::ssize(files), "files");
  for (const ClipRow* row : files) {
    const FileVerdict verdict = decode_file(row->path, options_of(args));
    if (!verdict.choice.empty()) note("{}: {}", row->path, verdict.choice);
    const bool bad = !verdict.reason.empty(), brief = !bad && verdict.frames < needed;
    counts.bad += bad;
    counts.damaged += verdict.damaged > 0;
    counts.brief += brief;
    json.write({{"schema", "trecvit.data_check/1"},
                {"file", row->path},
                {"frames", verdict.frames},
                {"damaged_packets", verdict.damaged + verdict.gaps},
                {"frames_lost", verdict.lost},
                {"short", brief},
                {"bad", bad},
                {"reason", verdict.reason}});
    if (!json.to_stdout()) print_verdict(*row, verdict);
    progress.advance();
  }
  json.finish();
  if (!json.to_stdout()) print_counts(counts, files.size(), args.clip, needed);
  return counts.bad + counts.damaged > 0 ? static_cast<int>(ErrorKind::kInput) : 0;
}

Json to_json(const std::optional<Spread>& spread) {
  if (!spread) return nullptr;
  return {{"least", spread->least}, {"median", spread->median}, {"most", spread->most}};
}

Json stats_object(const ListArgs& args, const ClipRows& rows) {
  Progress progress = frame_progress("data stats " + args.data.source, std::ssize(files_of(rows)), "files");
  const ListStatistics s = list_statistics(rows, options_of(args), {&progress, stop_token()});
  if (!s.choices.empty()) note("{}", describe_choices(s.choices));
  return {{"schema", "trecvit.data_stats/1"},
          {"source", args.data.source},
          {"understood", rows.understood},
          {"rows", rows.rows.size()},
          {"files", s.files},
          {"unreadable", s.unreadable},
          {"classes", s.classes},
          {"groups", s.groups},
          {"splits", s.splits},
          {"width_x_height", s.sizes},
          {"frames", to_json(s.frames)},
          {"seconds", to_json(s.seconds)},
          {"fps", to_json(s.fps)}};
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

int stats(const ListArgs& args) {
  check_outputs({}, {}, {json_file(args.output)}, args.output.force, {args.data.source});
  JsonLines json(args.output);
  const Json object = stats_object(args, open_rows(args.data, args.multi_label));
  if (!json.to_stdout()) print_stats(object);
  json.write(object);
  json.finish();
  return 0;
}

void add_multi_label_option(CLI::App& verb, bool& multi_label) {
  verb.add_flag("--multi-label", multi_label,
                "a row may have several labels, separated by ';' or given as numbers, or none (default: off)");
}

template <class Args>
CLI::App* add_data_verb(CLI::App& data, const char* name, const char* help, Args& args,
                        NeedSource need = NeedSource::kYes) {
  CLI::App* verb = data.add_subcommand(name, help);
  add_common_options(*verb);
  verb->fallthrough();
  add_data_options(*verb, args.data, need);
  return verb;
}

}  // namespace

void add_data(CLI::App& app, Run& run) {
  CLI::App* data = app.add_subcommand("data", "Inspect training data: check, stats, preview");
  data->require_subcommand(1);
  data->footer("Example: trecvit data stats clips/manifest.csv --split train");

  auto checked = std::make_shared<DecodeArgs>();
  CLI::App* verb = add_data_verb(
      *data, "check", "Decode every file and list bad and damaged ones; exit code 3 if there are any", *checked);
  verb->footer("Example: trecvit data check clips/manifest.csv --json=files.jsonl");
  add_max_pixels_option(*verb, checked->max_pixels);
  add_multi_label_option(*verb, checked->multi_label);
  verb->add_option("--frames", checked->clip.frames, "frames per clip, to count files that are too short for one")
      ->check(whole_number(1, 4096))
      ->capture_default_str();
  verb->add_option("--stride", checked->clip.stride, "video frames from one frame of a clip to the next")
      ->check(whole_number(1, 1000))
      ->capture_default_str();
  add_json_option(*verb, checked->output);
  add_force_option(*verb, checked->output);
  verb->callback([checked, &run] { run = [checked] { return check_clips(*checked); }; });

  auto counted = std::make_shared<ListArgs>();
  verb = add_data_verb(*data, "stats", "Count classes and groups; summarise sizes and lengths from the file headers",
                       *counted);
  verb->footer("Example: trecvit data stats clips/manifest.csv --split train");
  add_max_pixels_option(*verb, counted->max_pixels);
  add_multi_label_option(*verb, counted->multi_label);
  add_json_option(*verb, counted->output);
  add_force_option(*verb, counted->output);
  verb->callback([counted, &run] { run = [counted] { return stats(*counted); }; });

  auto seen = std::make_shared<PreviewArgs>();
  verb = add_data_verb(*data, "preview", "Show samples as a training run sees them, one row of frames each", *seen,
                       NeedSource::kNo);
  verb->footer("Example: trecvit data preview clips/manifest.csv --augment -o sheet.png");
  add_preview_options(*verb, *seen);
  verb->callback([seen, &run] { run = [seen] { return preview(*seen); }; });
}

}  // namespace trecvit::cli
