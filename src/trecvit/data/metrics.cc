#include "trecvit/data/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

double quotient(double above, double below) {
  return below == 0 ? std::numeric_limits<double>::quiet_NaN() : above / below;
}

// The mean of f over the classes that occur.
template <class F>
double mean_over_occurring(const std::vector<Confusion::ClassCounts>& classes, F f) {
  double sum = 0, occurring = 0;
  for (const auto& counts : classes) {
    if (counts.truth == 0) continue;
    sum += f(counts);
    occurring += 1;
  }
  return quotient(sum, occurring);
}

// Descending, not-a-number last: a total order.
bool comes_first(float a, float b) { return a > b || (std::isnan(b) && !std::isnan(a)); }

Json json_of(const ClassificationMetrics::PerClass& row) {
  Json object{{"name", row.name}, {"count", row.count}};
  if (row.average_precision) {
    object["average_precision"] = *row.average_precision;
  } else {
    object["precision"] = row.precision;
    object["recall"] = row.recall;
    object["f1"] = row.f1;
  }
  return object;
}

}  // namespace

Confusion::Confusion(int64_t classes) : classes_(classes) {
  if (classes < 1 || classes > kMaxClasses)
    fail_usage("classes", "expected 1 to {} classes, got {}", kMaxClasses, classes);
  matrix_.resize(static_cast<size_t>(classes * classes));
}

void Confusion::add(int64_t truth, int64_t prediction) {
  TRECVIT_CHECK(truth >= 0 && truth < classes_ && prediction >= 0 && prediction < classes_);
  ++matrix_[static_cast<size_t>(truth * classes_ + prediction)];
  ++total_;
}

int64_t Confusion::count(int64_t truth, int64_t prediction) const {
  TRECVIT_CHECK(truth >= 0 && truth < classes_ && prediction >= 0 && prediction < classes_);
  return matrix_[static_cast<size_t>(truth * classes_ + prediction)];
}

double Confusion::ClassCounts::precision() const {
  return quotient(static_cast<double>(right), static_cast<double>(predicted));
}
double Confusion::ClassCounts::recall() const {
  return quotient(static_cast<double>(right), static_cast<double>(truth));
}
double Confusion::ClassCounts::f1() const {
  return quotient(2 * static_cast<double>(right), static_cast<double>(truth + predicted));
}

std::vector<Confusion::ClassCounts> Confusion::per_class() const {
  std::vector<ClassCounts> out(static_cast<size_t>(classes_));
  for (int64_t t = 0; t < classes_; ++t) {
    for (int64_t p = 0; p < classes_; ++p) {
      const int64_t n = count(t, p);
      out[t].truth += n;
      out[p].predicted += n;
      if (t == p) out[t].right = n;
    }
  }
  return out;
}

double Confusion::accuracy() const {
  int64_t right = 0;
  for (int64_t c = 0; c < classes_; ++c) right += count(c, c);
  return quotient(static_cast<double>(right), static_cast<double>(total_));
}

double Confusion::balanced_accuracy() const {
  return mean_over_occurring(per_class(), [](const ClassCounts& counts) { return counts.recall(); });
}

double Confusion::macro_f1() const {
  return mean_over_occurring(per_class(), [](const ClassCounts& counts) { return counts.f1(); });
}

int64_t rank_of(std::span<const float> scores, int64_t truth) {
  TRECVIT_CHECK(truth >= 0 && truth < static_cast<int64_t>(scores.size()));
  const float own = scores[static_cast<size_t>(truth)];
  int64_t before = 0;
  for (int64_t c = 0; c < static_cast<int64_t>(scores.size()); ++c) {
    const float score = scores[static_cast<size_t>(c)];
    if (comes_first(score, own) || (c < truth && !comes_first(own, score))) ++before;
  }
  return before;
}

int64_t best_of(std::span<const float> scores) {
  TRECVIT_CHECK(!scores.empty());
  return std::min_element(scores.begin(), scores.end(), comes_first) - scores.begin();
}

double negative_log_likelihood(std::span<const float> scores, int64_t truth) {
  TRECVIT_CHECK(truth >= 0 && truth < static_cast<int64_t>(scores.size()));
  // The maximum skips not-a-number; the sum keeps it.
  double largest = -std::numeric_limits<double>::infinity(), sum = 0;
  for (const float score : scores) largest = std::max<double>(largest, score);
  for (const float score : scores) sum += std::exp(static_cast<double>(score) - largest);
  return largest + std::log(sum) - static_cast<double>(scores[static_cast<size_t>(truth)]);
}

