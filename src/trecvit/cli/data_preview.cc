#include "trecvit/cli/data_preview.h"

#include <fmt/format.h>

#include "trecvit/base/error.h"
#include "trecvit/cli/options.h"
#include "trecvit/data/sample_sheet.h"
#include "trecvit/io/endings.h"
#include "trecvit/terminal/flags.h"
#include "trecvit/terminal/output.h"
#include "trecvit/terminal/signals.h"
#include "trecvit/weights/starting_point.h"

namespace trecvit::cli {
namespace {

constexpr AugmentConfig kAugment = {.least_area = 0.4,
                                    .most_stretch = 4.0 / 3,
                                    .flip = true,
                                    .brightness = 0.3,
                                    .contrast = 0.3,
                                    .saturation = 0.3,
                                    .erase = 0.25};

SheetOptions of_config(const PreviewArgs& args) {
  const TrainConfig config = read_train_config(args.config, args.changes);
  require_model(config, args.config);
  const bool training = args.part == "train";
  SheetOptions out{training ? config.train : config.val,
                   clip_options(config, model_sizes(config.wanted_model()), training), config.seed, config.clip.order};
  if (out.data.source.empty()) fail_usage("--part", "expected a config with data.{}.source, got none", args.part);
  return out;
}

ClipOptions options_of(const PreviewArgs& args) {
  ClipOptions options;
  options.clip.frames = args.frames;
  options.clip.stride = args.stride;
  options.clip.sampling = args.sampling;
  options.height = options.width = args.size;
  options.training = !args.testing;
  options.needs_labels = false;
  options.max_pixels = args.max_pixels;
  if (args.augment) options.augment = kAugment;
  return options;
}

}  // namespace

void add_data_options(CLI::App& verb, DataConfig& data, NeedSource need) {
  verb.add_option("SOURCE", data.source,
                  "table with a header (CSV), list of paths with or without labels, official JSON of "
                  "Something-Something, or folder of clips or of class folders")
      ->required(need == NeedSource::kYes)
      ->check(non_empty());
  add_word_option(verb, "--format", data.format, "format of SOURCE: auto, csv, list or folders");
  verb.add_option("--root", data.root, "folder that relative paths start from (default: the folder of the list)");
  verb.add_option("--split", data.split, "only rows of this split (default: all)");
  verb.add_option("--group", data.groups, "only rows of these groups (default: all)")->delimiter(',');
  verb.add_option("--without-group", data.without_groups, "leave out the rows of these groups (default: none)")
      ->delimiter(',');
  verb.add_option("--limit", data.limit, "at most this many rows, spread over the list; 0: all")
      ->check(whole_number(0))
      ->capture_default_str();
}

void add_preview_options(CLI::App& verb, PreviewArgs& args) {
  verb.add_option("-o,--output", args.out, "the PNG to write")->required();
  verb.add_option("--config", args.config,
                  "TOML config of a training run, used instead of SOURCE and the options about clips (default: none)");
  verb.add_option("--set", args.changes, "KEY=VALUE: change a field of the config; may be repeated (default: none)");
  verb.add_option("--part", args.part, "which data of the config to show: train, or val as in testing")
      ->check(one_of({"train", "val"}))
      ->capture_default_str();
  verb.add_option("--samples", args.samples, "samples to show, spread over the data set")
      ->check(whole_number(1, 1000))
      ->capture_default_str();
  verb.add_option("--frames", args.frames, "frames per clip")->check(whole_number(1, 1000))->capture_default_str();
  verb.add_option("--size", args.size, "height and width of a clip in pixels")
      ->check(whole_number(1, 4096))
      ->capture_default_str();
  add_max_pixels_option(verb, args.max_pixels);
  add_word_option(verb, "--sampling", args.sampling, "choose frames at a stride, or spread over a span of the video");
  verb.add_option("--stride", args.stride, "video frames from one frame of a clip to the next")
      ->check(whole_number(1, 1000))
      ->capture_default_str();
  add_word_option(verb, "--wrap", args.data.wrap,
                  "labels made from the clips themselves: pairs, reversed, retimed, moves; or none");
  verb.add_flag("--augment", args.augment, "random crops, flips, colours and erasing (default: off)");
  verb.add_flag("--testing", args.testing, "show clips as in testing, without random choices (default: off)");
  verb.add_flag("--force", args.force, "replace an existing output file (default: off)");
  CLI::Option* config = verb.get_option("--config");
  for (const char* of_clips :
       {"SOURCE", "--format", "--root", "--split", "--group", "--without-group", "--limit", "--frames", "--size",
        "--max-pixels", "--sampling", "--stride", "--wrap", "--augment", "--testing"})
    config->excludes(verb.get_option(of_clips));
  for (const char* of_config : {"--set", "--part"}) verb.get_option(of_config)->needs(config);
}

int preview(const PreviewArgs& args) {
  if (args.config.empty() == args.data.source.empty())
    fail_usage("data preview", "expected either SOURCE or --config, got {}", args.config.empty() ? "neither" : "both");
  SheetOptions seen = args.config.empty() ? SheetOptions{args.data, options_of(args)} : of_config(args);
  check_ending("data preview", args.out, Written::kPng);
  check_outputs({}, {}, {args.out}, args.force, {seen.data.source, args.config});
  const auto set = open_dataset(seen.data, seen.options);
  for (const auto& line : set->summary()) note("{}", line);
  if (common().seed) seen.seed = *common().seed;
  const SampleSheet sheet = paint_sample_sheet(*set, seen, args.samples, stop_token());
  AtomicFile file(args.out, overwrite_of(args.force));
  file.write(sheet.png);
  file.commit();
  for (const auto& line : set->remarks()) note("{}", line);
  note("wrote {} samples of {} classes to {}", sheet.samples, sheet.classes, args.out);
  return 0;
}

}  // namespace trecvit::cli
