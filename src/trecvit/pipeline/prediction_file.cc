#include "trecvit/pipeline/prediction_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

#include "trecvit/engine/topk.h"
#include "trecvit/io/csv.h"

namespace trecvit {
namespace {

constexpr size_t kTop = 5;

std::string labels_of(std::span<const float> targets, const std::vector<std::string>& classes) {
  std::vector<std::string> names;
  for (size_t i = 0; i < targets.size(); ++i) {
    if (targets[i] > 0.5F) names.push_back(classes[i]);
  }
  return fmt::format("{}", fmt::join(names, ";"));
}

}  // namespace

PredictionFile::PredictionFile(AtomicFile& file, const ClipDataset& set, const TrainConfig& config)
    : file_(file), set_(set), frames_(config.clip.frames), by_frame_(config.objective.target == TargetKind::kFrame) {
  std::string header =
      by_frame_ ? "source,frames,frame,label,predicted,probability" : "source,frames,label,predicted,probability";
  for (size_t k = 2; k <= std::min(kTop, set.classes().size()); ++k)
    header += fmt::format(",top_{0},probability_{0}", k);
  file_.write(header + "\n");
}

void PredictionFile::add(const TestedClip& clip) {
  const auto& classes = set_.classes();
  const size_t count = classes.size();
  for (size_t row = 0; row < clip.probabilities.size(); row += count) {
    const auto probabilities = clip.probabilities.subspan(row, count);
    std::string line = fmt::format("{},{}", csv_field(set_.info(clip.index).name), frames_);
    if (by_frame_) line += fmt::format(",{}", row / count);
    line += "," + csv_field(labels_of(clip.targets.subspan(row, count), classes));
    std::vector<int64_t> best(std::min(kTop, count));
    top_k(probabilities, best);
    for (const int64_t index : best) {
      const auto at = static_cast<size_t>(index);
      line += fmt::format(",{},{:.6g}", csv_field(classes[at]), probabilities[at]);
    }
    file_.write(line + "\n");
  }
}

}  // namespace trecvit