double average_precision(std::span<const float> scores, std::span<const uint8_t> has_label) {
  TRECVIT_CHECK(scores.size() == has_label.size());
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [scores](size_t a, size_t b) { return comes_first(scores[a], scores[b]); });
  double sum = 0;
  int64_t with = 0;
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    int64_t here = 0;  // among the samples with this score
    for (; end < order.size() && !comes_first(scores[order[begin]], scores[order[end]]); ++end) {
      here += has_label[order[end]] != 0;
    }
    with += here;
    sum += static_cast<double>(here) * static_cast<double>(with) / static_cast<double>(end);
  }
  return quotient(sum, static_cast<double>(with));
}

Json ClassificationMetrics::to_json() const {
  Json out{{"schema", "trecvit.metrics/1"}, {"count", count}};
  if (mean_average_precision) {
    out["mean_average_precision"] = *mean_average_precision;
  } else {
    out["accuracy"] = accuracy;
    out["top5_accuracy"] = top5_accuracy;
    out["balanced_accuracy"] = balanced_accuracy;
    out["macro_f1"] = macro_f1;
    out["likelihood_loss"] = likelihood_loss;
  }
  if (!accuracy_by_frame.empty()) out["accuracy_by_frame"] = accuracy_by_frame;
  out["classes"] = Json::array();
  for (const auto& row : classes) out["classes"].push_back(json_of(row));
  if (confusion.empty()) return out;
  out["confusion"] = Json::array();
  for (size_t t = 0; t < classes.size(); ++t) {
    const auto row = confusion.begin() + static_cast<ptrdiff_t>(t * classes.size());
    out["confusion"].push_back(std::vector<int64_t>(row, row + static_cast<ptrdiff_t>(classes.size())));
  }
  return out;
}

ClassificationCounter::ClassificationCounter(std::vector<std::string> classes)
    : classes_(std::move(classes)), confusion_(static_cast<int64_t>(classes_.size())) {}

void ClassificationCounter::add(std::span<const float> scores, int64_t truth) {
  TRECVIT_CHECK(scores.size() == classes_.size());
  confusion_.add(truth, best_of(scores));
  top5_ += rank_of(scores, truth) < 5;
  loss_ += negative_log_likelihood(scores, truth);
}

ClassificationMetrics ClassificationCounter::metrics() const {
  const auto total = static_cast<double>(confusion_.total());
  ClassificationMetrics out;
  out.count = confusion_.total();
  out.accuracy = confusion_.accuracy();
  out.top5_accuracy = quotient(static_cast<double>(top5_), total);
  out.balanced_accuracy = confusion_.balanced_accuracy();
  out.macro_f1 = confusion_.macro_f1();
  out.likelihood_loss = quotient(loss_, total);
  const auto counts = confusion_.per_class();
  for (size_t c = 0; c < classes_.size(); ++c) {
    const auto& row = counts[c];
    out.classes.push_back({classes_[c], row.truth, row.precision(), row.recall(), row.f1(), std::nullopt});
  }
  out.confusion = confusion_.matrix();
  return out;
}

MultiLabelCounter::MultiLabelCounter(std::vector<std::string> classes)
    : classes_(std::move(classes)), scores_(classes_.size()), has_label_(classes_.size()) {
  if (classes_.empty()) fail_usage("classes", "expected 1 class or more, got none");
}

void MultiLabelCounter::add(std::span<const float> scores, std::span<const float> targets) {
  TRECVIT_CHECK(scores.size() == classes_.size() && targets.size() == classes_.size());
  for (size_t c = 0; c < classes_.size(); ++c) {
    scores_[c].push_back(scores[c]);
    has_label_[c].push_back(targets[c] > 0.5f);
  }
}

ClassificationMetrics MultiLabelCounter::metrics() const {
  ClassificationMetrics out;
  out.count = static_cast<int64_t>(scores_[0].size());
  double sum = 0, occurring = 0;
  for (size_t c = 0; c < classes_.size(); ++c) {
    ClassificationMetrics::PerClass row;
    row.name = classes_[c];
    row.count = std::count(has_label_[c].begin(), has_label_[c].end(), uint8_t{1});
    row.average_precision = average_precision(scores_[c], has_label_[c]);
    if (row.count > 0) {
      sum += *row.average_precision;
      occurring += 1;
    }
    out.classes.push_back(row);
  }
  out.mean_average_precision = quotient(sum, occurring);
  return out;
}

}  // namespace trecvit
