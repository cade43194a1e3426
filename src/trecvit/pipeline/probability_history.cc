#include "trecvit/pipeline/probability_history.h"

#include <algorithm>
#include <map>
#include <utility>

namespace trecvit {

void ProbabilityHistory::keep_best(std::vector<Entry>& classes) {
  std::ranges::sort(
      classes, [](const Entry& a, const Entry& b) { return std::pair(-a.sum, a.label) < std::pair(-b.sum, b.label); });
  if (classes.size() > kKeptClasses) classes.resize(kKeptClasses);
}

void ProbabilityHistory::add(double seconds, std::span<const float> probs) {
  if (spans_.empty() || spans_.back().frames == frames_per_span_) {
    if (spans_.size() == kMostSpans) merge_pairs();
    spans_.emplace_back();
    sums_.assign(probs.size(), 0.0);
  }
  Span& span = spans_.back();
  ++span.frames;
  span.seconds += seconds;
  span.classes.clear();
  for (size_t i = 0; i < probs.size(); ++i)
    span.classes.push_back({static_cast<int64_t>(i), sums_[i] += static_cast<double>(probs[i])});
  keep_best(span.classes);
}

void ProbabilityHistory::merge_pairs() {
  for (size_t i = 0; i < spans_.size() / 2; ++i) {
    Span& to = spans_[2 * i];
    const Span& from = spans_[2 * i + 1];
    std::map<int64_t, double> sums;
    for (const Span* span : {&std::as_const(to), &from}) {
      for (const auto& [label, sum] : span->classes) sums[label] += sum;
    }
    to.frames += from.frames;
    to.seconds += from.seconds;
    to.classes.clear();
    for (const auto& [label, sum] : sums) to.classes.push_back({label, sum});
    keep_best(to.classes);
    if (i > 0) spans_[i] = std::move(to);
  }
  spans_.resize(spans_.size() / 2);
  frames_per_span_ *= 2;
}

std::vector<double> ProbabilityHistory::seconds() const {
  std::vector<double> seconds;
  for (const Span& span : spans_) seconds.push_back(span.seconds / static_cast<double>(span.frames));
  return seconds;
}

std::vector<double> ProbabilityHistory::probs_of(int64_t label) const {
  std::vector<double> probs;
  for (const Span& span : spans_) {
    const auto entry = std::ranges::find(span.classes, label, &Entry::label);
    probs.push_back(entry == span.classes.end() ? 0 : entry->sum / static_cast<double>(span.frames));
  }
  return probs;
}

std::vector<int64_t> ProbabilityHistory::highest(size_t most) const {
  std::map<int64_t, double> peaks;
  for (const Span& span : spans_) {
    for (const auto& [label, sum] : span.classes) {
      double& peak = peaks[label];
      peak = std::max(peak, sum / static_cast<double>(span.frames));
    }
  }
  std::vector<std::pair<double, int64_t>> order;
  for (const auto& [label, peak] : peaks) order.emplace_back(-peak, label);
  std::ranges::sort(order);
  std::vector<int64_t> labels;
  for (size_t i = 0; i < std::min(most, order.size()); ++i) labels.push_back(order[i].second);
  return labels;
}

}  // namespace trecvit
