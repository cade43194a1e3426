// The quality of predictions: counts and means over a set, in double, in the order in which samples are added.
//
// Of C classes, with n(t, p) samples of class t predicted as p:
//   accuracy           sum of n(c, c) over all samples
//   recall of c        n(c, c) over the samples of class c
//   precision of c     n(c, c) over the samples predicted as c
//   F1 of c            2 n(c, c) over the sum of these two counts: the harmonic mean of precision and recall
//   balanced accuracy  mean recall of the classes that occur; macro F1 likewise
//   top-k accuracy     fraction of the samples whose class is among the k largest scores
//   likelihood loss    mean of -log softmax(scores)[class]
//   average precision  of one label, with its samples in descending order of score: the mean, over those that have the
//                      label, of the fraction of all samples with this score or a higher one that have it; equal scores
//                      count together, so the order of the samples does not matter
//   mAP                mean average precision of the labels that occur
// A quotient with denominator zero is not-a-number, and null in JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "trecvit/io/json.h"

namespace trecvit {

// Confusion matrix: how often each class was predicted as each class.
class Confusion {
 public:
  static constexpr int64_t kMaxClasses = 8192;  // the matrix then takes 512 MB

  // Throws Error(kUsage) for a number of classes outside 1 to kMaxClasses.
  explicit Confusion(int64_t classes);

  // 0 <= truth, prediction < classes()
  void add(int64_t truth, int64_t prediction);

  int64_t classes() const { return classes_; }
  int64_t count(int64_t truth, int64_t prediction) const;
  const std::vector<int64_t>& matrix() const { return matrix_; }  // [truth, prediction]
  int64_t total() const { return total_; }

  struct ClassCounts {
    int64_t truth = 0, predicted = 0, right = 0;  // samples of the class; samples predicted as it; both
    double precision() const;
    double recall() const;
    double f1() const;
  };
  std::vector<ClassCounts> per_class() const;

  double accuracy() const;
  double balanced_accuracy() const;
  double macro_f1() const;

 private:
  int64_t classes_, total_ = 0;
  std::vector<int64_t> matrix_;
};

// How many classes precede `truth` in descending order of score: 0 for the prediction itself. Equal scores are ordered
// by index and not-a-number is last, as in top_k of engine/topk.h.
int64_t rank_of(std::span<const float> scores, int64_t truth);
// The class whose rank is 0; scores must not be empty.
int64_t best_of(std::span<const float> scores);
// -log softmax(scores)[truth]. Logarithms of probabilities that sum to 1 are also valid scores.
double negative_log_likelihood(std::span<const float> scores, int64_t truth);
// As defined above. has_label: one entry for each score, zero or nonzero. Not-a-number counts as the lowest score.
double average_precision(std::span<const float> scores, std::span<const uint8_t> has_label);

// The metrics of a set after all its samples were added.
struct ClassificationMetrics {
  int64_t count = 0;  // samples
  double accuracy = 0, top5_accuracy = 0, balanced_accuracy = 0, macro_f1 = 0, likelihood_loss = 0;
  std::optional<double> mean_average_precision;  // for several labels; the other metrics are then meaningless
  struct PerClass {
    std::string name;
    int64_t count = 0;  // samples that have it
    double precision = 0, recall = 0, f1 = 0;
    std::optional<double> average_precision;
  };
  std::vector<PerClass> classes;
  std::vector<int64_t> confusion;         // [C, C] truth, prediction; empty for several labels
  std::vector<double> accuracy_by_frame;  // [T] if every frame has one label of its own; otherwise empty

  // With "schema": "trecvit.metrics/1".
  Json to_json() const;
};

// For one label per sample.
class ClassificationCounter {
 public:
  // Throws as Confusion.
  explicit ClassificationCounter(std::vector<std::string> classes);
  // scores: [C]
  void add(std::span<const float> scores, int64_t truth);
  const Confusion& confusion() const { return confusion_; }
  ClassificationMetrics metrics() const;

 private:
  std::vector<std::string> classes_;
  Confusion confusion_;
  int64_t top5_ = 0;
  double loss_ = 0;
};

// For any number of labels per sample, including none. Keeps all scores.
class MultiLabelCounter {
 public:
  // Throws Error(kUsage) if there are no classes.
  explicit MultiLabelCounter(std::vector<std::string> classes);
  // scores, targets: [C]; a target above one half means that the sample has the label.
  void add(std::span<const float> scores, std::span<const float> targets);
  ClassificationMetrics metrics() const;

 private:
  std::vector<std::string> classes_;
  std::vector<std::vector<float>> scores_;       // [C][samples]
  std::vector<std::vector<uint8_t>> has_label_;  // [C][samples]
};

}  // namespace trecvit
