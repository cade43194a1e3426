// From the data section of a config to its data set; declared in clip_dataset.h.
#include <algorithm>

#include "trecvit/base/checked.h"
#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"
#include "trecvit/base/suggest.h"
#include "trecvit/data/augment.h"
#include "trecvit/data/procedural_dataset.h"
#include "trecvit/data/video_dataset.h"
#include "trecvit/data/wrapped_dataset.h"

namespace trecvit {
namespace {

constexpr int64_t kMaxSampleBytes = int64_t{4} << 30;
constexpr int64_t kMaxSide = 4096;

void check_options(const ClipOptions& options) {
  if (options.height < 1 || options.width < 1 || options.height > kMaxSide || options.width > kMaxSide) {
    fail_usage("clip", "expected clips of 1x1 to {0}x{0} pixels, got {1}x{2}", kMaxSide, options.height, options.width);
  }
  const ClipConfig& clip = options.clip;
  if (clip.frames < 1 || clip.stride < 1 || clip.views < 1 || clip.crops < 1) {
    fail_usage("clip", "expected frames, stride, views and crops of at least 1, got {}, {}, {}, {}", clip.frames,
               clip.stride, clip.views, clip.crops);
  }
  const auto bytes = checked_mul(clip.frames, 3 * options.height * options.width);
  if (!bytes || *bytes > kMaxSampleBytes) {
    fail_usage("clip", "expected clips of at most {} bytes, got {} frames of {}x{}", kMaxSampleBytes, clip.frames,
               options.height, options.width);
  }
  check_augment(options.augment);
}

// Removes and returns the part of the source after '?', which only the camera over stills has.
std::string take_moves_text(DataConfig& data) {
  const size_t question = data.source.rfind('?');
  if (data.wrap != Wrap::kMoves || question == std::string::npos) return {};
  const std::string text = data.source.substr(question + 1);
  data.source.resize(question);
  return text;
}

bool are_numbers(const std::vector<std::string>& names) {
  return std::all_of(names.begin(), names.end(),
                     [](const auto& name) { return parse_number<int64_t>(name).has_value(); });
}

std::vector<std::string> numbers_below(int64_t count) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

struct WantedClasses {
  const std::vector<std::string>& names;
  bool named, by_index;  // whether the names are the model's; whether the rows give class numbers
};

// An error in the list, unless the model has no names that its rows could use.
[[noreturn]] void fail_class(const ClipRows& rows, const ClipRow& row, const std::string& name,
                             const WantedClasses& wanted) {
  const std::string where = row.line > 0 ? fmt::format("{}:{}", rows.source, row.line) : rows.source;
  fail(wanted.named || wanted.by_index ? ErrorKind::kInput : ErrorKind::kUsage, printable(where),
       "expected one of the {} classes of the model{}, got '{}'{}", wanted.names.size(),
       wanted.by_index ? fmt::format(", numbers from 0 to {}", wanted.names.size() - 1) : "", printable(name),
       !wanted.named     ? "; the model has no class names, --labels gives them"
       : wanted.by_index ? ""
                         : did_you_mean(name, wanted.names));
}

// Numbers the classes of the rows as in the options.
void name_classes(ClipRows& rows, const ClipOptions& options) {
  const bool named = !options.classes.empty();
  const auto wanted = named ? options.classes : numbers_below(options.unnamed_classes);
  const bool by_index = are_numbers(rows.classes) && !(named && are_numbers(wanted));
  // If the model has no names, an equal number of classes, named or numbered from 1, are the model's in order.
  const bool counts_from_one =
      by_index && rows.classes.front() == "1" && rows.classes.back() == std::to_string(wanted.size());
  const bool by_rank = !named && rows.classes.size() == wanted.size() && (!by_index || counts_from_one);
  std::vector<int64_t> numbers;
  for (size_t i = 0; i < rows.classes.size(); ++i) {
    const auto& name = rows.classes[i];
    const auto place = std::find(wanted.begin(), wanted.end(), name) - wanted.begin();
    numbers.push_back(by_rank ? static_cast<int64_t>(i) : by_index ? parse_number<int64_t>(name).value_or(-1) : place);
  }
  for (auto& row : rows.rows) {
    for (int64_t& label : row.labels) {
      const auto old = static_cast<size_t>(label);
      label = numbers[old];
      if (label >= 0 && label < std::ssize(wanted)) continue;
      fail_class(rows, row, rows.classes[old], {wanted, named, by_index});
    }
    std::sort(row.labels.begin(), row.labels.end());
  }
  if (by_index && !by_rank) rows.understood += "; class numbers are indices of the model's classes, from 0";
  rows.classes = by_rank ? rows.classes : wanted;
}

// The number of samples of a wrapped set; 0: its own number.
int64_t wanted_samples(const DataConfig& data, int64_t own) {
  const int64_t samples = data.clips > 0 ? data.clips : own;
  return data.limit > 0 ? std::min(samples, data.limit) : samples;
}

}  // namespace

std::unique_ptr<ClipDataset> open_dataset(const DataConfig& given, const ClipOptions& options) {
  check_options(options);
  DataConfig data = given;
  constexpr std::string_view kSynthetic = "synthetic:";
  if (data.source.starts_with(kSynthetic)) {
    if (data.wrap != Wrap::kNone)
      fail_usage("data", "expected wrap none for a synthetic source, got '{}'", word_of(data.wrap));
    if (data.per_class > 0) fail_usage("data", "expected per_class 0 for a synthetic source, got {}", data.per_class);
    return make_procedural_dataset(data.source, data, options);
  }
  const std::string moves_text = take_moves_text(data);
  const MovesOptions moves = parse_moves_options(moves_text);
  ClipRows rows = read_clip_rows(data, options.multi_label, options.needs_labels);
  if (data.wrap == Wrap::kNone) {
    limit_rows(rows, data.limit);
    if (!options.classes.empty() || options.unnamed_classes > 0) name_classes(rows, options);
  }
  auto set = std::make_shared<const ClipSet>(std::move(rows), options);
  const int64_t videos = set->size();
  switch (data.wrap) {
    case Wrap::kPairs:
      return make_pairs(std::move(set), wanted_samples(data, videos));
    case Wrap::kReversed:
      return make_reversed(std::move(set), wanted_samples(data, 2 * videos));
    case Wrap::kRetimed:
      return make_retimed(std::move(set), wanted_samples(data, 3 * videos));
    case Wrap::kMoves: {
      const auto classes = static_cast<int64_t>(camera_class_names(moves.classes).size());
      return make_moves(std::move(set), moves, wanted_samples(data, classes * videos));
    }
    case Wrap::kNone:
      break;
  }
  return make_video_dataset(std::move(set));
}

}  // namespace trecvit
