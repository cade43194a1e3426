// The probabilities of a stream of any length in memory that does not grow.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace trecvit {

// Means over spans of equally many frames; when there are too many spans, each two become one. Of each span only the
// kKeptClasses most probable classes are kept; the others count as 0.
class ProbabilityHistory {
 public:
  static constexpr size_t kMostSpans = 1024;  // the newest ones included
  static constexpr size_t kKeptClasses = 16;

  // Of one frame. Times must not decrease.
  void add(double seconds, std::span<const float> probs);

  // Of each span: the mean of the times of its frames.
  std::vector<double> seconds() const;
  // Of each span: the mean probability of a class.
  std::vector<double> probs_of(int64_t label) const;
  // At most `most` classes, those with the highest probability in any span first.
  std::vector<int64_t> highest(size_t most) const;

 private:
  struct Entry {
    int64_t label;
    double sum;
  };
  struct Span {
    int64_t frames = 0;
    double seconds = 0;  // their sum
    std::vector<Entry> classes;
  };
  static void keep_best(std::vector<Entry>& classes);
  void merge_pairs();

  std::vector<Span> spans_;
  int64_t frames_per_span_ = 1;
  std::vector<double> sums_;  // of the newest span, of all classes
};

}  // namespace trecvit
