#include "trecvit/cli/data_preview.h"

#include <fmt/format.h>

#include <set>

#include "trecvit/base/error.h"
#include "trecvit/cli/endings.h"
#include "trecvit/cli/flags.h"
#include "trecvit/cli/options.h"
#include "trecvit/cli/output.h"
#include "trecvit/cli/signals.h"
#include "trecvit/data/frame_order.h"
#include "trecvit/image/draw.h"
#include "trecvit/image/png.h"
#include "trecvit/weights/starting_point.h"

namespace trecvit::cli {
namespace {

constexpr int kGap = 4;                      // pixels between frames
constexpr int64_t kMostPixels = 64'000'000;  // of a sheet
constexpr AugmentConfig kAugment = {.least_area = 0.4,
                                    .most_stretch = 4.0 / 3,
                                    .flip = true,
                                    .brightness = 0.3,
                                    .contrast = 0.3,
                                    .saturation = 0.3,
                                    .erase = 0.25};

// What is drawn.
struct Previewed {
  DataConfig data;
  ClipOptions options;
  uint64_t seed = 1;
  FrameOrder order = FrameOrder::kAsIs;
};

Previewed of_config(const PreviewArgs& args) {
  const TrainConfig config = read_train_config(args.config, args.changes);
  require_model(config, args.config);
  const bool training = args.part == "train";
  Previewed out{training ? config.train : config.val,
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

// Where things are on a sheet, in pixels.
struct Layout {
  int height_of_frame, width_of_frame, frames, samples;
  int row_height() const { return kTextHeight + height_of_frame + 3 * kGap; }
  int64_t height() const { return int64_t{row_height()} * samples + kGap; }
  int64_t width() const { return int64_t{width_of_frame + kGap} * frames + kGap; }
};

// Spread over the set. Sets with labels of their own have their classes in turn, so the rows take turns as well.
int64_t sample_of_row(const ClipDataset& set, const DataConfig& data, int64_t row, int64_t rows) {
  const int64_t index = row * set.size() / rows;
  if (data.wrap == Wrap::kNone && !data.source.starts_with("synthetic:")) return index;
  const auto classes = std::ssize(set.classes());
  return std::min(set.size() - 1, index - index % classes + row % classes);
}

// The frames of a clip next to each other, under its name.
void draw_sample(Canvas& sheet, const Layout& layout, int row, const Clip& clip, const std::string& title) {
  const int top = kGap + row * layout.row_height();
  sheet.text({kGap, top}, fit_text(title, sheet.width() - 2 * kGap), {});
  const size_t frame_bytes = clip.pixels.size() / static_cast<size_t>(layout.frames);
  for (int t = 0; t < layout.frames; ++t) {
    const ImageView frame{&clip.pixels[static_cast<size_t>(t) * frame_bytes], PixelType::kU8, layout.height_of_frame,
                          layout.width_of_frame, ptrdiff_t{3} * layout.width_of_frame};
    sheet.blit(frame, {kGap + t * (layout.width_of_frame + kGap), top + kTextHeight + kGap});
  }
}

}  // namespace

void add_data_options(CLI::App& verb, DataConfig& data, NeedSource need) {
  verb.add_option(
          "SOURCE", data.source,
          "table with a header (CSV), list of lines with or without labels, official JSON of Something-Something, or "
          "folder of clips or of class folders")
      ->required(need == NeedSource::kYes)
      ->check(non_empty());
  add_word_option(verb, "--format", data.format, "of SOURCE: auto, csv, list or folders");
  verb.add_option("--root", data.root, "what relative paths start at (default: the folder of the list)");
  verb.add_option("--split", data.split, "only rows of this split (default: all)");
  verb.add_option("--group", data.groups, "only rows of these groups (default: all)")->delimiter(',');
  verb.add_option("--without-group", data.without_groups, "no rows of these groups (default: none left out)")
      ->delimiter(',');
  verb.add_option("--limit", data.limit, "at most so many rows, spread over the list; 0: all")
      ->check(whole_number(0))
      ->capture_default_str();
}

void add_preview_options(CLI::App& verb, PreviewArgs& args) {
  verb.add_option("-o,--output", args.out, "the PNG to write")->required();
  verb.add_option("--config", args.config,
                  "TOML of a training run, which says which clips and how they are seen, in place of SOURCE and the "
                  "options about clips (default: none)");
  verb.add_option("--set", args.changes, "KEY=VALUE: change of a field of the config, may be repeated (default: none)");
  verb.add_option("--part", args.part, "of the config: train, or val as in testing")
      ->check(one_of({"train", "val"}))
      ->capture_default_str();
  verb.add_option("--samples", args.samples, "rows of the sheet, spread over the set")
      ->check(whole_number(1, 1000))
      ->capture_default_str();
  verb.add_option("--frames", args.frames, "frames of a clip")->check(whole_number(1, 1000))->capture_default_str();
  verb.add_option("--size", args.size, "height and width of a clip in pixels")
      ->check(whole_number(1, 4096))
      ->capture_default_str();
  add_max_pixels_option(verb, args.max_pixels);
  add_word_option(verb, "--sampling", args.sampling, "frames a stride apart, or spread over a span of the video");
  verb.add_option("--stride", args.stride, "frames of the video from one to the next")
      ->check(whole_number(1, 1000))
      ->capture_default_str();
  add_word_option(verb, "--wrap", args.data.wrap,
                  "labels from the order of time: pairs, reversed, retimed, moves; or none");
  verb.add_flag("--augment", args.augment, "random crops, flips, colours and erasing (default: off)");
  verb.add_flag("--testing", args.testing, "as in testing: no random clips (default: off)");
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
  const Previewed seen = args.config.empty() ? Previewed{args.data, options_of(args)} : of_config(args);
  check_ending("data preview", args.out, Written::kPng);
  check_outputs({}, {}, {args.out}, args.force, {seen.data.source, args.config});
  const auto set = open_dataset(seen.data, seen.options);
  for (const auto& line : set->summary()) note("{}", line);
  const Layout layout{static_cast<int>(seen.options.height), static_cast<int>(seen.options.width),
                      static_cast<int>(seen.options.clip.frames),
                      static_cast<int>(std::min(args.samples, set->size()))};
  if (layout.height() > kMaxImageSide || layout.width() > kMaxImageSide ||
      layout.height() * layout.width() > kMostPixels) {
    fail_usage("data preview", "expected a sheet of at most {} pixels, got {}x{}; ask for fewer or smaller frames",
               kMostPixels, layout.width(), layout.height());
  }
  Canvas sheet(static_cast<int>(layout.height()), static_cast<int>(layout.width()));
  const Draw draw{common().seed.value_or(seen.seed), 0, 0};
  const Reordering order{seen.order, seen.options.clip.frames, seen.options.frame_targets, seen.options.training};
  std::set<int64_t> classes;
  for (int row = 0; row < layout.samples; ++row) {
    throw_if_stopped();
    const int64_t index = sample_of_row(*set, seen.data, row, layout.samples);
    const SampleInfo info = set->info(index);
    classes.insert(info.label);
    const std::string title =
        fmt::format("{}: {}", info.label < 0 ? "no label" : set->classes()[static_cast<size_t>(info.label)], info.name);
    Clip clip = set->load(index, draw);
    reorder_frames(clip, order, {index, draw});
    draw_sample(sheet, layout, row, clip, title);
  }
  AtomicFile file(args.out, overwrite_of(args.force));
  file.write(encode_png(sheet.pixels(), sheet.height(), sheet.width()));
  file.commit();
  for (const auto& line : set->remarks()) note("{}", line);
  note("wrote {} samples of {} classes to {}", layout.samples, classes.size(), args.out);
  return 0;
}

}  // namespace trecvit::cli
